"""Records of requests that someone at the business opened or answered. Call inside a scope of the tenant.

Opening a request stops its escalation; so does answering it. Both are recorded once, with the first time.
"""

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Now

from syncqueue.leads.models import Lead

from .models import LeadAttention


def mark_opened(lead: Lead, *, by: str) -> bool:
    """Record that someone opened the request; return whether it is the first time. `by` names a person or recipient."""
    row = _row(lead)
    opened = LeadAttention.objects.filter(pk=row.pk, opened_at__isnull=True)
    return bool(opened.update(opened_at=Now(), opened_by=by[:60], check_at=None))


def mark_answered(lead: Lead) -> bool:
    """Record that the request was answered, as when it is marked as contacted; return whether it is the first time."""
    row = _row(lead)
    answered = LeadAttention.objects.filter(pk=row.pk, answered_at__isnull=True)
    return bool(answered.update(answered_at=Now(), check_at=None))


def undo_answered(lead: Lead) -> None:
    """Undo `mark_answered`. Escalation continues unless someone opened the request."""
    LeadAttention.objects.filter(tenant=lead.tenant_id, lead=lead).update(
        answered_at=None,
        check_at=Case(When(opened_at__isnull=True, then=Coalesce(F("check_at"), Now())), default=Value(None)),
    )


def attention_of(lead: Lead) -> LeadAttention:
    """Return who opened and answered a request, and how far it escalated. Runs one query; creates no row."""
    return LeadAttention.objects.filter(tenant=lead.tenant_id, lead=lead).first() or LeadAttention(
        tenant_id=lead.tenant_id, lead=lead
    )


def _row(lead: Lead) -> LeadAttention:
    row, _ = LeadAttention.objects.get_or_create(tenant_id=lead.tenant_id, lead=lead)
    return row
