"""Items that show what the queue looks like. They are not scheduled, so no worker ever takes them."""

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
from .delivery import settle
from .ledger import recount_days_of

MACHINE = "demo data"


@dataclass(frozen=True)
class Stop:
    """Where one try of an example led: to which state, for which cause, with what said about it."""

    state: str
    cause: str
    detail: str
    tried: bool = False
    missing: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class ByHand:
    """Where, under which reference and when a person finished an example, and why by hand."""

    where: str
    reference: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Example:
    """An item and what became of it: nothing yet, a stop after each try, or an end by hand."""

    kind: str
    dedupe_key: str
    source: str = ""
    stops: Sequence[Stop] = field(default_factory=tuple)
    by_hand: ByHand | None = None


@transaction.atomic
def owe_example(
    example: Example, *, tenant: Tenant, lead: Lead | None = None, binding: PageBinding | None = None
) -> bool:
    """Make the item unless it is there already, whatever became of it since; say whether it was made.

    Goes the way every item goes, so its attempts, its envelope and its audit line are there to look at.
    """
    with scope.worker():
        kept = {"tenant": tenant, "lead": lead, "kind": Kind(example.kind), "dedupe_key": example.dedupe_key}
        if SyncItem.objects.filter(**kept).exists():
            return False
        item = SyncItem.objects.create(**kept, binding=binding, source=example.source, due_at=None)
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


def owe_past(leads: Sequence[Lead], *, tenant: Tenant, where: str) -> None:
    """Booking items of demo leads of long ago, each finished by hand the day its lead came in.

    One item a lead, one audit line for all; closed days are counted again, so the books stay right. Six statements
    and three for each closed day.
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
