"""Capped counts: the cost of the operations page does not grow with the queue."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Value

from ..filters import Filters
from ..models import State

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
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [value for _, params in compiled for value in params])
        row = cursor.fetchone()
    assert row is not None
    return list(row)


def counted(rows: QuerySet[Any], limit: int) -> QuerySet[Any]:
    """Limit a list to the part that is counted."""
    return rows.order_by().values(one=Value(1))[: limit + 1]


def count_tiles() -> list[int]:
    """Return the counts of TILES, over all tenants, in their order. A single statement."""
    return count_each([filters.queryset() for _, _, filters in TILES])


def set_time_limit(milliseconds: int) -> None:
    """Set the statement timeout until the end of this transaction. A single statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
