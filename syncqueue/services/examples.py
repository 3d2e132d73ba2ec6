"""Example items for the demo. They are not scheduled, so no worker ever takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import BookingRequest, Lead

from ..binding_blocked import draft, mapped_of
from ..models import Kind, State, SyncItem
from ..outcomes import Outcome
from .ledger import recount_days_of
from .settlement import settle

MACHINE = "demo data"


@dataclass(frozen=True)
class Stop:
    """The result of one attempt of an example: its state, cause and detail."""

    state: str
    cause: str
    detail: str
    tried: bool = False
    missing: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class ByHand:
    """A manual completion of an example: place, reference, time and reason."""

    where: str
    reference: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Example:
    """An item and its history: nothing yet, one stop per attempt, or a manual completion."""

    kind: str
    dedupe_key: str
    source: str = ""
    stops: Sequence[Stop] = field(default_factory=tuple)
    by_hand: ByHand | None = None


@transaction.atomic
def create_example(
    example: Example, *, tenant: Tenant, lead: Lead | None = None, binding: PageBinding | None = None
) -> bool:
    """Create the item unless it exists in any state; return whether it was created.

    Uses the same path as every item, so it has attempts, an envelope and an audit line.
    """
    with scope.worker():
        identity = {"tenant": tenant, "lead": lead, "kind": Kind(example.kind), "dedupe_key": example.dedupe_key}
        if SyncItem.objects.filter(**identity).exists():
            return False
        item = SyncItem.objects.create(**identity, binding=binding, source=example.source, due_at=None)
        item.refresh_from_db()
        for stop in example.stops:
            _stop(item, stop)
        if example.by_hand:
            _finish(item, example.by_hand)
    return True


def _stop(item: SyncItem, stop: Stop) -> None:
    if item.state != State.QUEUED:
        states.move(item, State.QUEUED, requeued_at=Now())
    states.move(item, State.SENDING, lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS))
    outcome = Outcome(
        State(stop.state),
        cause=stop.cause,
        tried=stop.tried,
        detail=stop.detail,
        missing=[dict(reason) for reason in stop.missing],
        envelope=_envelope(item),
    )
    settle(item, outcome, worker=MACHINE)


def _envelope(item: SyncItem) -> dict[str, Any] | None:
    if item.lead_id is None:
        return None
    request = BookingRequest.objects.select_related("lead", "tenant").get(tenant=item.tenant_id, lead=item.lead_id)
    chosen = {role: getattr(item.binding, role) if item.binding else None for role in PageBinding.MAPPED}
    return draft(request, mapped_of(chosen), request.tenant.time_zone)


def _finish(item: SyncItem, proof: ByHand) -> None:
    before = item.state
    states.move(
        item,
        State.MANUAL_COMPLETE,
        ended_from=State.NEEDS_REVIEW,
        done_where=proof.where,
        done_reference=proof.reference,
        done_at=proof.at,
    )
    record(
        action="syncqueue.manual_complete",
        subject=item,
        reason=proof.reason,
        tenant=item.tenant_id,
        actor_label=MACHINE,
        changes={"state": (before, item.state), "done_where": (None, proof.where)},
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
            actor_label=MACHINE,
        )
