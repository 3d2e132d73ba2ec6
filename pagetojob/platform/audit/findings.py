"""Findings of a verification of the audit chain, and how they are stored."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from .models import AuditCheck

#: A check stops after this many findings, because the first one matters most.
MAX_FINDINGS = 20
log = logging.getLogger(__name__)


class Kind(StrEnum):
    """Kinds of integrity problems."""

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
    """An integrity problem.

    `number` is the number of a seal. `line` is a reference such as `act 7` or `row 7`, or empty.
    """

    kind: Kind
    number: int | None
    sentence: str
    line: str = ""


@dataclass
class Result:
    """Result of a check of seals `first` to `last`.

    `whole` is true if the check reached the end of the chain. `last` is `first` - 1 if there were no seals. Lines up to
    seal `purged` were removed by a purge and are not reported as missing.
    """

    found: list[Finding]
    first: int
    last: int
    whole: bool = True
    purged: int = 0

    @property
    def full(self) -> bool:
        return len(self.found) >= MAX_FINDINGS


def note(findings: Sequence[Finding], *, first: int, last: int, whole: bool) -> AuditCheck:
    """Store the result of a check and log each finding as an error."""
    for finding in findings:
        log.error(
            "audit log does not match its seals",
            extra={"kind": finding.kind, "seal": finding.number, "line": finding.line},
        )
    return AuditCheck.objects.create(
        first=first, last=last, whole=whole, found=[asdict(finding) for finding in findings]
    )
