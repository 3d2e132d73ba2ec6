"""The status of a visitor's confirmation email."""

from syncqueue.leads.models import Lead

from ..models import Kind, State, SyncItem


def has_confirmation(lead: Lead) -> bool:
    """Return whether a confirmation was sent or still may be. A single query, in a scope that sees the lead."""
    return (
        SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, kind=Kind.VISITOR_CONFIRMATION)
        .exclude(state=State.CANCELLED)
        .exists()
    )
