"""Notes on items. They are append-only."""

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User

from ..errors import QueueError
from ..item_actions import Move
from ..models import ItemNote, SyncItem
from .item_changes import require, single_transaction

NOTED = "syncqueue.note"


def add_note(*, item: SyncItem, actor: User, text: str) -> ItemNote:
    """Store an operator's note for the next operator. The audit line records that a note was written, not its text."""
    require(Move.NOTE, item=item, actor=actor)
    if not text.strip():
        raise QueueError("Write what the next operator should know.")
    with single_transaction():
        note = ItemNote.objects.create(tenant_id=item.tenant_id, item=item, author=actor, text=text.strip())
        record(action=NOTED, subject=item, reason="Left a note.", tenant=item.tenant_id, actor=actor)
    return note
