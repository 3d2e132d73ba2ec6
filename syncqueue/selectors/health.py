"""Queue health: late notices, lanes in trouble, and signs of life of dispatcher and workers.

Needs a worker's or an operator's scope.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Now

from pagetojob.platform.runs.models import ScheduledTask
from syncqueue.leads.models import Exclusion

from .. import retry
from ..lanes import anything_due
from ..models import OPEN, Kind, Lane, State, SyncItem
from .counts import LIMIT as MOST_COUNTED

__all__ = [
    "MOST_COUNTED",
    "Lag",
    "SignsOfLife",
    "anything_due",
    "lag",
    "lanes_in_trouble",
    "late_notice_count",
    "late_notices",
    "signs_of_life",
]

MOST_LANES = 50


def late_notices(limit: int = 50) -> list[SyncItem]:
    """Return open notices of businesses not notified within ten minutes, oldest first. A single query."""
    return list(_late().select_related("tenant", "lead").order_by("created_at", "id")[:limit])


def late_notice_count() -> int:
    """Return how many there are; 1,001 stands for any higher number. A single query."""
    return _late().order_by()[: MOST_COUNTED + 1].count()


def _late() -> QuerySet[SyncItem]:
    return _open_notices().filter(created_at__lt=Now() - timedelta(seconds=settings.UNTOLD_AFTER_SECONDS))


def _open_notices() -> QuerySet[SyncItem]:
    return SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION, state__in=OPEN, lead__excluded_as=Exclusion.NONE)


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


@dataclass(frozen=True)
class SignsOfLife:
    """Time since the dispatcher last published a periodic task and since a worker last finished one; None for never."""

    dispatcher: timedelta | None
    worker: timedelta | None


def signs_of_life() -> SignsOfLife:
    """Return the signs of life, read from the rows of the periodic tasks: the web never queries the broker. One
    query.
    """
    row = ScheduledTask.objects.aggregate(
        clock=Max(Now()), nudged=Max("last_woken_at"), finished=Max("last_finished_at")
    )
    clock: datetime | None = row["clock"]

    def ago(at: datetime | None) -> timedelta | None:
        return clock - at if clock and at else None

    return SignsOfLife(ago(row["nudged"]), ago(row["finished"]))
