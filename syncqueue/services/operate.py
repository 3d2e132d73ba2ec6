"""Operators' actions on an item, notes and searches, each with an audit line of a person in its own commit."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import fingerprint, record, record_change, subject_key
from pagetojob.platform.repeats import sent_before
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from ..causes import TAKEN_BACK, ErrorClass, cause_of
from ..errors import QueueError
from ..item_actions import CAPACITY_REVIEW, NO_ENDING, VIEW_ONLY, Ending, Move, facts_of, person_of, why_not
from ..models import LEDGER_KINDS, STOPPED, UNDOABLE, ItemNote, State, SyncItem
from .ledger import recount_day_of

MANUAL_COMPLETED, CANCELLED = "syncqueue.manual_complete", "syncqueue.cancel"
SLOWER = "Someone else has changed this item. Reload the page and decide again."
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


def apply_undo(item: SyncItem, *, actor: User, reason: str, to_review: bool = False) -> None:
    """Undo one item and write the audit line, inside the transaction of a larger action. Raises LostRace.

    `to_review`: not to the state before, but to a person.
    """
    changes: dict[str, tuple[object, object]] = {}
    if item.state == State.MANUAL_COMPLETE:
        changes = {name: (getattr(item, name), None) for name in ("done_where", "done_reference")}
    before = item.state
    back = State.NEEDS_REVIEW if to_review else _way_back(item.ended_from)
    # An item that was waiting for a retry is not retried any more. It needs a cause, or no one would notice it.
    cause = cause_of(item.cause)
    passing = to_review or (back == State.NEEDS_REVIEW and (cause is None or cause.error_class == ErrorClass.TRANSIENT))
    cause_fields = {"cause": TAKEN_BACK, "error_class": "", "last_error": "", "missing": []} if passing else {}
    states.move(item, back, ended_from="", **_NO_PROOF, **cause_fields)
    record_change("syncqueue.undo", item, actor=actor, reason=reason, **(changes | {"state": (before, item.state)}))
    count_again(item)


def note_unmasking(*, item: SyncItem, actor: User, reason: str) -> None:
    """Record that an operator views a visitor's personal data, before it is shown."""
    if not actor.can(Ability.UNMASK):
        raise QueueError("Your role cannot view contact details.")
    if not reason.strip():
        raise QueueError("Enter why you need the contact details; it is recorded in the audit log.")
    record_change("syncqueue.unmask", item, actor=actor, reason=reason)


def _way_back(state: str) -> str:
    """Return the state after an undo. An item that waited for a worker waits for a person instead, so nothing is
    sent.
    """
    return state if state in STOPPED else State.NEEDS_REVIEW


def resend(*, item: SyncItem, actor: User, reason: str, seen: int | None = None) -> SyncItem:
    """Make the item due now. `seen` is the version its preview showed; None if there was none.

    An item stopped by a capacity rule counts as cleared from now on. Raises QueueError if the item cannot be sent,
    changed since it was seen or read, or has an unknown outcome and `actor` is not the second person.
    """
    require(Move.RESEND, item=item, actor=actor)
    as_seen(item, seen)
    before, due, cause, asked = item.state, item.due_at, item.cause, item.resend_asked_by_id
    facts: dict[str, object] = {"resend_asked_by": None}
    if cause == CAPACITY_REVIEW:
        facts["cleared_at"] = Now()
    with single_transaction():
        if before == State.RETRYING:
            # If two people end the wait concurrently, the second gets an error.
            _update(item, facts | {"due_at": Now(), "requeued_at": Now()}, due_at=due)
        else:
            requeue(item, **facts)
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
        _update(item, {"resend_asked_by": actor.pk}, resend_asked_by=item.resend_asked_by_id)
        record_change("syncqueue.ask_resend", item, actor=actor, reason=reason, second_person=(None, "asked for"))
    return item


