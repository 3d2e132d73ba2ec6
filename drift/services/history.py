"""Record the history of findings."""

from pagetojob.platform.tenants.models import User

from ..models import Finding, FindingEvent, What


def record_event(finding: Finding, what: What, words: str = "", *, actor: User | None = None) -> None:
    """Add an event to the history of a finding. Call in the transaction of the event. One INSERT."""
    FindingEvent.objects.create(
        tenant_id=finding.tenant_id, finding=finding, what=what, note=words[:600], actor_id=actor.pk if actor else None
    )
