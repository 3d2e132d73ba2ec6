"""The CRM hand-off in offline mode: build and check the envelope, then stop for its rule, its binding or its gate."""

from dataclasses import asdict
from typing import Any

from pagetojob.kernel.gates.registry import Environment
from pagetojob.kernel.gates.services import Missing, decide
from pagetojob.kernel.leads.models import BookingRequest
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.titanmap.models import PageBinding

from .. import envelope as envelopes
from .. import held
from ..models import State, SyncItem
from ..outcomes import Outcome

FLAG = "api-booking-sync"
_NO_SENDER = Missing("sender", "PageToJob", "Sending bookings by API has not been built yet.")


def deliver_booking(item: SyncItem) -> Outcome:
    """Build the envelope and stop: for a person where the capacity rule says so, else blocked.

    A blocked item lists what is missing and who holds it, its binding first. Two queries in one worker
    scope. Nothing leaves the house.
    """
    with scope.worker():
        booking = (
            BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
            .select_related("lead", "tenant", *(f"binding__{role}" for role in PageBinding.MAPPED))
            .get()
        )
        decision = decide(FLAG, booking.tenant, Environment.PRODUCTION)
    chosen = {role: getattr(booking.binding, role) for role in PageBinding.MAPPED} if booking.binding else {}
    envelope = held.draft(booking, held.mapped_of(chosen), booking.tenant.time_zone)
    capacity = booking.capacity or {}
    if capacity.get("needs_review") and item.cleared_at is None:
        return _to_dispatch(capacity, envelope)
    gaps = [Missing("mapping", "Operations", sentence) for sentence in envelopes.problems(envelope)]
    missing = [*gaps, *(decision.missing or (_NO_SENDER,))]
    return Outcome(
        State.BLOCKED,
        tried=False,
        cause="mapping-missing" if gaps else "gate-shut",
        detail=f"Held back: {len(missing)} things are missing before it may be sent by API.",
        envelope=envelope,
        missing=[asdict(reason) for reason in missing],
    )


def _to_dispatch(capacity: dict[str, Any], envelope: dict[str, Any]) -> Outcome:
    return Outcome(
        State.NEEDS_REVIEW,
        tried=False,
        cause="capacity-review",
        detail=f"The capacity rule “{capacity.get('rule', '')}” wants dispatch to look first.",
        envelope=envelope,
    )
