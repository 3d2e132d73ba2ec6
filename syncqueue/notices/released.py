"""A suspected request that turned out to be real: everyone who is notified at once gets a notice now."""

from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient
from syncqueue.leads.models import Lead

from .models import LeadAttention, RecipientNotice


def notify_released(lead: Lead) -> int:
    """Enqueue the notices that a suspected request did not get, and its escalation; return how many notices.

    Call inside the tenant's scope, in the transaction of the release. A recipient who has a notice gets no second one.
    """
    rows = NoticeRecipient.objects.filter(tenant=lead.tenant_id, active=True, level=0, removed_at__isnull=True)
    rows = rows.filter(bounced_at__isnull=True, complained_at__isnull=True)
    rows = rows.filter(Q(channel=NoticeChannel.EMAIL) | Q(confirmed_at__isnull=False))
    notified = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead).values("recipient")
    notices = [
        RecipientNotice(
            tenant_id=lead.tenant_id, recipient=row, lead=lead, subject_key=lead.reference, carried=False, due_at=Now()
        )
        for row in rows.exclude(pk__in=notified)
    ]
    RecipientNotice.objects.bulk_create(notices, ignore_conflicts=True)
    attention, created = LeadAttention.objects.get_or_create(
        tenant_id=lead.tenant_id, lead=lead, defaults={"check_at": Now()}
    )
    if not created and attention.opened_at is None:
        LeadAttention.objects.filter(pk=attention.pk).update(check_at=Now())
    return len(notices)
