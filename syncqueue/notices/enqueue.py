"""Enqueue notices to the recipients of a business who can be reached. Call inside a scope that reads them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient
from syncqueue.leads.models import Lead

from .models import Purpose, RecipientNotice


def reachable(tenant_id: int) -> QuerySet[NoticeRecipient]:
    """Return the active recipients whose address accepts messages. All but mailboxes must have confirmed a test."""
    return accepting().filter(tenant=tenant_id)


def accepting() -> QuerySet[NoticeRecipient]:
    """Return the recipients of all businesses that are `reachable`."""
    rows = NoticeRecipient.objects.filter(active=True, bounced_at__isnull=True, complained_at__isnull=True)
    return rows.filter(Q(channel=NoticeChannel.EMAIL) | Q(confirmed_at__isnull=False))


def enqueue(
    recipients: Iterable[NoticeRecipient], purpose: Purpose, *, subject_key: str, lead: Lead | None = None
) -> int:
    """Enqueue a notice to each recipient, due now, and return how many. A notice enqueued before is not repeated."""
    notices = [
        RecipientNotice(
            tenant_id=recipient.tenant_id, recipient=recipient, purpose=purpose, subject_key=subject_key, lead=lead
        )
        for recipient in recipients
    ]
    return len(RecipientNotice.objects.bulk_create(notices, ignore_conflicts=True))
