"""Writing down what happened to a finding."""

from pagetojob.platform.tenants.models import User

from ..models import Finding, FindingEvent, What


def note(finding: Finding, what: What, words: str = "", *, actor: User | None = None) -> None:
    """One line of its history, in the transaction of what happened. One INSERT."""
    FindingEvent.objects.create(
        tenant_id=finding.tenant_id, finding=finding, what=what, note=words[:600], actor_id=actor.pk if actor else None
    )
