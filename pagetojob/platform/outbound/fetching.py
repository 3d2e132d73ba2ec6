"""Fetch third-party URLs through the address guard (docs/explanation/gateway.md).

Each redirect is parsed, resolved, checked and connected again. Requests carry only our User-Agent; the caller's
headers are not sent to another origin.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpcore2

from .addresses import Address, AddressRefused, Origin, check_characters, read
from .bodies import Decompressor
from .dialing import CheckedNetwork, Deadline, ResponseTooLarge
from .errors import RefusedError, TransientError
from .resolving import Resolver, SystemResolver, locate

USER_AGENT = "PageToJob/1.0 (website checks)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers of the caller that are also sent to another origin.
_CROSS_ORIGIN_HEADERS = {"user-agent", "accept", "accept-language"}


@dataclass(frozen=True)
class Limits:
    """Time and size limits of a fetch including its redirects. `wire` counts all received bytes, with headers."""

    connect: float = 5.0
    total: float = 20.0
    body: int = 5_000_000
    wire: int = 6_000_000
    redirects: int = 5


@dataclass(frozen=True)
class Hop:
    """Redirect response of a fetch."""

    url: str
    status: int
    to: str


@dataclass
class Trail:
    """Record of a fetch, filled in step by step so that it is also available after a failure.

    `address`, `status` and `body` (decompressed bytes) belong to the last hop; `received` counts the bytes received
    over all hops.
    """

    hops: list[Hop] = field(default_factory=list)
    address: str | None = None
    status: int | None = None
    received: int = 0
    body: int = 0


@dataclass(frozen=True)
class Fetched:
    """Final response of a fetch. `url` is where it came from; header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    url: str,
    *,
    limits: Limits | None = None,
    listed: frozenset[Origin] = frozenset(),
    headers: Mapping[str, str] | None = None,
    resolver: Resolver | None = None,
    trail: Trail | None = None,
) -> Fetched:
    """GET `url`, follow redirects, and return the final response with any status.

    `listed` holds the exact origins that may be in a private network. Raises AddressRefused if a hop may not be
    called, RefusedError for a permanent failure and TransientError for one that may pass.
    """
    limits = limits or Limits()
    deadline = Deadline(limits.total)
    run = _Fetch(limits, listed, resolver or SystemResolver(), trail or Trail(), deadline)
    try:
        return run.follow(url, dict(headers or {}))
    finally:
        deadline.cancel()


@dataclass(frozen=True)
class _Fetch:
    """A single fetch including its redirects."""

    limits: Limits
    listed: frozenset[Origin]
    resolver: Resolver
    trail: Trail
    deadline: Deadline

    def follow(self, url: str, headers: dict[str, str]) -> Fetched:
        address = read(url, listed=self.listed)
        seen = {str(address)}
        while True:
            self.trail.address, self.trail.status, self.trail.body = None, None, 0
            answer = self.ask(address, headers)
            place = answer.headers.get("location")
            if answer.status not in _REDIRECTS or place is None:
                return answer
            following = _next(address, place, self.listed)
            self.trail.hops.append(Hop(str(address), answer.status, str(following)))
            if str(following) in seen:
                raise RefusedError("redirect-loop", "The redirects form a loop.")
            if len(self.trail.hops) > self.limits.redirects:
                raise RefusedError("redirect-limit", f"The address redirects more than {self.limits.redirects} times.")
            seen.add(str(following))
            if following.origin != address.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _CROSS_ORIGIN_HEADERS}
            address = following

    def ask(self, address: Address, headers: Mapping[str, str]) -> Fetched:
        """Send one request to one checked address. Raises only errors of the gateway."""
        network = CheckedNetwork(
            locate(address, resolver=self.resolver, listed=self.listed),
            deadline=self.deadline,
            connect_seconds=self.limits.connect,
            most_bytes=self.limits.wire - self.trail.received,
        )
        try:
            return self._exchange(network, address, headers)
        except ResponseTooLarge:
            raise RefusedError("body-size", "The response is too large.") from None
        except ssl.SSLCertVerificationError:
            raise RefusedError("certificate", "The host's TLS certificate is not valid.") from None
        except (OSError, httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise self._broken(error) from None
        except (httpcore2.ProtocolError, ValueError) as error:
            if self.deadline.passed:
                raise self._broken(error) from None
            raise RefusedError("not-http", "The response is not valid HTTP.") from None
        finally:
            self.trail.address = str(network.dialled) if network.dialled is not None else None
            self.trail.received += network.received

    def _exchange(self, network: CheckedNetwork, address: Address, headers: Mapping[str, str]) -> Fetched:
        secure = address.origin.scheme == "https"
        context = ssl.create_default_context() if secure else None
        request = self._request(address, headers)
        with (
            httpcore2.ConnectionPool(ssl_context=context, network_backend=network, max_connections=1) as pool,
            pool.stream(
                request.method, request.url, headers=request.headers, extensions=request.extensions
            ) as response,
        ):
            self.trail.status = response.status
            given: dict[str, str] = {}
            for name, value in response.headers:
                given.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
            if response.status in _REDIRECTS and "location" in given:
                return Fetched(str(address), response.status, given, b"")
            unpacker = Decompressor(given.get("content-encoding", ""), limit=self.limits.body)
            pieces = []
            for piece in response.iter_stream():
                pieces.append(unpacker.feed(piece))
                self.trail.body = unpacker.size
            body = b"".join(pieces)
        if self.deadline.passed:  # a body without a length ends with the connection, even if we closed it
            raise TransientError("time-out", "The request timed out.")
        if body and not unpacker.is_whole():
            raise TransientError("cut", "The response is incomplete.")
        return Fetched(str(address), response.status, given, body)

    def _request(self, address: Address, headers: Mapping[str, str]) -> httpcore2.Request:
        origin = address.origin
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        ours = {
            "Host": str(origin).partition("://")[2],
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        patience = {"connect": self.limits.connect, "read": self.limits.total, "write": self.limits.total}
        return httpcore2.Request(
            "GET",
            httpcore2.URL(scheme=origin.scheme, host=host, port=origin.port, target=address.target),
            headers=list((ours | dict(headers)).items()),
            extensions={"timeout": patience, "sni_hostname": origin.host},
        )

    def _broken(self, error: Exception) -> TransientError:
        if self.deadline.passed or isinstance(error, TimeoutError | httpcore2.TimeoutException):
            return TransientError("time-out", "The request timed out.")
        if isinstance(error, httpcore2.ConnectError):
            return TransientError("connect", "The host could not be reached.")
        return TransientError("cut", "The connection was lost.")


def _next(address: Address, place: str, listed: frozenset[Origin]) -> Address:
    """Return the checked target of a Location header."""
    try:
        # Browsers read non-ASCII header bytes as UTF-8.
        place = place.encode("latin-1").decode("utf-8")
    except ValueError:
        raise AddressRefused("url-characters") from None
    # urljoin would silently drop characters that `read` refuses.
    check_characters(place)
    if place.startswith("//"):  # urljoin and browsers disagree about a third slash; `read` refuses it
        place = f"{address.origin.scheme}:{place}"
    elif _is_relative(place):
        place = urljoin(str(address), place)
    following = read(place, listed=listed)
    if address.origin.scheme == "https" and following.origin.scheme == "http":
        raise RefusedError("redirect-downgrade", "The address redirects from https to http.")
    return following


def _is_relative(place: str) -> bool:
    """Return True if a Location value is a path or a query, without a scheme."""
    return ":" not in place.partition("/")[0].partition("?")[0].partition("#")[0]
