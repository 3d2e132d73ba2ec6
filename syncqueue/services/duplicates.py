"""The end of the office's answer that a request is a duplicate, by operations."""

from django.db.models.functions import Now

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from syncqueue.leads.models import AnswerKind, Lead, LeadAnswer

from ..notices.attention import undo_answered


def end_duplicate(lead: Lead, *, by: User, reason: str) -> LeadAnswer | None:
    """Undo the office's present answer if it is that the request is a duplicate; return it, or None.

    So the office sees the request as operations count it. Call inside the transaction that includes the request again.
    """
    with scope.tenant(lead.tenant_id):
        present = LeadAnswer.objects.filter(tenant=lead.tenant_id, lead=lead, undone_at=None).order_by("-pk")
        row, *before = present[:2] or [None]
        if row is None or row.kind != AnswerKind.DUPLICATE:
            return None
        LeadAnswer.objects.filter(pk=row.pk, undone_at=None).update(undone_at=Now(), undone_by=by)
        if not before:
            undo_answered(lead)
        record_change("leads.undo_answer", lead, actor=by, reason=reason, answer=(row.kind, None))
    return row
