"""Open items grouped by cause. Needs a scope that shows the rows."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ..causes import UNKNOWN_CAUSE, Cause, cause_of
from ..filters import Filters
from ..models import OPEN
from .counts import LIMIT

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
SELECT cause,
       (SELECT count(*) FROM (
            SELECT 1 FROM syncqueue_syncitem AS one
            WHERE one.cause = found.cause AND one.cause > '' AND one.state IN ({open}) LIMIT %s
        ) AS counted),
       (SELECT one.created_at FROM syncqueue_syncitem AS one
        WHERE one.cause = found.cause AND one.cause > '' AND one.state IN ({open})
        ORDER BY one.created_at, one.id LIMIT 1)
FROM found WHERE cause IS NOT NULL
"""


def groups_by_cause() -> list[Group]:
    """Return every cause of open items, all tenants: those with an owner first, then the largest, then the oldest.

    A single statement; it reads at most 1,001 index entries per cause.
    """
    with connection.cursor() as cursor:
        cursor.execute(*leaps())
        rows = cursor.fetchall()
    groups = [Group(key, cause_of(key) or UNKNOWN_CAUSE, count, oldest) for key, count, oldest in rows]
    return sorted(groups, key=lambda group: (group.cause.who == NO_OWNER, -group.count, group.oldest))


def leaps() -> tuple[str, list[str | int]]:
    """Return the statement and its parameters."""
    states: list[str | int] = [str(state) for state in OPEN]
    return _LEAPS.format(open=", ".join(["%s"] * len(states))), [*states * 3, LIMIT + 1, *states]
