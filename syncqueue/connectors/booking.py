"""The CRM hand-off in offline mode: build and check the envelope, then wait at the shut gate."""

from dataclasses import asdict

from pagetojob.kernel.gates.registry import Environment
from pagetojob.kernel.gates.services import Missing, decide
from pagetojob.kernel.leads.models import BookingRequest
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import Tenant
from pagetojob.kernel.titanmap.models import PageBinding

from .. import envelope as envelopes
from ..models import State, SyncItem
from ..outcomes import ErrorClass, Outcome

FLAG = "api-booking-sync"
_LEAD_FIELDS = (
    *("reference", "spoken_code", "name", "phone", "phone_e164", "email"),
    *("street", "city", "state", "zip", "message"),
)
_REQUEST_FIELDS = ("service", "urgency", "preferred_date", "preferred_window", "page_path")
_NO_SENDER = Missing("sender", "PageToJob", "Sending bookings by API has not been built yet.")


def deliver_booking(item: SyncItem) -> Outcome:
    """Build the envelope and stop: blocked, with the list of what is missing and who holds it.

    Three queries in one worker scope. Nothing leaves the house.
    """
    with scope.worker():
        booking = (
            BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
            .select_related("lead", "tenant", *(f"binding__{role}" for role in PageBinding.MAPPED))
            .get()
        )
        tenant: Tenant = booking.tenant
        decision = decide(FLAG, tenant, Environment.PRODUCTION)
    envelope = envelopes.build(
        lead={name: getattr(booking.lead, name) for name in _LEAD_FIELDS},
        request={name: getattr(booking, name) for name in _REQUEST_FIELDS},
        mapped=_mapped(booking.binding),
        time_zone=tenant.time_zone,
    )
    missing = [Missing("mapping", "Operations", sentence) for sentence in envelopes.problems(envelope)]
    missing += decision.missing or (_NO_SENDER,)
    return Outcome(
        State.BLOCKED,
        tried=False,
        error_class=ErrorClass.MAPPING if missing[0].what == "mapping" else ErrorClass.GATE_SHUT,
        detail=f"Held back: {len(missing)} things are missing before it may be sent by API.",
        envelope=envelope,
        missing=[asdict(reason) for reason in missing],
    )


def _mapped(binding: PageBinding | None) -> dict[str, dict[str, object]]:
    items = {role: getattr(binding, role) for role in PageBinding.MAPPED} if binding else {}
    return {
        role: {"name": item.name, "external_id": item.external_id} for role, item in items.items() if item is not None
    }
