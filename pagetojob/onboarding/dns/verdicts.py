"""Verdicts on a requested record or on a part of mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Result of a check. The members are in order, the worst last."""

    OK = "ok"
    CANNOT_TELL = "cannot tell"
    MISSING = "missing"
    WRONG = "wrong"
    CONFLICT = "conflict"


_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; without any, ok."""
    return max(verdicts, key=_ORDER.__getitem__, default=Verdict.OK)


@dataclass(frozen=True)
class Judgment:
    """A verdict with the reason for it, in one sentence for people."""

    verdict: Verdict
    reason: str
