"""Each external fact with its newest reading, and whether it needs review."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F
from django.utils import timezone

from .models import FactReading, Verdict
from .registry import Fact, facts

CURRENT, NEEDS_REVIEW, CHANGED = "current", "needs review", "changed"


@dataclass(frozen=True)
class FactLine:
    """A fact as pages show it. Without a reading by a person it needs review."""

    fact: Fact
    reading: FactReading | None
    today: date

    @property
    def last_read(self) -> date:
        return self.reading.read_on if self.reading else self.fact.researched_on

    @property
    def due_on(self) -> date:
        return self.last_read + timedelta(days=self.fact.days)

    @property
    def source(self) -> str:
        return self.reading.source if self.reading else self.fact.source

    @property
    def state(self) -> str:
        if self.reading is None or self.due_on < self.today:
            return NEEDS_REVIEW
        return CHANGED if self.reading.verdict == Verdict.CHANGED else CURRENT


def fact_lines(*, today: date | None = None) -> list[FactLine]:
    """Return all facts, those that need attention first. A single query."""
    now = today or timezone.now().date()
    rows = FactReading.objects.order_by("fact", "-id").distinct("fact").annotate(reviewer=F("by__name"))
    newest = {row.fact: row for row in rows}
    lines = [FactLine(known, newest.get(known.slug), now) for known in facts()]
    return sorted(lines, key=lambda line: line.state == CURRENT)


def to_review(lines: Iterable[FactLine]) -> list[FactLine]:
    return [line for line in lines if line.state != CURRENT]
