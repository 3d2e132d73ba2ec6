"""What the count of deep states and the look at them must agree on, as SQL."""

from typing import Any

from .models.item import OPEN

#: A state with more items than this is deep: a look does not count it.
LIMIT = 1000

#: A table `seen` (state, n) of how many items each open state has, up to one more than the limit. Reads an index alone.
SEEN = """
seen AS MATERIALIZED (
    SELECT open.state, (
        SELECT count(*) FROM (SELECT FROM syncqueue_syncitem WHERE state = open.state LIMIT %(limit)s + 1) AS few
    ) AS n
    FROM unnest(%(states)s::text[]) AS open (state)
)
"""


def params() -> dict[str, Any]:
    """The values that it takes."""
    return {"states": [str(state) for state in OPEN], "limit": LIMIT}
