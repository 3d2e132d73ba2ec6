"""Asynchronous HTTP client for the hosts we may call, with one connection pool.

A request returns an Answer or raises an error that tells whether anything was sent. Sockets connect only to IP
addresses that passed the address guard, including those the pool opens without asking the resolver.
"""

import asyncio
import os
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
from .bodies import BodyRefused, Decompressor
from .errors import RefusedError, TransientError, UnclearError
from .networks import block_reason, read_ip
from .resolving import Resolver, SystemResolver, locate
from .response import Answer


@dataclass(frozen=True)
class Patience:
    """Time and size limits of one request, and the maximum number of connections.

    ServiceTitan itself ends a request after 100 s.
    """

    connect: float = 5.0
    total: float = 30.0
    body: int = 20_000_000
    at_once: int = 200


_MOST_OF_AN_ERROR = 65_536
#: Variables by which OpenSSL trusts other certificates than those of the system.
_OTHER_ROOTS = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass
class _Stage:
    """Progress of a request. Once its first byte may have been sent, the server may have processed it."""

    may_have_left: bool = False


_stage: ContextVar[_Stage] = ContextVar("stage")


class _Request(aiohttp.ClientRequest):
    """Request that records when it has a connection and is about to send its first byte.

    aiohttp's tracing would show the same but costs several objects and awaits per request.
    """

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        _stage.get().may_have_left = True
        return await super().send(conn)


#: Parsed for every call, and equal for all calls of an account. Refused addresses are not cached.
_read = lru_cache(maxsize=2048)(read)


class _CheckingResolver(AbstractResolver):
    """Resolver that checks every IP address and records those that passed, for the check at connect time."""

    def __init__(self, resolver: Resolver, listed: frozenset[Origin]) -> None:
        self.resolver = resolver
        self.listed = listed
        self.passed: set[str] = set()

    async def judge(self, address: Address) -> list[str]:
        loop = asyncio.get_running_loop()
        ips = await loop.run_in_executor(None, lambda: locate(address, resolver=self.resolver, listed=self.listed))
        texts = [str(ip) for ip in ips]
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
        """Do nothing: there is nothing to close."""


class Transport:
    """HTTP client with a connection pool. Use as an async context manager, in one event loop."""

    def __init__(
        self,
        *,
        listed: frozenset[Origin] = frozenset(),
        resolver: Resolver | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.listed = listed
        self.patience = patience or Patience()
        self._resolver = _CheckingResolver(resolver or SystemResolver(), listed)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self.patience.at_once,
                resolver=self._resolver,
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

    def may_reach_another_server(self, host: str) -> bool:
        """Return True if our own configuration could lead to a server that does not own the host name."""
        other_address = host in {origin.host for origin in self.listed}
        other_resolver = type(self._resolver.resolver) is not SystemResolver
        return other_address or other_resolver or any(os.environ.get(name) for name in _OTHER_ROOTS)

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
        """Send one request and return the response with any status. Does not follow redirects.

        Raises RefusedError or TransientError if nothing was sent, and UnclearError if something may have been sent;
        a caller that only reads may treat UnclearError as transient.
        """
        assert self._session is not None, "use it as an async context manager"
        address = _read(url, listed=self.listed)
        if address.ip is not None and str(address.ip) not in self._resolver.passed:
            await self._resolver.judge(address)
        body = form
        if json is not None:
            # Faster than aiohttp's JsonPayload, which has three layers, and than bytes, which need a registry lookup.
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
            # aiohttp's exceptions contain the request with its token, so they must not propagate.
            raise _error_from(error, stage) from None

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        success = response.status < 300
        try:
            limit = self.patience.body if success else _MOST_OF_AN_ERROR
            unpacker = Decompressor(response.headers.get("Content-Encoding", ""), limit=limit)
            pieces: list[bytes] = []
            while piece := await response.content.readany():
                pieces.append(unpacker.feed(piece))
            body = b"".join(pieces)
        except (BodyRefused, aiohttp.ClientPayloadError):
            if success:
                raise
            body = b""  # the status is enough
        return Answer(response.status, response.headers, body)

    def _open_socket(self, info: Any) -> socket.socket:
        """Open a socket after a last check: the pool skips the resolver when the host is an IP address."""
        family, kind, proto, _, place = info
        if str(place[0]) not in self._resolver.passed and block_reason(ip_address(place[0])) is not None:
            raise OSError("not judged")
        return socket.socket(family, kind, proto)


def _error_from(error: Exception, stage: _Stage) -> TransientError | RefusedError | UnclearError:
    if not stage.may_have_left:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return RefusedError("certificate", "The server's TLS certificate is not valid.")
        return TransientError("connect", "The server could not be reached.")
    if isinstance(error, TimeoutError):
        return UnclearError("time-out", "The request timed out.")
    return UnclearError("cut", "The connection was lost before the response.")
