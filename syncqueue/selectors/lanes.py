"""Lanes for operators: rotation, rate limit, breaker and pauses.

Needs an operator's scope.
"""

from dataclasses import dataclass
from datetime import datetime

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.postgresql.base import fetch_all

from .. import retry
from ..lane_sql import PACE, SCHEDULED, TOKENS, of_lane, pace_params
from ..models import Kind, Lane

#: Counting the waiting items of a lane stops here.
MOST_WAITING = 100

_BOARD = f"""
SELECT tenant.name, tenant.slug, lane.kind, {PACE},
    CASE WHEN {PACE} IS NOT NULL THEN greatest({TOKENS}, 0) END, lane.failures,
    CASE WHEN lane.paused_until > statement_timestamp() THEN lane.paused_until END,
    lane.served_at, lane.held_at, lane.held_reason, coalesce(person.name, ''),
    (SELECT count(*) FROM (
        SELECT FROM syncqueue_syncitem AS item
        WHERE {of_lane("lane")} AND {SCHEDULED} LIMIT {MOST_WAITING + 1}
    ) AS counted)
FROM syncqueue_lane AS lane
JOIN tenants_tenant AS tenant ON tenant.id = lane.tenant_id
LEFT JOIN tenants_user AS person ON person.id = lane.held_by_id
WHERE %(slug)s = '' OR tenant.slug = %(slug)s
ORDER BY lane.held_at NULLS LAST, lane.failures >= %(break_after)s DESC, tenant.name, lane.kind, lane.id
LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 - built from constants; values are parameters


@dataclass(frozen=True)
class LaneLine:
    """The present status of a lane. `tokens` is how many items it may send at once; None without a rate, as
    `per_minute`.

    `failures` are consecutive transient errors; `waiting` are its scheduled items, where 101 stands for any higher
    number.
    """

    tenant: str
    slug: str
    kind: str
    per_minute: int | None
    tokens: float | None
    failures: int
    rests_until: datetime | None
    served_at: datetime | None
    held_at: datetime | None
    held_reason: str
    held_by: str
    waiting: int

    @property
    def kind_words(self) -> str:
        return Kind(self.kind).label

    @property
    def state(self) -> str:
        """Return one word: paused (by a person), resting (breaker open), trying (breaker half-open), or active."""
        if self.held_at:
            return "paused"
        if self.rests_until:
            return "resting"
        return "trying" if self.failures >= retry.BREAK_AFTER else "active"

    @property
    def waiting_words(self) -> str:
        return f"{MOST_WAITING}+" if self.waiting > MOST_WAITING else str(self.waiting)


@dataclass(frozen=True)
class LanePage:
    lines: list[LaneLine]
    more: bool


def lanes_page(slug: str = "", page: int = 1) -> LanePage:
    """Return the lanes of a tenant, or of all: paused lanes first, then those in trouble. A single query.

    For each of at most 50 lanes it reads up to 101 index entries of scheduled items.
    """
    values: dict[str, str | int] = {"slug": slug, "break_after": retry.BREAK_AFTER, **pace_params()}
    values |= {"limit": PAGE_SIZE + 1, "offset": PAGE_SIZE * (page - 1)}
    lines = [LaneLine(*row) for row in fetch_all(_BOARD, values)]
    return LanePage(lines[:PAGE_SIZE], more=len(lines) > PAGE_SIZE)


def paused_lane_count() -> int:
    """Return how many lanes a person has paused. A single query."""
    return Lane.objects.filter(held_at__isnull=False).count()
