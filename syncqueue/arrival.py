"""The arrival of the notice that an item carried, as servers reported after accepting it."""

from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from pagetojob.platform.tenants.models import NoticeChannel

from .models import Kind, State
from .notices.models import NOT_ARRIVED, RecipientNotice, ReportKind
from .notices.outgoing import MessageState


def arrival_of_item() -> Case:
    """Return the expression that `SyncItem.shown_state` reads.

    It is "returned" or "delayed" for an accepted notice that was, while no other one reached a person; otherwise empty.
    A further one to the recipient of a notice that did not arrive counts only if a server reported its delivery.
    The ledger counts by the same rule.
    """
    notices = RecipientNotice.objects.filter(tenant=OuterRef("tenant_id"), lead=OuterRef("lead_id"))
    others = notices.filter(carried=False, state=MessageState.DELIVERED).exclude(reported__in=NOT_ARRIVED)
    others = others.exclude(recipient__channel=NoticeChannel.WEBHOOK)
    # An accepted reminder to the same address proves no more than the notice did.
    same = RecipientNotice.objects.filter(tenant=OuterRef("tenant_id"), lead=OuterRef("lead_id"))
    same = same.filter(recipient=OuterRef("recipient_id"), reported__in=NOT_ARRIVED)
    others = others.filter(Q(reported=ReportKind.DELIVERED) | ~Exists(same))
    words = Case(When(reported=ReportKind.DELAYED, then=Value("delayed")), default=Value("returned"))
    mine = notices.filter(carried=True, reported__in=NOT_ARRIVED).annotate(words=words).values("words")
    is_accepted = Q(kind=Kind.BUSINESS_NOTIFICATION, state=State.DELIVERED)
    word = Coalesce(Subquery(mine[:1]), Value(""))
    return Case(When(is_accepted & ~Exists(others), then=word), default=Value(""), output_field=CharField())
