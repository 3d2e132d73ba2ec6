"""A suspected request that turned out to be real: everyone who is notified at once gets a notice now."""

from django.db.models.functions import Now

from syncqueue.leads.models import Lead

from .enqueue import enqueue, reachable
from .models import LeadAttention, Purpose, RecipientNotice


def notify_released(lead: Lead) -> int:
    """Enqueue the notices that a suspected request did not get, and its escalation; return how many notices.

    Call inside the tenant's scope, in the transaction of the release. A recipient who has a notice gets no second one.
    """
    recipients = reachable(lead.tenant_id).filter(level=0, removed_at__isnull=True)
    notified = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead).values("recipient")
    count = enqueue(recipients.exclude(pk__in=notified), Purpose.REQUEST, subject_key=lead.reference, lead=lead)
    attention, created = LeadAttention.objects.get_or_create(
        tenant_id=lead.tenant_id, lead=lead, defaults={"check_at": Now()}
    )
    if not created and attention.opened_at is None:
        LeadAttention.objects.filter(pk=attention.pk).update(check_at=Now())
    return count
