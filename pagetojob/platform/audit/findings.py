"""What a look at the chain can find, and how it is kept."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from .models import AuditCheck

#: After so many findings a check stops: the first one is what counts.
MOST_FOUND = 20
log = logging.getLogger(__name__)


class Kind(StrEnum):
    """What can be wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"
    CUT = "cut tail"
    UNANCHORED = "anchor missing"
    UNSEALED = "unsealed for too long"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `number` is that of a seal; `line` is `act 7` or `row 7`, or empty."""

    kind: Kind
    number: int | None
    sentence: str
    line: str = ""


@dataclass
class Result:
    """What a check saw: seals `first` to `last`, whether that was the end of the chain, and what is wrong.

    `last` is `first` - 1 when there was no seal. `purged`: lines up to this seal were taken away, and are not missed.
    """

    found: list[Finding]
    first: int
    last: int
    whole: bool = True
    purged: int = 0

    @property
    def full(self) -> bool:
        return len(self.found) >= MOST_FOUND


def note(found: Sequence[Finding], *, first: int, last: int, whole: bool) -> AuditCheck:
    """Keep the result of a check, and log each finding as an error."""
    for one in found:
        log.error(
            "the audit log is not as it was sealed", extra={"kind": one.kind, "seal": one.number, "line": one.line}
        )
    return AuditCheck.objects.create(first=first, last=last, whole=whole, found=[asdict(one) for one in found])
