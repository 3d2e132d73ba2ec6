"""Exclude a request from the ledger, take it back in, and clear its suspicion, by operators and with their items."""

from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import User
from syncqueue.leads.models import Exclusion, Lead, LeadAnswer

from ..errors import QueueError
from ..item_actions import BUSY, Move
from ..models import OPEN, Kind, State, SyncItem
from ..office_answer import EXCLUDED
from ..priorities import PRIORITIES
from .duplicates import end_duplicate
from .ledger import recount_day_of
from .operate import apply_cancel, apply_undo, ending_of, require, single_transaction


def exclude(*, item: SyncItem, actor: User, excluded_as: str, reason: str) -> list[SyncItem]:
    """Exclude the item's request from the ledger as spam, test or duplicate, and cancel its open items.

    Returns the canceled items. Raises QueueError if a worker holds one of them, if the request is already excluded, or
    if someone else was faster: then nothing has changed.
    """
    require(Move.EXCLUDE, item=item, actor=actor)
    kind = Exclusion(excluded_as)
    if kind == Exclusion.NONE:
        raise QueueError("Choose spam, test or duplicate.")
    lead = _lead(item)
    with single_transaction():
        items = lock_items(lead)
        if any(other.state == State.SENDING for other in items):
            raise QueueError(BUSY)
        _set(lead, "excluded_as", Exclusion.NONE, kind)
        record_change("leads.exclude", lead, actor=actor, reason=reason, excluded_as=("in the books", kind.value))
        cancelled = [other for other in items if other.state in OPEN]
        for other in cancelled:
            apply_cancel(other, actor=actor, reason=f"The request was excluded as {kind}: {reason}")
        recount_day_of(lead)
    return cancelled


def take_back_in(*, item: SyncItem, actor: User, reason: str) -> list[SyncItem]:
    """Include the request in the ledger again. Within a minute, the same person also reopens its items this way.

    Ends the office's answer that it is a duplicate, and reopens a booking that was canceled since that answer. Returns
    the reopened items. Items canceled earlier stay canceled. Raises QueueError if the request is not excluded.
    """
    require(Move.TAKE_BACK, item=item, actor=actor)
    lead = _lead(item)
    with single_transaction():
        items = lock_items(lead)
        if not any(other.kind == Kind.BOOKING_REQUEST for other in items):
            raise QueueError("A test request from a preview has no booking, so it stays excluded.")
        before = lead.excluded_as
        _set(lead, "excluded_as", before, Exclusion.NONE)
        record_change("leads.take_back_in", lead, actor=actor, reason=reason, excluded_as=(before, "in the books"))
        reason = f"The request was taken back in: {reason}"
        answer = end_duplicate(lead, by=actor, reason=reason)
        reopened = reopen_booking(answer, by=actor, reason=reason) if answer else []
        for other in items:
            if other not in reopened and other.state == State.CANCELLED and ending_of(other, actor).seconds_left > 0:
                apply_undo(other, actor=actor, reason=reason)
                reopened.append(other)
        recount_day_of(lead)
    return reopened


def reopen_booking(answer: LeadAnswer, *, by: User, reason: str) -> list[SyncItem]:
    """Reopen the booking that was canceled while an answer, undone in this transaction, made its request a duplicate.

    The person may have had another reason, so someone checks it before it is sent: a blocked booking, which is sent
    once its cause is fixed, is reopened as blocked only if it was stopped as a duplicate. A booking whose contents
    were removed stays canceled. The database permits it without a limit of time. Needs a scope that may change items.
    """
    reopened = [
        item
        for item in lock_items(answer.lead)
        if item.kind == Kind.BOOKING_REQUEST and item.state == State.CANCELLED
        if item.state_since >= answer.created_at and answer.lead.erased_at is None
    ]
    for item in reopened:
        checked = item.ended_from == State.BLOCKED and item.cause != EXCLUDED
        apply_undo(item, actor=by, reason=reason, to_review=checked)
    return reopened


def clear_suspicion(*, item: SyncItem, actor: User, reason: str) -> Lead:
    """Record that a suspected request comes from a person. Raises QueueError if it is not suspected."""
    require(Move.NOT_A_BOT, item=item, actor=actor)
    lead = _lead(item)
    before = list(lead.suspected)
    with single_transaction():
        _set(lead, "suspected", before, [])
        _give_its_priority(lead)
        record_change(
            "leads.clear_suspicion", lead, actor=actor, reason=reason, suspected=(", ".join(before), "nothing")
        )
    return lead


def _give_its_priority(lead: Lead) -> None:
    """Give the open items of a lead that is not suspected any more the priority of its urgency."""
    urgency = lead.booking_requests.filter(tenant=lead.tenant_id).values_list("urgency", flat=True).first()
    open_items = SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, state__in=OPEN)
    open_items.update(priority=PRIORITIES.get(urgency or "", PRIORITIES["soon"]))


def _lead(item: SyncItem) -> Lead:
    lead = item.lead
    assert isinstance(lead, Lead)
    return lead


def lock_items(lead: Lead) -> list[SyncItem]:
    """Return all items of a lead, locked until the end of the transaction. A single query.

    Call before the lead is locked, so that two people never wait for each other. Needs a scope that may change items.
    """
    rows = SyncItem.objects.select_for_update(of=("self",)).select_related("lead")
    return list(rows.filter(tenant=lead.tenant_id, lead=lead).order_by("pk"))


def _set(lead: Lead, field: str, before: object, after: object) -> None:
    """Change one field of a lead if it is still as it was read. Raises LostRace."""
    if not Lead.objects.filter(pk=lead.pk, **{field: before}).update(**{field: after}):
        raise states.LostRace(f"lead {lead.pk} was changed by someone else")
    setattr(lead, field, after)
