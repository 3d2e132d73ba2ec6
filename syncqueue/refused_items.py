"""Items that a refusal of ServiceTitan stops. Reads only; shared by the checks and by the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Now

from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import AnswerKind, BookingRequest

from .item_actions import ACCESS_REFUSED, LOOKUP_REFUSED, MAPPING_REFUSED
from .models import ItemTriage, Kind, Refusal, State, SyncAttempt, SyncItem
from .office_answer import answer_of_item

#: Tenant, environment and key.
Place = tuple[int, str, str]


@dataclass(frozen=True)
class Stopped:
    """The items that a refusal stops: their number, and when one of them was refused last."""

    items: int
    last: datetime


def items_stopped() -> QuerySet[SyncItem]:
    """Return all items that a refusal stops and that may be sent when it is repaired. Served by the index of causes.

    Not those that the office booked, that have an ID of a superseded binding, or that a person works on or snoozed.
    """
    rows = SyncItem.objects.filter(
        kind=Kind.BOOKING_REQUEST,
        state__in=(State.BLOCKED, State.UNKNOWN),
        cause__in=(MAPPING_REFUSED, ACCESS_REFUSED, LOOKUP_REFUSED),
        lead__excluded_as="",
        missing__0__refused__isnull=False,
    )
    rows = rows.filter(Q(cause=ACCESS_REFUSED) | ~Exists(_superseded()), ~Exists(_with_a_person()))
    return rows.exclude(sent_to="").alias(answer=answer_of_item()).exclude(answer=AnswerKind.BOOKED)


def _superseded() -> QuerySet[BookingRequest]:
    """Return the request of an item if its page has a newer binding than the one that it would be sent with."""
    newer = PageBinding.objects.filter(
        tenant=OuterRef("tenant"), slug=OuterRef("binding__slug"), version__gt=OuterRef("binding__version")
    )
    return BookingRequest.objects.filter(Exists(newer), tenant=OuterRef("tenant"), lead=OuterRef("lead"))


def _with_a_person() -> QuerySet[ItemTriage]:
    """Return the assignee or the running snooze of an item: that person may be entering the booking manually."""
    asleep = Q(snoozed_until__gt=Now(), snoozed_at__gte=OuterRef("state_since"))
    return ItemTriage.objects.filter(Q(assignee__isnull=False) | asleep, tenant=OuterRef("tenant"), item=OuterRef("pk"))


def items_stopped_by(refusal: Refusal) -> QuerySet[SyncItem]:
    """Return the items that a refusal stops: first those that never arrived, then those that may have; oldest first."""
    rows = items_stopped().filter(
        tenant=refusal.tenant_id, sent_to=refusal.environment, missing__0__refused=refusal.key
    )
    return rows.order_by("state", "created_at", "id")


def stopped_by(refusal: Refusal) -> Stopped | None:
    """Return the number of items that a refusal stops and the time of the last; None without any. A single query."""
    return next(iter(by_place(items_stopped_by(refusal)).values()), None)


def by_place(rows: QuerySet[SyncItem]) -> Mapping[Place, Stopped]:
    """Return the stopped items among `rows`, by tenant, environment and key. A single query."""
    # An undo sets `state_since` as well, but is no refusal.
    attempts = SyncAttempt.objects.filter(tenant=OuterRef("tenant"), item=OuterRef("pk")).order_by("-claim_version")
    refused_at = Coalesce(Subquery(attempts.values("settled_at")[:1]), "state_since")
    keyed = rows.order_by().annotate(key=KT("missing__0__refused")).alias(refused_at=refused_at)
    groups = keyed.values_list("tenant_id", "sent_to", "key").annotate(items=Count("pk"), last=Max("refused_at"))
    return {(tenant_id, sent_to, key): Stopped(items, last) for tenant_id, sent_to, key, items, last in groups}
