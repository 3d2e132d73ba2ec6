"""Resends an item by a person's decision. After an unknown outcome, two people must decide."""

from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import User

from ..item_actions import CAPACITY_REVIEW, Move
from ..models import State, SyncItem
from .item_changes import as_seen, require, single_transaction

#: The item leaves its group of causes; its attempts keep theirs.
_CLEARED: dict[str, object] = {"cause": "", "error_class": "", "last_error": "", "missing": []}


def resend(*, item: SyncItem, actor: User, reason: str, seen: int | None = None) -> SyncItem:
    """Make the item due now. `seen` is the version its preview showed; None if there was none.

    An item stopped by a capacity rule counts as cleared from now on. Raises QueueError if the item cannot be sent,
    changed since it was seen or read, or has an unknown outcome and `actor` is not the second person.
    """
    require(Move.RESEND, item=item, actor=actor)
    as_seen(item, seen)
    before, due, cause, asked = item.state, item.due_at, item.cause, item.resend_asked_by_id
    facts: dict[str, object] = {"due_at": Now(), "requeued_at": Now(), "resend_asked_by": None}
    if cause == CAPACITY_REVIEW:
        facts["cleared_at"] = Now()
    with single_transaction():
        if before == State.RETRYING:
            _due_now(item, facts)
        else:
            states.move(item, State.QUEUED, **facts, **_CLEARED)
        changes: dict[str, tuple[object, object]] = {"state": (before, item.state), "due_at": (due, item.due_at)}
        if cause == CAPACITY_REVIEW:
            changes["cleared_at"] = (None, item.cleared_at)
        if asked is not None:
            changes["second_person"] = ("asked for", "confirmed")
        record_change("syncqueue.resend", item, actor=actor, reason=reason, **changes)
    return item


def ask_resend(*, item: SyncItem, actor: User, reason: str, seen: int | None = None) -> SyncItem:
    """Request a resend after an unknown outcome, as the first of two people. The item's state does not change.

    Raises QueueError if a resend has been requested already, or the item changed since it was seen or read.
    """
    require(Move.ASK_RESEND, item=item, actor=actor)
    as_seen(item, seen)
    with single_transaction():
        _update(item, {"resend_asked_by": actor.pk}, resend_asked_by=None)
        record_change("syncqueue.ask_resend", item, actor=actor, reason=reason, second_person=(None, "asked for"))
    return item


def _due_now(item: SyncItem, facts: dict[str, object]) -> None:
    """End the wait of a retrying item. If two people do so concurrently, the second gets an error."""
    _update(item, facts, due_at=item.due_at)


def _update(item: SyncItem, facts: dict[str, object], **as_read: object) -> None:
    """Set fields of an item without changing state and version, if it is still as it was read. Raises LostRace."""
    unchanged = SyncItem.objects.filter(pk=item.pk, version=item.version, state=item.state, **as_read)
    if not unchanged.update(**facts):
        raise states.LostRace(f"item {item.pk} was changed by someone else")
    item.refresh_from_db(fields=list(facts))
