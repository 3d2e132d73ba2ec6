"""Lists of notices and recipients, for operators and for the portal."""

from collections.abc import Sequence

from django.db.models import Q

from pagetojob.platform.tenants.models import NoticeRecipient
from syncqueue.leads.models import Lead

from .models import RecipientNotice
from .outgoing import MessageState

MOST = 100


def newest_notices(*, failed_only: bool) -> Sequence[RecipientNotice]:
    """Return the newest notices of all tenants. Runs one query, in an operator's scope."""
    rows = RecipientNotice.objects.select_related("tenant", "recipient", "lead")
    if failed_only:
        return list(rows.filter(state=MessageState.FAILED).order_by("-pk")[:MOST])
    return list(rows.order_by("-created_at", "-pk")[:MOST])


def marked_recipients() -> Sequence[NoticeRecipient]:
    """Return the active recipients that bounced or complained. Runs one query."""
    rows = NoticeRecipient.objects.filter(Q(bounced_at__isnull=False) | Q(complained_at__isnull=False), active=True)
    return list(rows.select_related("tenant").order_by("-pk")[:MOST])


def notices_of(lead: Lead) -> Sequence[RecipientNotice]:
    """Return the notices about a request, with their recipients. Runs one query."""
    rows = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead)
    return list(rows.select_related("recipient").order_by("pk"))


def marked_count() -> int:
    """Return how many active recipients bounced or complained. Runs one query."""
    return NoticeRecipient.objects.filter(
        Q(bounced_at__isnull=False) | Q(complained_at__isnull=False), active=True
    ).count()
