"""Metrics and charts: queue depth, attempt outcomes, lane states, throughput and latency. Needs a worker's scope.

Labels come from our closed lists, and no tenant is a label, so their number is bounded.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q
from django.db.models.functions import Now

from pagetojob.platform.postgresql.base import fetch_all

from .. import depth as depths
from .. import retry
from ..models import OPEN, Kind, Lane, State, SyncAttempt, SyncItem, TallyTotal, What
from ..tally_buckets import within

#: An older count of a large state is not used: the periodic task that makes it has stopped.
FRESH_MINUTES = 10


@dataclass(frozen=True)
class Depth:
    """Open items by (state, kind).

    `deep` are the states of more than a thousand items. For states in `counted` the numbers are from the last count,
    that long ago; for the others in `deep` they cover the newest 1,001 items.
    """

    items: dict[tuple[State, Kind], int]
    deep: frozenset[State]
    counted: dict[State, timedelta]

    def waiting(self) -> list[tuple[State, int]]:
        """Return the states in which items are sent automatically, each with the number of its items."""
        numbers = dict.fromkeys((State.QUEUED, State.RETRYING), 0)
        for (state, _), n in self.items.items():
            if state in numbers:
                numbers[state] += n
        return list(numbers.items())


def depth() -> Depth:
    """Return the depth. A single query; it reads at most 1,001 items of each of six states."""
    items = {(state, kind): 0 for state in OPEN for kind in Kind}
    deep, counted = set(), {}
    params = depths.params() | {"fresh_minutes": FRESH_MINUTES}
    for state, kind, n, ago, is_deep in fetch_all(depths.SQL["depth"], params):
        items[State(state), Kind(kind)] = n
        if is_deep:
            deep.add(State(state))
        if ago is not None:
            counted[State(state)] = ago
    return Depth(items, frozenset(deep), counted)


def oldest_by_state() -> dict[State, float]:
    """Return the age in seconds of the oldest item of each open state; 0 without one. A single query, six index
    reads.
    """
    return {State(state): float(seconds or 0) for state, seconds in fetch_all(depths.SQL["oldest"], depths.params())}


def totals() -> Sequence[tuple[str, What, str, int, float]]:
    """Return all attempt totals: (kind, what, label, n, seconds). A single query; some hundred rows at most."""
    rows = TallyTotal.objects.order_by("kind", "what", "label")
    return [(total.kind, What(total.what), total.label, total.n, total.seconds) for total in rows]


def lanes_by_state() -> dict[tuple[str, Kind], int]:
    """Return how many lanes are paused, resting, trying or active, by kind. A single query over the lanes."""
    paused, cooling = Q(held_at__isnull=False), Q(paused_until__gt=Now())
    trying = Q(failures__gte=retry.BREAK_AFTER)
    calm = Q(paused_until__isnull=True) | Q(paused_until__lte=Now())
    of = {
        "paused": paused,
        "resting": ~paused & cooling,
        "trying": ~paused & calm & trying,
        "active": ~paused & calm & ~trying,
    }
    counts = {name: Count("pk", filter=q) for name, q in of.items()}
    counted = Lane.objects.order_by().values("kind").annotate(**counts).values_list("kind", *of)
    lanes: dict[tuple[str, str], int] = {
        (name, kind): number for kind, *numbers in counted for name, number in zip(of, numbers, strict=True)
    }
    return {(name, kind): lanes.get((name, kind.value), 0) for name in of for kind in Kind}


def not_made_twice() -> int:
    """Return how many bookings a lookup found there, so that no duplicate was created. A single query, partial
    index.
    """
    return SyncItem.objects.filter(adopted=True).count()


def last_attempt_age() -> timedelta | None:
    """Return the time since an attempt was last settled; None before the first. A single query, the last index
    entry.
    """
    newest = SyncAttempt.objects.order_by("-settled_at").values_list(Now() - F("settled_at"), flat=True)
    age: timedelta | None = newest.first()
    return age


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
    def attempts(self) -> int:
        return self.outcomes.total()

    @property
    def delivered(self) -> int:
        return self.outcomes[State.DELIVERED]

    @property
    def others(self) -> int:
        return self.attempts - self.delivered

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
