"""Whether the visitor of a lead gets a mail."""

from syncqueue.leads.models import Lead

from ..models import Kind, State, SyncItem


def confirmation_owed(lead: Lead) -> bool:
    """Whether a confirmation went out or still may. One query, in a scope that sees the lead."""
    return (
        SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, kind=Kind.VISITOR_CONFIRMATION)
        .exclude(state=State.CANCELLED)
        .exists()
    )
