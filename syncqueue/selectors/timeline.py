"""What happened to one item. Needs a scope that shows the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet

from pagetojob.kernel.audit.models import AuditEntry
from pagetojob.kernel.audit.services import subject_key

from ..models import SyncAttempt, SyncItem


def attempts_of(item: SyncItem) -> QuerySet[SyncAttempt]:
    return SyncAttempt.objects.filter(tenant=item.tenant_id, item=item).order_by("id")


def acts_on(item: SyncItem) -> Sequence[Mapping[str, Any]]:
    """What people did to the item, oldest first: at, action, reason, actor_label, name. One query."""
    entries = AuditEntry.objects.filter(subject=subject_key(item)).order_by("id")
    return list(entries.values("at", "action", "reason", "actor_label", name=F("actor__name")))


def siblings_of(item: SyncItem) -> Sequence[SyncItem]:
    """The other items owed for the same lead. One query."""
    if item.lead_id is None:
        return []
    return list(SyncItem.objects.filter(tenant=item.tenant_id, lead=item.lead_id).exclude(pk=item.pk))


def timeline(item: SyncItem) -> list[dict[str, Any]]:
    """Everything that happened to an item, in order: capture, tries, acts of people. Two queries."""
    events: list[dict[str, Any]] = [{"at": item.created_at, "what": "owed", "detail": "Stored with its lead."}]
    events += [
        {
            "at": attempt.settled_at,
            "what": attempt.outcome,
            "detail": attempt.detail,
            "who": attempt.worker,
        }
        for attempt in attempts_of(item)
    ]
    events += [
        {
            "at": act["at"],
            "what": act["action"].rpartition(".")[2].replace("_", " "),
            "detail": act["reason"],
            "who": f"{act['name']} ({act['actor_label']})",
        }
        for act in acts_on(item)
    ]
    return sorted(events, key=lambda event: event["at"])
