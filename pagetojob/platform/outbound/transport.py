"""One connection pool to the few hosts we may call, and one request over it: an Answer, or an error that says whether
anything had been sent.

Every socket is opened to an address that the guard has judged, whatever the pool was asked to open.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from json import dumps
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import Address, AddressRefused, Origin, read
from .bodies import BodyRefused, Unpacker
from .errors import RefusedError, TransientError, UnclearError
from .networks import read_ip, why_shut
from .resolving import Resolver, SystemResolver, locate
from .response import Answer


@dataclass(frozen=True)
class Patience:
    """Seconds and bytes of one request, and how many run at once. Their own limit for a request is 100 s."""

    connect: float = 5.0
    total: float = 30.0
    body: int = 20_000_000
    at_once: int = 200


_MOST_OF_AN_ERROR = 65_536


@dataclass
class _Stage:
    """How far a request has come: once its first byte may be on the wire, nobody can say that it did not arrive."""

    may_have_left: bool = False


_stage: ContextVar[_Stage] = ContextVar("stage")


class _Request(aiohttp.ClientRequest):
    """Notes the moment before its first byte: it has a connection by then. Tracing would tell the same, at the price of
    a handful of objects and awaits a request."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        _stage.get().may_have_left = True
        return await super().send(conn)


#: Asked for every call, and the same for all calls of an account. What is refused is not kept.
_read = lru_cache(maxsize=2048)(read)


class _Judged(AbstractResolver):
    """Names of our own table only, each answer judged; what passed is remembered for the moment of dialling."""

    def __init__(self, resolver: Resolver, listed: frozenset[Origin]) -> None:
        self.resolver = resolver
        self.listed = listed
        self.passed: set[str] = set()

    async def judge(self, address: Address) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, lambda: locate(address, resolver=self.resolver, listed=self.listed))
        texts = [str(ip) for ip in found]
        self.passed.update(texts)
        return texts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        scheme = "http" if Origin("http", host, port) in self.listed else "https"
        try:
            texts = await self.judge(Address(Origin(scheme, host, port), "/", read_ip(host)))
        except (AddressRefused, TransientError) as error:
            raise OSError(error.code) from None
        return [
            ResolveResult(
                hostname=host,
                host=text,
                port=port,
                family=socket.AF_INET6 if ":" in text else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for text in texts
        ]

    async def close(self) -> None:
        """Nothing to close."""


class Transport:
    """Use as an async context manager, in one event loop; keeps its connections until it is left."""

    def __init__(
        self,
        *,
        listed: frozenset[Origin] = frozenset(),
        resolver: Resolver | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.listed = listed
        self.patience = patience or Patience()
        self._judged = _Judged(resolver or SystemResolver(), listed)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self.patience.at_once,
                resolver=self._judged,
                ttl_dns_cache=60,
                socket_factory=self._open_socket,
            ),
            timeout=aiohttp.ClientTimeout(total=self.patience.total, sock_connect=self.patience.connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_Request,
            auto_decompress=False,
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "PageToJob/1.0"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]],
        params: Any = None,
        json: Any = None,
        form: Any = None,
    ) -> Answer:
        """One request; any status is an answer. Redirects are not followed.

        Raises RefusedError or TransientError when nothing was sent, UnclearError when something may have been: the
        caller of a read may treat that as passing.
        """
        assert self._session is not None, "use it as an async context manager"
        address = _read(url, listed=self.listed)
        if address.ip is not None and str(address.ip) not in self._judged.passed:
            await self._judged.judge(address)
        body = form
        if json is not None:
            # aiohttp's own JSON goes through three classes on its way to this, and plain bytes through a search for it.
            body = aiohttp.BytesPayload(dumps(json).encode(), content_type="application/json")
        stage = _Stage()
        _stage.set(stage)
        try:
            async with self._session.request(
                method,
                url,
                headers=headers,
                params=params,
                data=body,
                allow_redirects=False,
            ) as response:
                return await self._read(response)
        except BodyRefused as error:
            raise UnclearError(error.code, error.sentence) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # What aiohttp raises carries the request, token and all: it goes no further.
            raise _fault(error, stage) from None

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        success = response.status < 300
        try:
            limit = self.patience.body if success else _MOST_OF_AN_ERROR
            unpacker = Unpacker(response.headers.get("Content-Encoding", ""), limit=limit)
            pieces: list[bytes] = []
            while piece := await response.content.readany():
                pieces.append(unpacker.feed(piece))
            body = b"".join(pieces)
        except (BodyRefused, aiohttp.ClientPayloadError):
            if success:
                raise
            body = b""  # the status says enough
        return Answer(response.status, response.headers, body)

    def _open_socket(self, info: Any) -> socket.socket:
        """The last look before dialling: the pool skips the resolver for a host that is an address."""
        family, kind, proto, _, place = info
        if str(place[0]) not in self._judged.passed and why_shut(ip_address(place[0])) is not None:
            raise OSError("not judged")
        return socket.socket(family, kind, proto)


def _fault(error: Exception, stage: _Stage) -> TransientError | RefusedError | UnclearError:
    if not stage.may_have_left:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return RefusedError("certificate", "The certificate of their host is not valid for it.")
        return TransientError("connect", "Their server could not be reached.")
    if isinstance(error, TimeoutError):
        return UnclearError("time-out", "No answer came in time.")
    return UnclearError("cut", "The connection was lost before the answer.")
