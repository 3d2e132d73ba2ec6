"""Metrics: queue depth, attempt outcomes, lane states. Needs a worker's scope.

Labels come from our closed lists, and no tenant is a label, so their number is bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from .. import depth as depths
from .. import retry
from ..models import OPEN, Kind, Lane, State, SyncAttempt, SyncItem, TallyTotal, What

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


def depth() -> Depth:
    """Return the depth. A single query; it reads at most 1,001 items of each of six states."""
    items = {(state, kind): 0 for state in OPEN for kind in Kind}
    deep, counted = set(), {}
    for state, kind, n, ago, is_deep in _rows("depth"):
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
    return {State(state): float(seconds or 0) for state, seconds in _rows("oldest")}


def _rows(name: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(depths.SQL[name], depths.params() | {"fresh_minutes": FRESH_MINUTES})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


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
