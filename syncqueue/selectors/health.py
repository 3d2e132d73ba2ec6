"""Queue health and lanes: late notices, lanes with their rate limit, breaker and pauses.

Needs a worker's or an operator's scope.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Now

from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.postgresql.base import fetch_all
from syncqueue.leads.models import Exclusion

from .. import retry
from ..lanes import SQL, pace_params
from ..models import OPEN, Kind, Lane, State, SyncItem
from .counts import LIMIT

MOST_LANES = 50


def tenants_with_delivered_test(tenant_ids: Collection[int]) -> set[int]:
    """Return those tenants for which the notice of a test request was delivered. Runs one query."""
    delivered = SyncItem.objects.filter(
        tenant__in=tenant_ids,
        kind=Kind.BUSINESS_NOTIFICATION,
        state=State.DELIVERED,
        lead__excluded_as=Exclusion.TEST,
    )
    return set(delivered.values_list("tenant_id", flat=True).distinct())


def late_notices() -> QuerySet[SyncItem]:
    """Return the open notices of businesses that were not notified within ten minutes, oldest first."""
    late = _open_notices().filter(created_at__lt=Now() - timedelta(seconds=settings.UNTOLD_AFTER_SECONDS))
    return late.order_by("created_at", "id")


def late_notice_count() -> int:
    """Return how many there are; 1,001 stands for any higher number. A single query."""
    return late_notices().order_by()[: LIMIT + 1].count()


def newest_late_notice() -> int:
    """Return the id of the newest of them; 0 if there is none. A single query."""
    return late_notices().order_by().aggregate(newest=Max("pk"))["newest"] or 0


def _open_notices() -> QuerySet[SyncItem]:
    return SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION, state__in=OPEN, lead__excluded_as=Exclusion.NONE)


def booking_stopped(tenants: QuerySet[Any, Any]) -> bool:
    """Return whether a booking of one of these tenants is stopped. A single query, over open items with a cause."""
    stopped = SyncItem.objects.filter(kind=Kind.BOOKING_REQUEST, state__in=OPEN, cause__gt="")
    return stopped.filter(tenant__in=tenants).exists()


def unknown_since(age: timedelta) -> bool:
    """Return whether an item's outcome has been unknown for longer. A single query, over such items only."""
    return SyncItem.objects.filter(state=State.UNKNOWN, state_since__lt=Now() - age).exists()


@dataclass(frozen=True)
class Lag:
    """The age of the oldest open notice, and how long the oldest due item has been due."""

    oldest_notice: timedelta | None
    oldest_due: timedelta | None


def lag() -> Lag:
    """Return the lag. Two queries, each for the first entry of an index. Items in a lane that cools down count as
    due.
    """
    notice = _open_notices().order_by("created_at", "id").values_list(Now() - F("created_at"), flat=True).first()
    # The last two conditions hold for all these items; they let PostgreSQL use sync_item_next_due.
    due = SyncItem.objects.filter(
        state__in=(State.QUEUED, State.RETRYING), due_at__lte=Now(), due_at__isnull=False, lease_until__isnull=True
    )
    return Lag(notice, due.order_by("due_at", "id").values_list(Now() - F("due_at"), flat=True).first())


def lanes_in_trouble() -> list[Lane]:
    """Return lanes that cool down or whose breaker is not closed, the longest cool-down first. A single query.

    Each has `tenant`, `kind`, `failures` (consecutive transient errors) and `paused_until`.
    """
    troubled = Q(failures__gte=retry.BREAK_AFTER) | Q(paused_until__gt=Now())
    return list(Lane.objects.filter(troubled).select_related("tenant").order_by("-paused_until", "id")[:MOST_LANES])


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
    lines = [LaneLine(*row) for row in fetch_all(SQL["board"], values)]
    return LanePage(lines[:PAGE_SIZE], more=len(lines) > PAGE_SIZE)


def paused_lane_count() -> int:
    """Return how many lanes a person has paused. A single query."""
    return Lane.objects.filter(held_at__isnull=False).count()
