"""Check one URL and report the verdict of the address guard. Used by `manage.py fetch`, tests and drills."""

from dataclasses import asdict, dataclass
from typing import Any

from .addresses import AddressRefused, Origin, read
from .errors import GatewayError
from .fetching import Hop, Limits, Trail, fetch
from .resolving import Resolver, SystemResolver, locate

#: Errors of the server or the network, as opposed to refusals by us.
_FAILED = frozenset({"name-unknown", "connect", "time-out", "cut", "certificate", "not-http", "body-broken"})


@dataclass(frozen=True)
class Judgement:
    """Result of a check. `verdict` is allowed, refused (by us) or failed (server or network).

    `reason` is None or a short stable name. `address` is the last IP address we connected to, or the first candidate
    if we only checked. `size` is the decompressed size of the last body in bytes.
    """

    url: str
    verdict: str
    reason: str | None
    sentence: str | None
    address: str | None
    status: int | None
    size: int
    redirects: tuple[Hop, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON output. Lone surrogates in the URL are escaped."""
        return {
            "schema": "pagetojob.fetch/1",
            "url": self.shown_url,
            "verdict": self.verdict,
            "reason": self.reason,
            "sentence": self.sentence,
            "address": self.address,
            "status": self.status,
            "bytes": self.size,
            "redirects": [asdict(hop) for hop in self.redirects],
        }

    @property
    def shown_url(self) -> str:
        return self.url.encode("utf-8", "backslashreplace").decode("utf-8")


def judge(
    url: str,
    *,
    listed: frozenset[Origin] = frozenset(),
    resolver: Resolver | None = None,
    limits: Limits | None = None,
    check_only: bool = False,
) -> Judgement:
    """Fetch `url`, or only resolve it, and return the verdict. Never raises because of the URL."""
    trail = Trail()
    error: GatewayError | None = None
    try:
        if check_only:
            addresses = locate(read(url, listed=listed), resolver=resolver or SystemResolver(), listed=listed)
            trail.address = str(addresses[0])
        else:
            fetch(url, limits=limits, listed=listed, resolver=resolver, trail=trail)
    except GatewayError as raised:
        error = raised
    return Judgement(
        url=url,
        verdict=_verdict(error),
        reason=error.code if error else None,
        sentence=error.sentence if error else None,
        address=trail.address,
        status=trail.status,
        size=trail.body,
        redirects=tuple(trail.hops),
    )


def _verdict(error: GatewayError | None) -> str:
    if error is None:
        return "allowed"
    return "failed" if error.code in _FAILED and not isinstance(error, AddressRefused) else "refused"
