"""Numbers for machines: the depth of the queue, what became of tries, how lanes stand. Needs a worker's scope.

Labels come from closed lists of ours, and no tenant is one: their number is bounded, however many tenants there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from .. import depth_sql, retry
from ..models import OPEN, Kind, Lane, State, SyncAttempt, SyncItem, TallyTotal, What

#: A count of a deep state that is older than this is not shown as one: the duty that makes it has stopped.
FRESH_MINUTES = 10

#: Of a state that is not deep its items; of a deep one what was counted last, or the newest of them without a count.
_DEPTH = f"""
WITH {depth_sql.SEEN},
fresh AS (
    SELECT of.state, of.kind, of.n, statement_timestamp() - of.counted_at AS ago
    FROM syncqueue_opencount AS of JOIN seen ON seen.state = of.state AND seen.n > %(limit)s
    WHERE of.counted_at > statement_timestamp() - make_interval(mins => {FRESH_MINUTES})
)
SELECT seen.state, item.kind, count(*), NULL::interval, seen.n > %(limit)s
FROM seen CROSS JOIN LATERAL (
    SELECT kind FROM syncqueue_syncitem
    WHERE state = seen.state AND NOT EXISTS (SELECT FROM fresh WHERE fresh.state = seen.state)
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s + 1
) AS item
GROUP BY seen.state, seen.n, item.kind
UNION ALL SELECT state, kind, n, ago, true FROM fresh
"""  # noqa: S608 - made of our own constants

_OLDEST = """
SELECT open.state, extract(epoch FROM statement_timestamp() - (
    SELECT created_at FROM syncqueue_syncitem WHERE state = open.state ORDER BY created_at, id LIMIT 1
)) FROM unnest(%(states)s::text[]) AS open (state)
"""


@dataclass(frozen=True)
class Depth:
    """Open items by (state, kind).

    `deep` are the states of more than a thousand items. Of those in `counted` the numbers are what was counted so long
    ago; of the others in `deep` they are those of the newest 1,001.
    """

    items: dict[tuple[State, Kind], int]
    deep: frozenset[State]
    counted: dict[State, timedelta]


def depth() -> Depth:
    """One query; it reads at most 1,001 items of each of six states."""
    items = {(state, kind): 0 for state in OPEN for kind in Kind}
    deep, counted = set(), {}
    for state, kind, n, ago, is_deep in _rows(_DEPTH):
        items[State(state), Kind(kind)] = n
        if is_deep:
            deep.add(State(state))
        if ago is not None:
            counted[State(state)] = ago
    return Depth(items, frozenset(deep), counted)


def oldest_by_state() -> dict[State, float]:
    """For how many seconds the oldest item of each open state has been owed; 0 without one. One query, six entries."""
    return {State(state): float(seconds or 0) for state, seconds in _rows(_OLDEST)}


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, depth_sql.params())
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def totals() -> Sequence[tuple[str, What, str, int, float]]:
    """What tries led to since the first: (kind, what, label, n, seconds). One query; some hundred rows at most."""
    rows = TallyTotal.objects.order_by("kind", "what", "label")
    return [(one.kind, What(one.what), one.label, one.n, one.seconds) for one in rows]


def lanes_by_state() -> dict[tuple[str, Kind], int]:
    """How many lanes are paused, rest, try one item at a time or are active, by kind. One query over the lanes."""
    paused, resting = Q(held_at__isnull=False), Q(paused_until__gt=Now())
    trying = Q(failures__gte=retry.BREAK_AFTER)
    calm = Q(paused_until__isnull=True) | Q(paused_until__lte=Now())
    of = {
        "paused": paused,
        "resting": ~paused & resting,
        "trying": ~paused & calm & trying,
        "active": ~paused & calm & ~trying,
    }
    counts = {name: Count("pk", filter=q) for name, q in of.items()}
    counted = Lane.objects.order_by().values("kind").annotate(**counts).values_list("kind", *of)
    found: dict[tuple[str, str], int] = {
        (name, kind): number for kind, *numbers in counted for name, number in zip(of, numbers, strict=True)
    }
    return {(name, kind): found.get((name, kind.value), 0) for name in of for kind in Kind}


def not_made_twice() -> int:
    """Bookings that a look-up found there, so that no second one was made. One query over an index of just those."""
    return SyncItem.objects.filter(adopted=True).count()


def last_try() -> timedelta | None:
    """How long ago a try was last settled; None before the first. One query, the last entry of an index."""
    newest = SyncAttempt.objects.order_by("-settled_at").values_list(Now() - F("settled_at"), flat=True)
    found: timedelta | None = newest.first()
    return found
