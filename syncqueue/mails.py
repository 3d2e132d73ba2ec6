"""The emails of a request, for the worker that sends them and for the operator's preview.

Built from loaded rows; no query, and nothing is sent.
"""

from dataclasses import dataclass

from django.template.loader import render_to_string

from pagetojob.platform.tenants.models import BusinessProfile
from syncqueue.leads.models import BookingRequest, Channel, Exclusion, Suspicion, Window

from . import spam_signals, unparsed_answers
from .visitor_texts import NO_APPOINTMENT_YET


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    body: str


_SUBJECTS = {Channel.SESSION: "Abandoned session"}


def notice(booking: BookingRequest, to: str, *, again: bool) -> Mail:
    """Return the email to the business. `booking` has its lead loaded; `again`: an earlier attempt may have arrived."""
    lead = booking.lead
    doubt = _doubt(lead.suspected)
    if lead.excluded_as == Exclusion.TEST:
        doubt = f"Test: {doubt}"
    context = {
        "lead": lead,
        "booking": booking,
        "again": again,
        "as_typed": unparsed_answers.lines(booking.as_typed),
        "doubt": spam_signals.sentence(lead.suspected),
    }
    kind = _SUBJECTS.get(lead.channel, "Website request")
    return Mail(
        to=to,
        subject=f"{doubt}{kind} {lead.spoken_code}: {booking.service} ({booking.get_urgency_display()})",
        body=render_to_string("syncqueue/mail/business_notification.txt", context),
    )


def _doubt(marks: list[str]) -> str:
    """Return the start of the subject for a suspected request. An advertisement may well be sent by a person."""
    if not marks:
        return ""
    return "Possibly an advertisement: " if marks == [Suspicion.CONTENT] else "Possibly automated: "


def confirmation(booking: BookingRequest, profile: BusinessProfile, *, notice: str, offered: bool, again: bool) -> Mail:
    """Return the email to the visitor. `notice` states whether the office was notified.

    A service that is not `offered` is free text by the visitor, so it is left out.
    """
    lead, business = booking.lead, booking.tenant.name
    context = {
        "code": lead.spoken_code,
        "business": business,
        "phone": profile.phone,
        "notice": notice,
        "no_appointment_yet": NO_APPOINTMENT_YET,
        "service": booking.service if offered else "",
        "urgency": booking.get_urgency_display(),
        "day": booking.preferred_date,
        "window": "" if booking.preferred_window == Window.ANY else booking.get_preferred_window_display(),
        "again": again,
    }
    return Mail(
        to=lead.email.strip(),
        subject=f"{business}: we received your request ({lead.spoken_code})",
        body=render_to_string("syncqueue/mail/visitor_confirmation.txt", context),
    )