def _update(item: SyncItem, facts: dict[str, object], **as_read: object) -> None:
    """Set fields of an item without changing state and version, if it is still as it was read. Raises LostRace."""
    unchanged = SyncItem.objects.filter(pk=item.pk, version=item.version, state=item.state, **as_read)
    if not unchanged.update(**facts):
        raise states.LostRace(f"item {item.pk} was changed by someone else")
    item.refresh_from_db(fields=list(facts))


def add_note(*, item: SyncItem, actor: User, text: str, seen: int | None = None) -> ItemNote | None:
    """Store an operator's note for the next operator; return None if the form was sent before. Raises QueueError.

    `seen` is the number of notes that the page showed. The audit line records that a note was written, not its text.
    """
    require(Move.NOTE, item=item, actor=actor)
    if not text.strip():
        raise QueueError("Write what the next operator should know.")
    with single_transaction():
        SyncItem.objects.select_for_update(no_key=True).only("pk").get(pk=item.pk)  # two clicks would both find no note
        notes = ItemNote.objects.filter(tenant=item.tenant_id, item=item)
        if sent_before(notes, seen=seen, author_id=actor.pk, text=text.strip()):
            return None
        note = ItemNote.objects.create(tenant_id=item.tenant_id, item=item, author=actor, text=text.strip())
        record_change("syncqueue.note", item, actor=actor, reason="Left a note.")
    return note


def note_search(*, actor: User, values: Mapping[str, str]) -> None:
    """Record a search of `actor`, by how the typed text was understood: `{"phone": "+16025550199"}`.

    Stores a keyed fingerprint of each value, which is the same in two searches for one person: any text may be a name.
    Does nothing without values. A single INSERT.
    """
    if not values:
        return
    record(
        action="syncqueue.search",
        subject="search",
        reason=f"searched by {' or '.join(values)}",
        actor=actor,
        changes={name: (None, fingerprint(value)) for name, value in values.items()},
    )


def require(move: Move, *, item: SyncItem, actor: User, ending: Ending = NO_ENDING) -> None:
    """Raise QueueError, with the sentence the page shows, unless `actor` may take this action now."""
    if why := why_not(move, facts_of(item, ending), person_of(actor)):
        raise QueueError(why)


def require_can_act(actor: User) -> None:
    """Raise QueueError unless the role of `actor` can act on the queue."""
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise QueueError(VIEW_ONLY)


def as_seen(item: SyncItem, seen: int | None) -> None:
    """Raise QueueError if the item changed since its preview. None: there was no preview."""
    if seen is not None and seen != item.version:
        raise QueueError("The item has changed since you opened this page. Review what would be sent, then decide.")


@contextmanager
def single_transaction() -> Generator[None]:
    """Run an action and its audit line in one transaction; LostRace becomes a QueueError."""
    try:
        with transaction.atomic():
            yield
    except states.LostRace:
        raise QueueError(SLOWER) from None


def requeue(item: SyncItem, **facts: object) -> None:
    """Queue an item, due now. It leaves its group of causes; its attempts keep theirs. Raises LostRace."""
    states.move(
        item,
        State.QUEUED,
        due_at=Now(),
        requeued_at=Now(),
        cause="",
        error_class="",
        last_error="",
        missing=[],
        **facts,
    )


def count_again(item: SyncItem) -> None:
    """Recount the ledger day, in the transaction of an action that changed an item's bucket."""
    if item.kind in LEDGER_KINDS and item.lead is not None:
        recount_day_of(item.lead)


def ending_of(item: SyncItem, actor: User) -> Ending:
    """Return whether `actor` ended the item, and how long that can be undone. A single query, by the database's clock.

    No query for an item that no one has ended.
    """
    if item.state not in UNDOABLE:
        return NO_ENDING
    acts = AuditEntry.objects.filter(
        subject=subject_key(item), actor=actor, action__in=(MANUAL_COMPLETED, CANCELLED), at__gte=item.state_since
    )
    clock: datetime | None = acts.annotate(clock=Now()).values_list("clock", flat=True).first()
    if clock is None:
        return NO_ENDING
    left = states.UNDO_SECONDS - (clock - item.state_since).total_seconds()
    return Ending(by_this_person=True, seconds_left=max(0, int(left)))
