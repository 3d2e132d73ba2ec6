"""The last change of an item, for pages that are open."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery

from pagetojob.platform.audit.models import AuditEntry

from ..models import ItemNote, State, SyncItem
from .timeline import did

#: Reading an item does not change it.
_READS = ("syncqueue.unmask", "syncqueue.photo_seen")


@dataclass(frozen=True)
class Change:
    """A version, which differs after each change, and a sentence about the last one."""

    version: str
    words: str


def change_of(public_id: UUID) -> Change | None:
    """Return the last change of an item: of its state, by a person, or a note. Runs one query."""
    subject = f"{SyncItem._meta.label_lower}:{public_id}"
    acts = AuditEntry.objects.filter(subject=subject).exclude(action__in=_READS).order_by("-id")
    notes = ItemNote.objects.filter(tenant=OuterRef("tenant"), item=OuterRef("pk")).order_by().values("item")
    row = (
        SyncItem.objects.filter(public_id=public_id)
        .annotate(
            act=Subquery(acts.values("id")[:1]),
            action=Subquery(acts.values("action")[:1]),
            who=Subquery(acts.values("actor__name")[:1]),
            act_at=Subquery(acts.values("at")[:1]),
            note=Subquery(notes.annotate(newest=Max("id")).values("newest")[:1]),
        )
        .values("version", "state", "state_since", "act", "action", "who", "act_at", "note")
        .first()
    )
    if row is None:
        return None
    state = State(row["state"]).label
    words = f"This item has changed: it is {state} now."
    if row["who"] and row["act_at"] >= row["state_since"]:
        words = f"{row['who']} changed this item ({did(row['action'])}): it is {state} now."
    return Change(f"{row['version']}.{row['act'] or 0}.{row['note'] or 0}", words)
