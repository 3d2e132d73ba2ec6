"""Record the history of findings."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import User

from ..models import Finding, FindingEvent, Owner, ReviewLink, What

#: Fields of a finding whose question is settled: no one is asked or reminded.
QUIET: dict[str, Any] = {"owner": Owner.PAGETOJOB, "remind_at": None, "reminders": 0, "needs_call": False}


def record_event(finding: Finding, what: What, words: str = "", *, actor: User | None = None) -> None:
    """Add an event to the history of a finding. Call in the transaction of the event. One INSERT."""
    FindingEvent.objects.create(
        tenant_id=finding.tenant_id, finding=finding, what=what, note=words[:600], actor_id=actor.pk if actor else None
    )


def record_decision(
    finding: Finding, what: What, action: str, reason: str, *, actor: User | str, words: str | None = None
) -> None:
    """Add a decision to the history of a finding, in `words` or as its reason, and to the audit log."""
    person = actor if isinstance(actor, User) else None
    record_event(finding, what, reason if words is None else words, actor=person)
    record_change(f"drift.{action}", finding, actor=actor, reason=reason)


def lock(finding: Finding) -> None:
    """Lock a finding until the transaction ends, and read it again: it may have changed since its page was shown."""
    finding.refresh_from_db(from_queryset=Finding.objects.select_for_update(no_key=True))


def open_links(finding: Finding) -> QuerySet[ReviewLink]:
    """Return the link of a finding that was neither used nor revoked, if any. It may have expired."""
    links = ReviewLink.objects.filter(tenant_id=finding.tenant_id, finding=finding)
    return links.filter(revoked_at__isnull=True, used_at__isnull=True)


def end_links(finding: Finding) -> int:
    """Revoke the open links of a finding, and return their number."""
    return open_links(finding).update(revoked_at=Now())
