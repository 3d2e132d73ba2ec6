"""Throughput, latency and failures by hour or day, from the tallies. Needs a worker's or operator's scope."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max

from pagetojob.platform.postgresql.base import fetch_all

from ..models import Kind, State, TallyTotal, What
from ..tally_buckets import within

#: Number of columns of each view.
HOURS, DAYS = 48, 30

_READ = {
    "hour": """
        SELECT hour AS at, what, label, sum(n)::bigint FROM syncqueue_tallyhour
        WHERE hour >= %(since)s AND (%(kind)s = '' OR kind = %(kind)s) GROUP BY at, what, label
    """,
    "day": """
        SELECT day::timestamp AT TIME ZONE 'UTC' AS at, what, label, sum(n)::bigint FROM syncqueue_tallyday
        WHERE day >= (%(since)s AT TIME ZONE 'UTC')::date AND (%(kind)s = '' OR kind = %(kind)s)
        GROUP BY at, what, label
    """,
}


@dataclass
class Slot:
    """An hour or a day: attempts by outcome, failures by cause, and times by bucket."""

    at: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    took: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)

    @property
    def tries(self) -> int:
        return self.outcomes.total()

    @property
    def delivered(self) -> int:
        return self.outcomes[State.DELIVERED]

    @property
    def others(self) -> int:
        return self.tries - self.delivered

    def quantiles(self, of: str) -> tuple[str, str] | None:
        """Return the bounds within which 50% and 95% ended, of `took` or `waited`; None without any."""
        half, most = (within(getattr(self, of), percent) for percent in (50, 95))
        return (half, most) if half and most else None


def slots_of(unit: str, kind: Kind | None, now: datetime) -> Sequence[Slot]:
    """Return one slot per hour for the last 48 hours, or per UTC day for the last 30 days, oldest first. A single
    query.

    Reads at most about 150 rows per slot, regardless of the number of attempts.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    step, count = (timedelta(days=1), DAYS) if unit == "day" else (timedelta(hours=1), HOURS)
    last = hour.replace(hour=0) if unit == "day" else hour
    slots = {at: Slot(at) for at in (last - step * back for back in reversed(range(count)))}
    sums = _sums(unit, kind, min(slots))
    for at, counts in sums.items():
        if at in slots:
            slot = slots[at]
            pairs = {What.OUTCOME: slot.outcomes, What.FAILURE: slot.failures}
            pairs |= {What.TOOK: slot.took, What.WAITED: slot.waited}
            for (what, label), n in counts.items():
                pairs[What(what)][label] += n
    return list(slots.values())


def _sums(unit: str, kind: Kind | None, since: datetime) -> dict[datetime, dict[tuple[str, str], int]]:
    sums: dict[datetime, dict[tuple[str, str], int]] = defaultdict(dict)
    for at, what, label, n in fetch_all(_READ[unit], {"since": since, "kind": kind or ""}):
        sums[at][what, label] = n
    return sums


def counted_until() -> datetime | None:
    """Return the time up to which attempts have been counted; None before the first. A single query."""
    until: datetime | None = TallyTotal.objects.aggregate(until=Max("counted_until"))["until"]
    return until
