"""Capped counts, in total and by cause: the cost of the operations page does not grow with the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.expressions import RawSQL

from pagetojob.platform.postgresql.base import fetch_all

from ..causes import UNKNOWN_CAUSE, Cause, cause_of
from ..filters import Filters, open_with_cause
from ..models import OPEN, State, SyncItem

LIMIT = 1000

#: The tiles for operators, the most urgent first: key, label, and the items it counts.
TILES: tuple[tuple[str, str, Filters], ...] = (
    ("untold", "not notified", Filters(untold=True)),
    ("needs-review", "needs review", Filters(state=State.NEEDS_REVIEW)),
    ("unknown", "unknown", Filters(state=State.UNKNOWN)),
    ("blocked", "blocked", Filters(state=State.BLOCKED)),
    ("retrying", "retrying", Filters(state=State.RETRYING)),
    ("queued", "queued", Filters(state=State.QUEUED)),
    ("suspected", "suspected", Filters(suspected=True)),
    ("adopted", "duplicates prevented", Filters(adopted=True)),
)


def capped(count: int) -> str:
    """Format a count: `1,000+` if counting stopped there."""
    return f"{LIMIT:,}+" if count > LIMIT else f"{count:,}"


def count_each(lists: Sequence[QuerySet[Any]], limit: int = LIMIT) -> list[int]:
    """Return the number of rows of each list, up to `limit` + 1. A single statement for all of them."""
    compiled = [counted(rows, limit).query.sql_with_params() for rows in lists]
    # Each part is SQL from the ORM, with its parameters separate.
    columns = ", ".join(f"(SELECT count(*) FROM ({sql}) AS counted)" for sql, _ in compiled)  # noqa: S608
    return list(fetch_all(f"SELECT {columns}", [value for _, params in compiled for value in params])[0])


def counted(rows: QuerySet[Any], limit: int) -> QuerySet[Any]:
    """Limit a list to the part that is counted."""
    return rows.order_by().values(one=Value(1))[: limit + 1]


def count_tiles() -> list[int]:
    """Return the counts of TILES, over all tenants, in their order. A single statement."""
    return count_each([filters.queryset() for _, _, filters in TILES])


#: The owner of a transient error.
NO_OWNER = "No one yet"


@dataclass(frozen=True)
class Group:
    """All open items with one cause. `count` stops at 1,001; `oldest` is the creation time of the oldest item."""

    key: str
    cause: Cause
    count: int
    oldest: datetime

    @property
    def filters(self) -> Filters:
        return Filters(cause=self.key)


#: A loose index scan: skips from one cause to the next, so it never reads a whole group.
_LEAPS = """
WITH RECURSIVE found AS (
    (SELECT cause FROM syncqueue_syncitem WHERE state IN ({open}) AND cause > '' ORDER BY cause LIMIT 1)
    UNION ALL
    SELECT (SELECT next.cause FROM syncqueue_syncitem AS next
            WHERE next.state IN ({open}) AND next.cause > '' AND next.cause > found.cause ORDER BY next.cause LIMIT 1)
    FROM found WHERE found.cause IS NOT NULL
)
SELECT cause, waiting, oldest FROM found, LATERAL (SELECT ({count}) AS waiting, ({oldest}) AS oldest) AS items
WHERE oldest IS NOT NULL
"""


def groups_by_cause() -> list[Group]:
    """Return every cause of open items, all tenants: those with an owner first, then the largest, then the oldest.

    The items of a group are those of its filter. A single statement; it reads at most 1,001 index entries per cause,
    and those of excluded requests.
    """
    rows = fetch_all(*leaps())
    groups = [Group(key, cause_of(key) or UNKNOWN_CAUSE, count, oldest) for key, count, oldest in rows]
    return sorted(groups, key=lambda group: (group.cause.who == NO_OWNER, -group.count, group.oldest))


def leaps() -> tuple[str, list[str | int]]:
    """Return the statement and its parameters."""
    states: list[str | int] = [str(state) for state in OPEN]
    # Without the last condition, which is true of all causes, sync_item_cause_newest is not used.
    items = open_with_cause(SyncItem.objects.order_by(), RawSQL("found.cause", ())).filter(cause__gt="")
    count, count_params = counted(items, LIMIT).query.sql_with_params()
    oldest, oldest_params = items.order_by("created_at", "id").values("created_at")[:1].query.sql_with_params()
    count = f"SELECT count(*) FROM ({count}) AS counted"  # noqa: S608 - SQL from the ORM, as in `count_each`
    sql = _LEAPS.format(open=", ".join(["%s"] * len(states)), count=count, oldest=oldest)
    return sql, [*states * 2, *count_params, *oldest_params]
