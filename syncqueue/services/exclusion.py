"""Exclusion of requests from the ledger, its reversal, and the clearing of suspicions."""

from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import User
from syncqueue.leads.models import Exclusion, Lead

from ..errors import QueueError
from ..item_actions import BUSY, Move
from ..models import OPEN, State, SyncItem
from .item_changes import ending_of, require, single_transaction
from .ledger import recount_day_of
from .operate import apply_cancel, apply_undo


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
        items = _items_of(lead)
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

    Returns the reopened items. Items canceled earlier stay canceled. Raises QueueError if the request is not excluded.
    """
    require(Move.TAKE_BACK, item=item, actor=actor)
    lead = _lead(item)
    with single_transaction():
        items = _items_of(lead)
        before = lead.excluded_as
        _set(lead, "excluded_as", before, Exclusion.NONE)
        record_change("leads.take_back_in", lead, actor=actor, reason=reason, excluded_as=(before, "in the books"))
        reopened = [
            other for other in items if other.state == State.CANCELLED and ending_of(other, actor).seconds_left > 0
        ]
        for other in reopened:
            apply_undo(other, actor=actor, reason=f"The request was taken back in: {reason}")
        recount_day_of(lead)
    return reopened


def clear_suspicion(*, item: SyncItem, actor: User, reason: str) -> Lead:
    """Record that a suspected request comes from a person. Raises QueueError if it is not suspected."""
    require(Move.NOT_A_BOT, item=item, actor=actor)
    lead = _lead(item)
    before = list(lead.suspected)
    with single_transaction():
        _set(lead, "suspected", before, [])
        record_change(
            "leads.clear_suspicion", lead, actor=actor, reason=reason, suspected=(", ".join(before), "nothing")
        )
    return lead


def _lead(item: SyncItem) -> Lead:
    lead = item.lead
    assert isinstance(lead, Lead)
    return lead


def _items_of(lead: Lead) -> list[SyncItem]:
    """Return all items of a lead, locked until the end of the transaction. A single query."""
    rows = SyncItem.objects.select_for_update(of=("self",)).select_related("lead")
    return list(rows.filter(tenant=lead.tenant_id, lead=lead).order_by("pk"))


def _set(lead: Lead, field: str, before: object, after: object) -> None:
    """Change one field of a lead if it is still as it was read. Raises LostRace."""
    if not Lead.objects.filter(pk=lead.pk, **{field: before}).update(**{field: after}):
        raise states.LostRace(f"lead {lead.pk} was changed by someone else")
    setattr(lead, field, after)
