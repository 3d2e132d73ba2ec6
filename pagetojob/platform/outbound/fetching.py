"""Reading an address of somebody else's, through the one guard (docs/explanation/gateway.md).

Every hop is read, looked up, judged and dialled anew; nothing of ours but a User-Agent goes along, and headers of the
caller end where the origin ends.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpcore2

from .addresses import Address, AddressRefused, Origin, check_characters, read
from .bodies import Unpacker
from .dialing import CheckedNetwork, Deadline, TooMuch
from .errors import RefusedError, TransientError
from .resolving import Resolver, SystemResolver, locate

USER_AGENT = "PageToJob/1.0 (website checks)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: What of a caller's headers goes on to another origin.
_FOR_ANYBODY = {"user-agent", "accept", "accept-language"}


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes of one fetch with all its hops. `wire` counts what comes in, headers and all."""

    connect: float = 5.0
    total: float = 20.0
    body: int = 5_000_000
    wire: int = 6_000_000
    redirects: int = 5


@dataclass(frozen=True)
class Hop:
    """One answer that led elsewhere."""

    url: str
    status: int
    to: str


@dataclass
class Trail:
    """What happened so far; filled in as it happens, so that it tells of a failure as well.

    `address`, `status` and `body` (bytes, unpacked) are of the last hop; `received` is bytes on the wire of all.
    """

    hops: list[Hop] = field(default_factory=list)
    address: str | None = None
    status: int | None = None
    received: int = 0
    body: int = 0


@dataclass(frozen=True)
class Fetched:
    """The last answer: `url` is where it came from, `headers` have lower-case names."""

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
    """GET `url` and follow where it leads; any status is an answer.

    `listed` are the exact origins that may lie in a private network. Raises AddressRefused where a hop may not be
    called, RefusedError for an answer that will not get better, TransientError for one that may.
    """
    limits = limits or Limits()
    deadline = Deadline(limits.total)
    journey = _Journey(limits, listed, resolver or SystemResolver(), trail or Trail(), deadline)
    try:
        return journey.follow(url, dict(headers or {}))
    finally:
        deadline.cancel()


@dataclass(frozen=True)
class _Journey:
    """One fetch with all its hops."""

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
                raise RefusedError("redirect-loop", "The address leads back to itself.")
            if len(self.trail.hops) > self.limits.redirects:
                raise RefusedError("redirect-limit", f"The address leads on more than {self.limits.redirects} times.")
            seen.add(str(following))
            if following.origin != address.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _FOR_ANYBODY}
            address = following

    def ask(self, address: Address, headers: Mapping[str, str]) -> Fetched:
        """One request to one checked address; what went wrong is one of our errors."""
        network = CheckedNetwork(
            locate(address, resolver=self.resolver, listed=self.listed),
            deadline=self.deadline,
            connect_seconds=self.limits.connect,
            most_bytes=self.limits.wire - self.trail.received,
        )
        try:
            return self._exchange(network, address, headers)
        except TooMuch:
            raise RefusedError("body-size", "The answer is larger than we read.") from None
        except ssl.SSLCertVerificationError:
            raise RefusedError("certificate", "The certificate of the host is not valid for it.") from None
        except (OSError, httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise self._broken(error) from None
        except (httpcore2.ProtocolError, ValueError) as error:
            if self.deadline.passed:
                raise self._broken(error) from None
            raise RefusedError("not-http", "The answer is no HTTP that we can read.") from None
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
            unpacker = Unpacker(given.get("content-encoding", ""), limit=self.limits.body)
            pieces = []
            for piece in response.iter_stream():
                pieces.append(unpacker.feed(piece))
                self.trail.body = unpacker.size
            body = b"".join(pieces)
        if self.deadline.passed:  # a body without a length ends where the connection does, even if we ended it
            raise TransientError("time-out", "The answer did not come in time.")
        if body and not unpacker.is_whole():
            raise TransientError("cut", "The answer ended before its end.")
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
            return TransientError("time-out", "The answer did not come in time.")
        if isinstance(error, httpcore2.ConnectError):
            return TransientError("connect", "The host could not be reached.")
        return TransientError("cut", "The connection was lost.")


def _next(address: Address, place: str, listed: frozenset[Origin]) -> Address:
    """Where a Location header leads, judged like any address."""
    try:
        # Headers are bytes; those that are no ASCII are UTF-8 to browsers.
        place = place.encode("latin-1").decode("utf-8")
    except ValueError:
        raise AddressRefused("url-characters") from None
    # The library that joins them would quietly drop what `read` refuses.
    check_characters(place)
    if place.startswith("//"):  # the library and browsers read a third slash in two ways; `read` refuses it
        place = f"{address.origin.scheme}:{place}"
    elif _is_relative(place):
        place = urljoin(str(address), place)
    following = read(place, listed=listed)
    if address.origin.scheme == "https" and following.origin.scheme == "http":
        raise RefusedError("redirect-downgrade", "The address leads from https to http.")
    return following


def _is_relative(place: str) -> bool:
    """Whether a place is a path or a query. Anything with a scheme is read as it stands."""
    return ":" not in place.partition("/")[0].partition("?")[0].partition("#")[0]
