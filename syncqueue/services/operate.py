"""What operators do to items. Each act has a name, a reason and an audit line in its own commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from pagetojob.kernel import states
from pagetojob.kernel.audit.services import record
from pagetojob.kernel.tenants.models import User
from pagetojob.kernel.tenants.roles import Ability

from ..errors import QueueError
from ..models import ENDED, STOPPED, State, SyncItem


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
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise QueueError("Your role may look at the queue but not act on it.")
    if proof.at > timezone.now():
        raise QueueError("The time you gave is in the future.")
    if proof.at < item.created_at - timedelta(minutes=1):
        raise QueueError("The time you gave is before the request came in. Give the time when it was done.")
    if item.state == State.SENDING:
        raise QueueError("A worker holds this item right now. Wait a minute, reload, and decide again.")
    if item.state in ENDED:
        raise QueueError(f"This item has already ended: it is {State(item.state).label}.")
    before = item.state
    try:
        with transaction.atomic():
            states.move(
                item,
                State.MANUAL_COMPLETE,
                due_at=None,
                ended_from=before if before in STOPPED else State.NEEDS_REVIEW,
                done_where=proof.where,
                done_reference=proof.reference,
                done_at=proof.at,
            )
            record(
                action="syncqueue.manual_complete",
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
    except states.LostRace:
        raise QueueError("Somebody else changed this item meanwhile. Reload the page and look again.") from None
    return item


def note_unmasking(*, item: SyncItem, actor: User, reason: str) -> None:
    """Write down that an operator looked at a visitor's personal data, before they see it."""
    if not actor.can(Ability.UNMASK):
        raise QueueError("Your role does not see contact details.")
    if not reason.strip():
        raise QueueError("Say why you need the contact details; the reason is kept.")
    record(action="syncqueue.unmask", subject=item, reason=reason, tenant=item.tenant_id, actor=actor)
