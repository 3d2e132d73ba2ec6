"""Sentences on gated topics that a second person approved, with the approver's role and an expiry. No database.

`approved_sentences.csv` is part of the repository: the author of a sentence adds its line, and a second person approves
it by reviewing the change. After its expiry a sentence is held again.
"""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from pagetojob.claims.topics import Topic, digest

APPROVED_FILE = Path(__file__).with_name("approved_sentences.csv")


@dataclass(frozen=True, slots=True)
class Approval:
    """An approved sentence: its digest, the claim that it touches, the approver's role, and the last day."""

    digest: str
    claim: str
    approver: str
    expires: str
    sentence: str


@cache
def approvals(path: Path = APPROVED_FILE) -> tuple[Approval, ...]:
    """Return the lines of the file. Raises ValueError if a sentence and its digest differ."""
    with path.open(encoding="utf-8", newline="") as lines:
        read = tuple(Approval(**line) for line in csv.DictReader(lines))
    for approval in read:
        if digest(approval.sentence) != approval.digest or not approval.approver:
            raise ValueError(f"approved_sentences.csv: the line of “{approval.sentence}” does not fit its sentence")
    return read


def approved_sentences(today: date | None = None) -> frozenset[str]:
    """Return the digests of the sentences whose approval has not expired."""
    today = today or datetime.now(UTC).date()
    return frozenset(approval.digest for approval in approvals() if date.fromisoformat(approval.expires) >= today)


def write_approvals(topics: Iterable[Topic], *, approver: str, expires: date, path: Path = APPROVED_FILE) -> int:
    """Add a line for each sentence that has none, sort the file, and return how many lines it has."""
    lines = {approval.digest: approval for approval in approvals(path)} if path.exists() else {}
    for topic in topics:
        key = digest(topic.statement)
        lines.setdefault(key, Approval(key, topic.claim, approver, expires.isoformat(), topic.statement))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(Approval.__dataclass_fields__), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(line) for line in sorted(lines.values(), key=lambda line: line.sentence))
    approvals.cache_clear()
    return len(lines)
