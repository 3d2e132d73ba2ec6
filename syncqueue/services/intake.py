"""Captures a lead from a visitor's form so that it cannot be lost: one transaction, and nothing outside it."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from psycopg.errors import UniqueViolation

from pagetojob.platform import phones
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.recovery import list_lead
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tracing import record_span
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads import reference
from syncqueue.leads.models import BookingRequest, Channel, Exclusion, Lead

from .. import sql
from ..email_addresses import usable_email
from ..models import Kind
from ..priorities import PRIORITIES, PRIORITY_SUSPECTED
from . import intake_state

#: The same answers without a token count as one request for this long.
SAME_REQUEST = timedelta(minutes=10)
_CODE_ATTEMPTS = 5
_ENQUEUE = sql.load("intake")["enqueue"]


@dataclass(frozen=True)
class AppointmentRequest:
    """A visitor's answers, as typed. At least a name and one way to reply.

    `form_token_before`: the token the same answers had just before; only a form without a token has one. `is_test`:
    sent from a preview. `is_consented`: the visitor agreed to `consent_text`. The versions are of the legal texts that
    the visitor was shown.
    """

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
    confirm: bool = True
    form_token_before: UUID | None = None
    consent_version: int | None = None
    privacy_version: int | None = None
    terms_version: int | None = None
    is_test: bool = False
    is_consented: bool = True


def capture_request(*, tenant: Tenant, request: AppointmentRequest, binding: PageBinding | None) -> tuple[Lead, bool]:
    """Store the lead and its booking request and enqueue its outbox items, in one commit.

    The outbox items are the business notification, the booking, and the visitor's confirmation if there is an email
    address and no suspicion that the request is not from a person.

    A test request is excluded from the ledger and every other figure from the start, and has no booking.

    Returns the lead and whether it is new: the same form with the same answers returns the same lead, however often and
    however concurrently it is sent. Other answers under the same token (a restored tab, a cached page) create another
    lead, since losing one is worse. Call inside the tenant's scope. Five statements, six for a form without a token;
    waits for nothing else.
    """
    began = timezone.now()
    with transaction.atomic(savepoint=False):
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
            kinds = outbox_kinds(email=lead.email, suspected=lead.suspected, confirm=request.confirm)
            if request.is_test:
                kinds.remove(Kind.BOOKING_REQUEST)
            priority = PRIORITY_SUSPECTED if lead.suspected else PRIORITIES[request.urgency]
            enqueue(booking, kinds, priority=priority)
            transaction.on_commit(partial(list_lead, tenant=tenant.slug, reference=lead.reference))
            transaction.on_commit(intake_state.note_success)
            span = partial(record_span, lead.reference, "store request", began=began, is_first=True)
            transaction.on_commit(partial(span, channel=lead.channel, tenant=tenant.slug), robust=True)
    return lead, created


def enqueue(booking: BookingRequest, kinds: Sequence[Kind], *, priority: int) -> None:
    """Store an outbox item of each kind and a notice for each recipient, due now. A single statement.

    No one has to answer a test or a suspected request, so neither escalates.
    """
    lead = booking.lead
    values = {
        "tenant": booking.tenant_id,
        "reference": lead.reference,
        "lead": lead.pk,
        "binding": booking.binding_id,
        "priority": priority,
        "kinds": [str(kind) for kind in kinds],
        "everyone": not lead.suspected,
        "attended": not (lead.suspected or lead.excluded_as),
        "clock": timezone.localtime(timezone=booking.tenant.shown_zone).time(),
    }
    with prepared_cursor() as cursor:
        cursor.execute(_ENQUEUE, values)


#: Limits of the scope in which a visitor waits: three seconds for a statement, two for a lock.
BRIEFLY = {"statement_timeout": "3s", "lock_timeout": "2s"}


def form_key(request: AppointmentRequest) -> str:
    """Return a hash of the token and the typed values; the token is random, so the hash reveals nothing.

    Line breaks are normalized, because a browser's form sends them as two characters and a script as one. An abandoned
    session is one request, also if its visitor types more after it was read: only its token counts.
    """
    if request.channel == Channel.SESSION:
        return hashlib.sha256(str(request.form_token).encode()).hexdigest()
    typed = asdict(request) | dict.fromkeys(("source", "channel", "suspected", "capacity", "confirm"))
    for name in ("form_token_before", "consent_version", "privacy_version", "terms_version", "is_test", "is_consented"):
        del typed[name]
    typed["message"] = request.message.replace("\r\n", "\n")
    return hashlib.sha256(json.dumps(typed, default=str, sort_keys=True).encode()).hexdigest()


def _lead_once(tenant: Tenant, request: AppointmentRequest) -> tuple[Lead, bool]:
    """Insert the lead, or find the one this form created. Draws another spoken code if one is taken.

    A form that a person sends again after its lead was erased, as from a restored tab, is a new request.
    """
    if earlier := _just_before(tenant, request):
        return earlier, False
    key = form_key(request)
    for _ in range(_CODE_ATTEMPTS):
        lead = _drawn_lead(tenant, request, key)
        if _insert_unless_taken(lead):
            return lead, True
        # The holder of the key has committed: the insert waited for it.
        if earlier := Lead.objects.filter(tenant=tenant, form_key=key).first():
            if earlier.erased_at is None or request.channel != Channel.FORM:
                return earlier, False
            # The office can no longer answer the earlier one. A machine that repeats a request brings no one back.
            key = hashlib.sha256(key.encode()).hexdigest()
    raise RuntimeError("no free spoken code was found")


def _just_before(tenant: Tenant, request: AppointmentRequest) -> Lead | None:
    if request.form_token_before is None:
        return None
    key = form_key(replace(request, form_token=request.form_token_before))
    since = timezone.now() - SAME_REQUEST
    return Lead.objects.filter(tenant=tenant, form_key=key, received_at__gt=since).first()


def _drawn_lead(tenant: Tenant, request: AppointmentRequest, key: str) -> Lead:
    return Lead(
        tenant=tenant,
        # Opens the thank-you page. A version 4 UUID has 122 random bits, less than the 128 of a secret (ASVS 11.5.1).
        public_id=UUID(bytes=secrets.token_bytes(16)),
        reference=reference.outside_reference(secrets.token_bytes(8)),
        spoken_code=reference.spoken_code(secrets.randbelow(32**6)),
        form_key=key,
        name=request.name,
        phone=request.phone,
        phone_e164=phones.e164(request.phone),
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
        consented_at=Now() if request.is_consented else None,
        consent_version=request.consent_version,
        privacy_version=request.privacy_version,
        terms_version=request.terms_version,
        excluded_as=Exclusion.TEST if request.is_test else Exclusion.NONE,
    )


def _insert_unless_taken(lead: Lead) -> bool:
    """Insert the lead; return False if the form's key, the code or the reference is taken."""
    try:
        with transaction.atomic():
            lead.save(force_insert=True)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            return False
        raise
    return True


def outbox_kinds(*, email: str, suspected: Sequence[str], confirm: bool = True) -> list[Kind]:
    """Return the kinds of items that a request with this address and these suspicions gets. Pure.

    A suspected request sends the visitor no email, nor does one without `confirm`: the address may belong to someone
    who never asked.
    """
    kinds = [Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST]
    if confirm and usable_email(email) and not suspected:
        kinds.append(Kind.VISITOR_CONFIRMATION)
    return kinds
