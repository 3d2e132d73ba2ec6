"""Qualified abandoned sessions of Scheduling Pro: a visitor left a phone number or an address and did not finish.

Each becomes a lead with a separate channel. No one asked us for anything, so the visitor gets no email, and the office
reads that the booking was not finished.
"""

import uuid
from collections.abc import Collection

from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.client.payloads import Session
from syncqueue.leads.models import Channel, Lead

from ..email_addresses import usable_email
from ..inbox.handlers import Came, Handled, Hint, Reader, register
from ..models import HookRoute
from .inbox_work import has_connection_ended
from .intake import AppointmentRequest, capture_request

#: We chose this name: ServiceTitan's spelling of "Qualified Abandoned Session" in an event is not public.
KIND = "session.qualified_abandoned"
_NAMESPACE = uuid.UUID("5d0c5b0e-6a54-4e3e-9d62-3a7d7d1f8a10")
_CONSENT = "Consent was given in Scheduling Pro, if at all. PageToJob did not see it."
_SERVICE = "Something else"
_LONGEST = 120
_MISSED = "Every five minutes, the abandoned sessions of the last week are read; each becomes a lead once."


def register_handler(read_session: Reader) -> None:
    register(KIND, "1", take_session, read_session, missed=_MISSED)


def take_session(hint: Hint) -> Handled:
    """Store a lead from the session that was read. In the tenant's scope; the event's contents are not used."""
    reading = hint.found
    session: Session | None = reading.session
    if session is None:
        return Handled(Came.DONE, f"No lead was stored: {reading.unread}")
    if why := _why_no_lead(session):
        return Handled(Came.DONE, f"No lead was stored: {why}")
    if session.id in _stored(hint.tenant_id, [session.id]):
        return Handled(Came.SUPERSEDED, "This session is stored already.")
    if has_connection_ended(hint.route_id):
        return Handled(Came.DONE, "No lead was stored: the connection has ended.")
    lead, _ = _store(Tenant.objects.get(pk=hint.tenant_id), session)
    return Handled(Came.DONE, f"Stored as lead {lead.reference}. A person calls or closes it.")


def take_missed(route: HookRoute, sessions: Collection[Session]) -> int:
    """Store a lead from each session that no event has reported; return how many. In the tenant's scope.

    An event that comes later finds its session stored.
    """
    if has_connection_ended(route.pk):
        return 0
    known = _stored(route.tenant_id, [session.id for session in sessions])
    missed = [session for session in sessions if session.id not in known and not _why_no_lead(session)]
    return sum(_store(route.tenant, session)[1] for session in missed)


def _stored(tenant_id: int, ids: Collection[str]) -> set[str]:
    rows = Lead.objects.filter(tenant=tenant_id, channel=Channel.SESSION, source__scheduling_pro_session__in=list(ids))
    return set(rows.values_list("source__scheduling_pro_session", flat=True))


def _store(tenant: Tenant, session: Session) -> tuple[Lead, bool]:
    """Store a lead; return it and whether it is new. A session always has the same form token, so it is one lead."""
    return capture_request(tenant=tenant, request=_request(session), binding=None)


def _why_no_lead(session: Session) -> str:
    reasons = (
        (session.job_id or session.booking_id or session.lead_id, "the visitor finished; ServiceTitan has the record."),
        (session.is_bot, "ServiceTitan marks the visitor as a bot."),
        (not (session.phone.strip() or usable_email(session.email)), "it contains no phone number and no email."),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _request(session: Session) -> AppointmentRequest:
    return AppointmentRequest(
        form_token=uuid.uuid5(_NAMESPACE, session.id),
        name=session.name or "Name not given",
        phone=session.phone,
        email=usable_email(session.email),
        service=session.category[:_LONGEST] or _SERVICE,
        urgency="soon",
        page_path="/",
        message=session.notes,
        consent_text=_CONSENT,
        channel=Channel.SESSION,
        source={"scheduling_pro_session": session.id},
        confirm=False,
        is_consented=False,
    )
