"""Lanes for operators: rotation, rate limit, breaker and pauses.

Needs an operator's scope.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from pagetojob.platform.paging import PAGE_SIZE

from .. import retry
from ..lanes import SQL, pace_params
from ..models import Kind, Lane

#: Counting the waiting items of a lane stops here.
MOST_WAITING = 100


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
    values |= {"most_waiting": MOST_WAITING, "limit": PAGE_SIZE + 1, "offset": PAGE_SIZE * (page - 1)}
    with connection.cursor() as cursor:
        cursor.execute(SQL["board"], values)
        lines = [LaneLine(*row) for row in cursor.fetchall()]
    return LanePage(lines[:PAGE_SIZE], more=len(lines) > PAGE_SIZE)


def paused_lane_count() -> int:
    """Return how many lanes a person has paused. A single query."""
    return Lane.objects.filter(held_at__isnull=False).count()
