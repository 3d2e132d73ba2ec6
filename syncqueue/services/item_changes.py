"""Shared steps of a person's actions: check permission, act in one transaction, report lost races."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants.models import User

from ..errors import QueueError
from ..item_actions import NO_ENDING, Ending, Move, facts_of, person_of, why_not
from ..models import LEDGER_KINDS, UNDOABLE, State, SyncItem
from .ledger import recount_day_of

MANUAL_COMPLETED, CANCELLED = "syncqueue.manual_complete", "syncqueue.cancel"
SLOWER = "Someone else has changed this item. Reload the page and decide again."


def require(move: Move, *, item: SyncItem, actor: User, ending: Ending = NO_ENDING) -> None:
    """Raise QueueError, with the sentence the page shows, unless `actor` may take this action now."""
    if why := why_not(move, facts_of(item, ending), person_of(actor)):
        raise QueueError(why)


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
