"""Counts the open items of states that are too large to count per request."""

from django.db import connection

from pagetojob.platform.tenants import scope

from .. import depth_sql
from ..models import Kind

#: A kind without items in such a state is counted too, as zero.
_COUNT = f"""
WITH {depth_sql.SEEN},
found AS (
    SELECT item.state, item.kind, count(*) AS n FROM syncqueue_syncitem AS item
    WHERE item.state IN (SELECT state FROM seen WHERE n > %(limit)s) GROUP BY item.state, item.kind
)
INSERT INTO syncqueue_opencount (state, kind, n, counted_at)
SELECT seen.state, every.kind, coalesce(found.n, 0), statement_timestamp()
FROM seen CROSS JOIN unnest(%(kinds)s::text[]) AS every (kind)
LEFT JOIN found ON found.state = seen.state AND found.kind = every.kind
WHERE seen.n > %(limit)s
ON CONFLICT (state, kind) DO UPDATE SET n = excluded.n, counted_at = excluded.counted_at
"""  # noqa: S608 - built from constants


def count_deep() -> int:
    """Count each open state of more than a thousand items, by kind; return how many states those were.

    A periodic task, every minute. A single statement: it reads six ends of an index, and every item of a large state.
    """
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(_COUNT, depth_sql.params() | {"kinds": [str(kind) for kind in Kind]})
        rows: int = cursor.rowcount
    return rows // len(Kind)
