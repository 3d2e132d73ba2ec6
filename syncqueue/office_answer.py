"""The office's answer to the request of an item. A request that the office booked, or excluded, is not sent as well."""

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from syncqueue.leads.models import AnswerKind, Exclusion, LeadAnswer

from .models import Kind, SyncItem

#: Cause of a booking that stops because the office made it.
BOOKED_BY_OFFICE = "booked-by-office"
BOOKED_SENTENCE = "The contractor marked this request as booked."
#: Cause of a booking that stops because its request was excluded after it was enqueued, as by the office.
EXCLUDED = "request-excluded"


def answer_of_item() -> Coalesce:
    """Return the expression of the kind of the office's newest answer to an item's request; empty without one."""
    rows = LeadAnswer.objects.filter(tenant=OuterRef("tenant_id"), lead=OuterRef("lead_id"), undone_at=None)
    return Coalesce(Subquery(rows.order_by("-pk").values("kind")[:1]), Value(""), output_field=CharField())


def booked_answer(item: SyncItem) -> LeadAnswer | None:
    """Return the answer by which the office booked the request of a booking; None if it did not. A single query."""
    return _newest(item, AnswerKind.BOOKED) if item.kind == Kind.BOOKING_REQUEST else None


def duplicate_answer(item: SyncItem) -> LeadAnswer | None:
    """Return the answer by which the office excluded the request of an item; None if it did not.

    Runs a query for an excluded request only.
    """
    is_duplicate = item.lead is not None and item.lead.excluded_as == Exclusion.DUPLICATE
    return _newest(item, AnswerKind.DUPLICATE) if is_duplicate else None


def _newest(item: SyncItem, kind: AnswerKind) -> LeadAnswer | None:
    """Return the newest answer that was not undone, if it is of this kind."""
    rows = LeadAnswer.objects.filter(tenant=item.tenant_id, lead=item.lead_id, undone_at=None)
    newest = rows.select_related("by").only("kind", "created_at", "by__name", "tenant", "lead").order_by("-pk").first()
    return newest if newest is not None and newest.kind == kind else None
