"""Example items for the demo. They are not scheduled, so no worker ever takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import BookingRequest, Lead

from ..binding_blocked import draft_with
from ..models import Kind, State, SyncItem
from ..outcomes import Outcome
from ..priorities import PRIORITIES
from .ledger import recount_days_of
from .operate import Proof
from .settlement import settle

MACHINE = "demo data"


@dataclass(frozen=True)
class Example:
    """An item and its history: nothing yet, one outcome per attempt, or a manual completion with its reason."""

    kind: str
    dedupe_key: str
    source: str = ""
    attempts: Sequence[Outcome] = ()
    proof: Proof | None = None
    reason: str = ""
    priority: int = PRIORITIES["soon"]


@transaction.atomic
def create_example(example: Example, *, tenant: Tenant, lead: Lead | None = None, binding: PageBinding | None) -> bool:
    """Create the item unless it exists in any state; return whether it was created.

    Uses the same path as every item, so it has attempts, an envelope and an audit line.
    """
    with scope.worker():
        identity = {"tenant": tenant, "lead": lead, "kind": Kind(example.kind), "dedupe_key": example.dedupe_key}
        if SyncItem.objects.filter(**identity).exists():
            return False
        item = SyncItem.objects.create(
            **identity, binding=binding, source=example.source, priority=example.priority, due_at=None
        )
        item.refresh_from_db()
        for outcome in example.attempts:
            _attempt(item, outcome)
        if example.proof:
            _finish(item, example.proof, example.reason)
    return True


def _attempt(item: SyncItem, outcome: Outcome) -> None:
    if item.state != State.QUEUED:
        states.move(item, State.QUEUED, requeued_at=Now())
    states.move(item, State.SENDING, lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS))
    settle(item, replace(outcome, envelope=_envelope(item)), worker=MACHINE)


def _envelope(item: SyncItem) -> dict[str, Any] | None:
    if item.lead_id is None:
        return None
    request = BookingRequest.objects.select_related("lead", "tenant").get(tenant=item.tenant_id, lead=item.lead_id)
    return draft_with(request, item.binding)


def _finish(item: SyncItem, proof: Proof, reason: str) -> None:
    before = item.state
    states.move(
        item,
        State.MANUAL_COMPLETE,
        ended_from=State.NEEDS_REVIEW,
        done_where=proof.where,
        done_reference=proof.reference,
        done_at=proof.at,
    )
    record_change(
        "syncqueue.manual_complete",
        item,
        actor=MACHINE,
        reason=reason,
        state=(before, item.state),
        done_where=(None, proof.where),
    )


def create_past_items(leads: Sequence[Lead], *, tenant: Tenant, where: str) -> None:
    """Create booking items for old demo leads, each completed manually on the day its lead came in.

    Each lead gets one item, and all share one audit line; closed days are recounted, so the ledger stays correct. Six
    statements, plus three per closed day.
    """
    with scope.worker():
        items = [
            SyncItem(
                tenant=tenant,
                kind=Kind.BOOKING_REQUEST,
                dedupe_key=lead.reference,
                lead=lead,
                due_at=None,
                created_at=lead.received_at,
            )
            for lead in leads
        ]
        SyncItem.objects.bulk_create(items)
        states.move_many(
            items,
            State.MANUAL_COMPLETE,
            each={
                "done_reference": [lead.spoken_code for lead in leads],
                "done_at": [lead.received_at for lead in leads],
            },
            done_where=where,
            ended_from=State.NEEDS_REVIEW,
        )
        recount_days_of(leads)
        record(
            action="syncqueue.manual_complete",
            subject=f"{len(items)} requests of the demo",
            reason="Made-up requests of past months, so that the pages of attribution have something to show.",
            tenant=tenant,
            actor=MACHINE,
        )
