"""From a visitor's form to a lead that cannot be lost: one transaction, and nothing outside it."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import phonenumbers
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from pagetojob.kernel.leads import reference
from pagetojob.kernel.leads.models import BookingRequest, Channel, Lead
from pagetojob.kernel.tenants.models import Tenant
from pagetojob.kernel.titanmap.models import PageBinding

from ..models import Kind, SyncItem

PRIORITIES = {"emergency": 1, "soon": 5, "flexible": 7}
_CODE_TRIES = 5
LONGEST_E164 = 16


@dataclass(frozen=True)
class AppointmentRequest:
    """What a visitor typed, as it was typed. At least a name and one way to answer."""

    form_token: UUID
    name: str
    service: str
    urgency: str
    page_path: str
    consent_text: str
    phone: str = ""
    email: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    message: str = ""
    preferred_date: date | None = None
    preferred_window: str = "any"
    source: Mapping[str, Any] = field(default_factory=dict)
    channel: str = Channel.FORM
    suspected: Sequence[str] = ()
    as_typed: Mapping[str, str] = field(default_factory=dict)
    capacity: Mapping[str, Any] | None = None


def capture_request(*, tenant: Tenant, request: AppointmentRequest, binding: PageBinding | None) -> tuple[Lead, bool]:
    """Store the lead and its booking request and owe the two sync items, in one commit.

    Returns the lead and whether it is new: the same form with the same answers gives the lead it gave
    before, however often and from however many requests at once it is sent. Other answers under the
    same token (a tab restored, a page cached) are another lead, since losing one is worse. Call inside
    the tenant's scope. Four statements; waits for the database and for nothing else.
    """
    with transaction.atomic():
        lead, created = _lead_once(tenant, request)
        if created:
            booking = BookingRequest.objects.create(
                tenant=tenant,
                lead=lead,
                service=request.service,
                urgency=request.urgency,
                preferred_date=request.preferred_date,
                preferred_window=request.preferred_window,
                page_path=request.page_path,
                as_typed=dict(request.as_typed),
                capacity=request.capacity,
                binding=binding,
            )
            _owe(lead, booking)
    return lead, created


def wait_briefly() -> None:
    """From here to the end of the transaction, no statement waits longer than three seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '3s'; SET LOCAL lock_timeout = '2s'")


def form_key(request: AppointmentRequest) -> str:
    """The token together with what was typed, as a hash; the token is random, so it tells nothing."""
    typed = asdict(request) | dict.fromkeys(("source", "channel", "suspected", "capacity"))
    return hashlib.sha256(json.dumps(typed, default=str, sort_keys=True).encode()).hexdigest()


def _lead_once(tenant: Tenant, request: AppointmentRequest) -> tuple[Lead, bool]:
    """Insert the lead, or find the one this form made. A spoken code that is taken is drawn again."""
    key = form_key(request)
    for _ in range(_CODE_TRIES):
        earlier = Lead.objects.filter(tenant=tenant, form_key=key).first()
        if earlier:
            return earlier, False
        try:
            with transaction.atomic():
                return _insert_lead(tenant, request, key), True
        except IntegrityError as error:
            if "lead_form_once" not in str(error) and "lead_spoken_code_once" not in str(error):
                raise
    raise RuntimeError("no free spoken code was found")


def _insert_lead(tenant: Tenant, request: AppointmentRequest, key: str) -> Lead:
    return Lead.objects.create(
        tenant=tenant,
        reference=reference.outside_reference(secrets.token_bytes(8)),
        spoken_code=reference.spoken_code(secrets.randbelow(32**6)),
        form_key=key,
        name=request.name,
        phone=request.phone,
        phone_e164=phone_e164(request.phone),
        email=request.email,
        street=request.street,
        city=request.city,
        state=request.state,
        zip=request.zip,
        message=request.message,
        source=dict(request.source),
        channel=request.channel,
        suspected=list(request.suspected),
        consent_text=request.consent_text,
        consented_at=Now(),
    )


def _owe(lead: Lead, booking: BookingRequest) -> None:
    SyncItem.objects.bulk_create(
        SyncItem(
            tenant_id=lead.tenant_id,
            kind=kind,
            dedupe_key=lead.reference,
            lead=lead,
            binding_id=booking.binding_id,
            priority=PRIORITIES[booking.urgency],
            due_at=Now(),
        )
        for kind in (Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST)
    )


def phone_e164(typed: str) -> str:
    """The number in international form, read as a US number; empty when it cannot be one."""
    try:
        number = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normal if len(normal) <= LONGEST_E164 else ""
