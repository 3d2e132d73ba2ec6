"""How operators end an item and take that back. Each act has a name, a reason and an audit line in its own commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from ..causes import TAKEN_BACK, ErrorClass, cause_of
from ..errors import QueueError
from ..item_actions import Move
from ..models import STOPPED, State, SyncItem
from .item_changes import CANCELLED, MANUAL_COMPLETED, count_again, ending_of, one_act, require

_NO_PROOF = {"done_where": None, "done_reference": None, "done_at": None}


@dataclass(frozen=True)
class Proof:
    """Where a person finished the work, under which reference there, and when."""

    where: str
    reference: str
    at: datetime


def mark_manual_complete(*, item: SyncItem, actor: User, proof: Proof, reason: str) -> SyncItem:
    """Record that a person did by hand what the item owes. Never counted as automation.

    Raises QueueError when the item has ended, is being worked on, or changed since it was read.
    """
    require(Move.MANUAL_COMPLETE, item=item, actor=actor)
    if proof.at > timezone.now():
        raise QueueError("The time you gave is in the future.")
    if proof.at < item.created_at - timedelta(minutes=1):
        raise QueueError("The time you gave is before the request came in. Give the time when it was done.")
    before = item.state
    with one_act():
        states.move(
            item,
            State.MANUAL_COMPLETE,
            due_at=None,
            resend_asked_by=None,
            ended_from=_way_back(before),
            done_where=proof.where,
            done_reference=proof.reference,
            done_at=proof.at,
        )
        record(
            action=MANUAL_COMPLETED,
            subject=item,
            reason=reason,
            tenant=item.tenant_id,
            actor=actor,
            changes={
                "state": (before, item.state),
                "done_where": (None, proof.where),
                "done_reference": (None, proof.reference),
            },
        )
        count_again(item)
    return item


def cancel(*, item: SyncItem, actor: User, reason: str) -> SyncItem:
    """End an item that nobody will hand on. A request whose hand-off is cancelled leaves the books as excluded.

    Raises QueueError when the item has ended, is being worked on, or changed since it was read.
    """
    require(Move.CANCEL, item=item, actor=actor)
    with one_act():
        cancel_one(item, actor=actor, reason=reason)
    return item


def cancel_one(item: SyncItem, *, actor: User, reason: str) -> None:
    """The move and its audit line, inside the transaction of a larger act. Raises LostRace."""
    before = item.state
    states.move(item, State.CANCELLED, due_at=None, resend_asked_by=None, ended_from=_way_back(before))
    record(
        action=CANCELLED,
        subject=item,
        reason=reason,
        tenant=item.tenant_id,
        actor=actor,
        changes={"state": (before, item.state)},
    )
    count_again(item)


def undo(*, item: SyncItem, actor: User) -> SyncItem:
    """Take back what the same person ended within the last minute: the item waits for a person again.

    Raises QueueError for anybody else, after the minute, and when the item changed since it was read. The
    database keeps the minute too.
    """
    require(Move.UNDO, item=item, actor=actor, ending=ending_of(item, actor))
    with one_act():
        undo_one(item, actor=actor, reason="Undone within a minute.")
    return item


def undo_one(item: SyncItem, *, actor: User, reason: str) -> None:
    """The move and its audit line, inside the transaction of a larger act. Raises LostRace."""
    changes: dict[str, tuple[object, object]] = {}
    if item.state == State.MANUAL_COMPLETE:
        changes = {name: (getattr(item, name), None) for name in ("done_where", "done_reference")}
    before = item.state
    back = _way_back(item.ended_from)
    # What was waiting to pass by itself does not any more: it says so, or nobody would look.
    cause = cause_of(item.cause)
    passing = back == State.NEEDS_REVIEW and (cause is None or cause.error_class == ErrorClass.TRANSIENT)
    said = {"cause": TAKEN_BACK, "error_class": "", "last_error": ""} if passing else {}
    states.move(item, back, ended_from="", **_NO_PROOF, **said)
    record(
        action="syncqueue.undo",
        subject=item,
        reason=reason,
        tenant=item.tenant_id,
        actor=actor,
        changes=changes | {"state": (before, item.state)},
    )
    count_again(item)


def note_unmasking(*, item: SyncItem, actor: User, reason: str) -> None:
    """Write down that an operator looked at a visitor's personal data, before they see it."""
    if not actor.can(Ability.UNMASK):
        raise QueueError("Your role does not see contact details.")
    if not reason.strip():
        raise QueueError("Say why you need the contact details; the reason is kept.")
    record(action="syncqueue.unmask", subject=item, reason=reason, tenant=item.tenant_id, actor=actor)


def _way_back(state: str) -> str:
    """Where undoing leads: what waited for a worker waits for a person instead, so that nothing goes by itself."""
    return state if state in STOPPED else State.NEEDS_REVIEW
