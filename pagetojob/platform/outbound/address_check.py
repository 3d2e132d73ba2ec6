"""What the guard says of one address, as facts: for `manage.py fetch`, tests and drills."""

from dataclasses import asdict, dataclass
from typing import Any

from .addresses import AddressRefused, Origin, read
from .errors import GatewayError
from .fetching import Hop, Limits, Trail, fetch
from .resolving import Resolver, SystemResolver, locate

#: What nobody refused: the other side, or the way there, did not do its part.
_FAILED = frozenset({"name-unknown", "connect", "time-out", "cut", "certificate", "not-http", "body-broken"})


@dataclass(frozen=True)
class Judgement:
    """`verdict` is allowed, refused (by us) or failed (on the way); `reason` is None, or a short stable name.

    `address` is the one dialled last (or, when nothing was to be dialled, the first that might be), `size` the bytes
    of the last body, unpacked.
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
        """For JSON. A lone surrogate in the address is shown as an escape of its own."""
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
    """Fetch `url`, or only look it up, and say what came of it. Never raises for anything about the address."""
    trail = Trail()
    error: GatewayError | None = None
    try:
        if check_only:
            found = locate(read(url, listed=listed), resolver=resolver or SystemResolver(), listed=listed)
            trail.address = str(found[0])
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
