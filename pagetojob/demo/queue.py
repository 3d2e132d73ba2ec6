"""Five example items in the demo tenant's queue, one for each outcome. No one requested them, and nothing is sent.

Its two requests are marked as tests, so the ledger counts them as excluded and no one is notified.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from pagetojob.gates.registry import GATES, Gate
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.titanmap.models import PageBinding, Urgency
from pagetojob.titanmap.selectors import capacity_choice
from syncqueue.leads.models import BookingRequest, Exclusion, Lead, Window
from syncqueue.leads.reference import spoken_code
from syncqueue.outcomes import Outcome, State
from syncqueue.priorities import PRIORITIES
from syncqueue.services.examples import Example, create_example
from syncqueue.services.operate import Proof

#: A Saturday night, long after the office has closed.
_AFTER_HOURS = datetime(2026, 6, 20, 22, 40)  # noqa: DTZ001 - in the tenant's own zone
_CONSENT = "An example for the demo; no one requested anything."


@dataclass(frozen=True)
class _Request:
    """A fictional request. `reference` is the prefix of its external reference; `page_slug` names its page."""

    reference: str
    page_slug: str
    name: str
    phone: str
    phone_e164: str
    urgency: Urgency
    message: str
    preferred_date: date | None = None
    after_hours: bool = False


_TO_MAP = _Request(
    "st-ready:9f2a7c10",
    "ac-repair-phoenix",
    "Sample Visitor One",
    "(602) 555-0142",
    "+16025550142",
    Urgency.SOON,
    "The air conditioner runs all day and the house stays warm.",
    date(2026, 6, 23),
)
_TO_REVIEW = _Request(
    "st-ready:b8c44191",
    "emergency-ac-repair",
    "Sample Visitor Two",
    "(602) 555-0177",
    "+16025550177",
    Urgency.EMERGENCY,
    "No cooling since this evening, and small children at home.",
    after_hours=True,
)

_NO_INVOICES = Outcome(
    State.NEEDS_REVIEW,
    "field-missing",
    detail="The export has no invoice ids for two bookings that may belong to the campaign. Waiting does not add a "
    "missing field, so a person decides.",
)


def _taxonomy() -> Example:
    gates = (Gate.PARTNER_APPROVAL, Gate.CUSTOMER_AUTHORIZATION, Gate.SCOPES_GRANTED)
    missing = [{"what": gate.value, "holder": GATES[gate].holder, "sentence": GATES[gate].missing} for gate in gates]
    detail = "No app access, no authorization and no scopes."
    blocked = Outcome(State.BLOCKED, "access-missing", tried=False, detail=detail, missing=missing)
    return Example("taxonomy_import", "st-ready:taxonomy-demo", "job types and business units", (blocked,))


def _outcomes() -> Example:
    source = "June AC Repair campaign outcomes"
    return Example("outcome_match", "st-ready:outcome-demo", source, (_NO_INVOICES, _NO_INVOICES))


def _offer_fix() -> Example:
    proof = Proof("The website's editor, summer offer page", "Offer wording, revision of June", timezone.now())
    reason = "The page offered more than the shop sells; its reviewed wording was published by a person."
    return Example("website_update", "st-ready:website-demo", "summer offer page", proof=proof, reason=reason)


@transaction.atomic
def load_demo_queue(tenant: Tenant) -> int:
    """Create the missing ones of the five items. Return how many. Changes that people made to them are kept."""
    with scope.tenant(tenant.pk):
        bindings = {binding.slug: binding for binding in PageBinding.objects.filter(tenant=tenant).order_by("version")}
        requests = [_request(tenant, wanted, bindings.get(wanted.page_slug)) for wanted in (_TO_MAP, _TO_REVIEW)]
    made = 0
    for booking in requests:
        priority = PRIORITIES[booking.urgency]
        example = Example("booking_request", booking.lead.reference, booking.page_path, priority=priority)
        if (booking.capacity or {}).get("needs_review"):
            rule = (booking.capacity or {}).get("rule", "")
            detail = f"The capacity rule “{rule}” requires a review by dispatch."
            review = Outcome(State.NEEDS_REVIEW, "capacity-review", tried=False, detail=detail)
            example = replace(example, attempts=(review,))
        made += create_example(example, tenant=tenant, lead=booking.lead, binding=booking.binding)
    others: tuple[tuple[Callable[[], Example], str], ...] = (
        (_taxonomy, ""),
        (_outcomes, "summer-ac-demand"),
        (_offer_fix, "summer-ac-demand"),
    )
    for example_of, slug in others:
        made += create_example(example_of(), tenant=tenant, binding=bindings.get(slug))
    return made


def _request(tenant: Tenant, wanted: _Request, binding: PageBinding | None) -> BookingRequest:
    """Return the booking request with its lead, creating both if needed."""
    digest = hashlib.sha256(f"demo queue {tenant.slug} {wanted.reference}".encode())
    reference = wanted.reference + digest.hexdigest()[:8]
    matches = BookingRequest.objects.filter(tenant=tenant, lead__reference=reference).select_related("lead", "binding")
    if booking := matches.first():
        return booking
    lead = Lead.objects.create(
        tenant=tenant,
        reference=reference,
        spoken_code=spoken_code(int(digest.hexdigest(), 16) % 32**6),
        form_key=digest.hexdigest(),
        name=wanted.name,
        phone=wanted.phone,
        phone_e164=wanted.phone_e164,
        message=wanted.message,
        consent_text=_CONSENT,
        excluded_as=Exclusion.TEST,
    )
    return BookingRequest.objects.create(
        tenant=tenant,
        lead=lead,
        service="AC Repair",
        urgency=wanted.urgency,
        preferred_date=wanted.preferred_date,
        preferred_window=Window.ANY,
        page_path=f"/{wanted.page_slug}",
        capacity=_choice(tenant, wanted, binding) if wanted.after_hours else None,
        binding=binding,
    )


def _choice(tenant: Tenant, wanted: _Request, binding: PageBinding | None) -> dict[str, Any]:
    hours = BusinessProfile.objects.values_list("hours", flat=True).get(tenant=tenant)
    at = _AFTER_HOURS.replace(tzinfo=tenant.shown_zone)
    return capacity_choice(tenant, binding=binding, urgency=wanted.urgency, hours=hours, at=at).as_json()
