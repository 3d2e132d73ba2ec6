"""Operators end an item and undo that. Each action has a name, a reason and an audit line in its own commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from ..causes import TAKEN_BACK, ErrorClass, cause_of
from ..errors import QueueError
from ..item_actions import Move
from ..models import STOPPED, State, SyncItem
from .item_changes import CANCELLED, MANUAL_COMPLETED, count_again, ending_of, require, single_transaction

_NO_PROOF = {"done_where": None, "done_reference": None, "done_at": None}


@dataclass(frozen=True)
class Proof:
    """Proof of manual completion: place, reference there, and time."""

    where: str
    reference: str
    at: datetime


def mark_manual_complete(*, item: SyncItem, actor: User, proof: Proof, reason: str) -> SyncItem:
    """Record that a person completed the item manually. Never counted as automation.

    Raises QueueError if the item has ended, is being sent, or changed since it was read.
    """
    require(Move.MANUAL_COMPLETE, item=item, actor=actor)
    if proof.at > timezone.now():
        raise QueueError("That time is in the future. Enter the time when it was done.")
    if proof.at < item.created_at - timedelta(minutes=1):
        raise QueueError("That time is before the request was received. Enter the time when it was done.")
    before = item.state
    with single_transaction():
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
        done = {"done_where": (None, proof.where), "done_reference": (None, proof.reference)}
        record_change(MANUAL_COMPLETED, item, actor=actor, reason=reason, state=(before, item.state), **done)
        count_again(item)
    return item


def cancel(*, item: SyncItem, actor: User, reason: str) -> SyncItem:
    """End an item that will not be sent. A request whose handoff is canceled moves to Excluded in the ledger.

    Raises QueueError if the item has ended, is being sent, or changed since it was read.
    """
    require(Move.CANCEL, item=item, actor=actor)
    with single_transaction():
        apply_cancel(item, actor=actor, reason=reason)
    return item


def apply_cancel(item: SyncItem, *, actor: User, reason: str) -> None:
    """Cancel an item and write the audit line, inside the transaction of a larger action. Raises LostRace."""
    before = item.state
    states.move(item, State.CANCELLED, due_at=None, resend_asked_by=None, ended_from=_way_back(before))
    record_change(CANCELLED, item, actor=actor, reason=reason, state=(before, item.state))
    count_again(item)


def undo(*, item: SyncItem, actor: User) -> SyncItem:
    """Undo a completion or cancellation by the same person within the last minute: the item waits for a person again.

    Raises QueueError for anyone else, after the minute, and if the item changed since it was read. The database
    enforces the minute too.
    """
    require(Move.UNDO, item=item, actor=actor, ending=ending_of(item, actor))
    with single_transaction():
        apply_undo(item, actor=actor, reason="Undone within a minute.")
    return item


def apply_undo(item: SyncItem, *, actor: User, reason: str) -> None:
    """Undo one item and write the audit line, inside the transaction of a larger action. Raises LostRace."""
    changes: dict[str, tuple[object, object]] = {}
    if item.state == State.MANUAL_COMPLETE:
        changes = {name: (getattr(item, name), None) for name in ("done_where", "done_reference")}
    before = item.state
    back = _way_back(item.ended_from)
    # An item that was waiting for a retry is not retried any more. It needs a cause, or no one would notice it.
    cause = cause_of(item.cause)
    passing = back == State.NEEDS_REVIEW and (cause is None or cause.error_class == ErrorClass.TRANSIENT)
    cause_fields = {"cause": TAKEN_BACK, "error_class": "", "last_error": ""} if passing else {}
    states.move(item, back, ended_from="", **_NO_PROOF, **cause_fields)
    record_change("syncqueue.undo", item, actor=actor, reason=reason, **(changes | {"state": (before, item.state)}))
    count_again(item)


def note_unmasking(*, item: SyncItem, actor: User, reason: str) -> None:
    """Record that an operator views a visitor's personal data, before it is shown."""
    if not actor.can(Ability.UNMASK):
        raise QueueError("Your role cannot view contact details.")
    if not reason.strip():
        raise QueueError("Enter why you need the contact details; it is recorded in the audit log.")
    record(action="syncqueue.unmask", subject=item, reason=reason, tenant=item.tenant_id, actor=actor)


def _way_back(state: str) -> str:
    """Return the state after an undo. An item that waited for a worker waits for a person instead, so nothing is
    sent.
    """
    return state if state in STOPPED else State.NEEDS_REVIEW
