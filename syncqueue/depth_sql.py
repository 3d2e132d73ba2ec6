"""SQL shared by the count of large states and the queries that read it."""

from typing import Any

from .models.item import OPEN

#: A state with more items than this is deep: it is not counted per request.
LIMIT = 1000

#: A table `seen` (state, n): the number of items per open state, at most the limit plus one. Index-only.
SEEN = """
seen AS MATERIALIZED (
    SELECT open.state, (
        SELECT count(*) FROM (SELECT FROM syncqueue_syncitem WHERE state = open.state LIMIT %(limit)s + 1) AS few
    ) AS n
    FROM unnest(%(states)s::text[]) AS open (state)
)
"""


def params() -> dict[str, Any]:
    """Return the parameters of SEEN."""
    return {"states": [str(state) for state in OPEN], "limit": LIMIT}
