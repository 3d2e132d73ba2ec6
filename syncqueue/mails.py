"""The emails of a request, for the worker that sends them and for the operator's preview.

Built from loaded rows; no query, and nothing is sent.
"""

from dataclasses import dataclass
from urllib.parse import quote

from django.template.loader import render_to_string

from pagetojob.platform import phones
from pagetojob.platform.tenants.models import BusinessProfile
from syncqueue.leads.models import BookingRequest, Channel, Exclusion, Lead, Suspicion, Window

from . import spam_signals, unparsed_answers
from .email_addresses import usable_email
from .header_text import header_text, without_invisible
from .visitor_texts import NO_APPOINTMENT_YET

NOT_GIVEN = "not given"
_DEFAULT_COLOR = "#1f4f82"


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    body: str
    html: str = ""
    reply_to: str = ""


_SUBJECTS = {Channel.SESSION: "Abandoned session"}


def notice(
    booking: BookingRequest, to: str, *, again: bool, entry: str, color: str = "", link: str = "", late: str = ""
) -> Mail:
    """Return the email to the business. `booking` has its lead and tenant loaded.

    `again`: an earlier attempt may have arrived. `entry` is what is known of its entry in ServiceTitan. `link` opens
    the request. `late` is why it is sent again.
    """
    lead = booking.lead
    # A question that was left out is in the facts as "not given".
    typed = {name: text for name, text in booking.as_typed.items() if text.strip()}
    number, email = phones.to_dial(lead.phone), usable_email(lead.email)
    links = {"Phone": number and f"tel:{number}", "Email": email and f"mailto:{quote(email, safe='@')}"}
    context = {
        "lead": lead,
        "business": booking.tenant.name,
        "facts": [(label, answer, links.get(label, "")) for label, answer in facts(booking)],
        "again": again,
        "entry": entry,
        "as_typed": [(label, header_text(text)) for label, text in unparsed_answers.lines(typed)],
        "message": message_lines(lead.message),
        "doubt": spam_signals.sentence(lead.suspected),
        "received": booking.tenant.in_words(lead.received_at),
        "color": color or _DEFAULT_COLOR,
        "page": header_text(booking.page_path),
        "link": link,
        "late": late,
    }
    return Mail(
        to=to,
        subject=_subject(booking, late=bool(late)),
        body=render_to_string("syncqueue/mail/business_notification.txt", context),
        html=render_to_string("syncqueue/mail/business_notification.html", context),
        reply_to=email,
    )


def _subject(booking: BookingRequest, *, late: bool) -> str:
    lead = booking.lead
    start = "Not opened yet: " if late else ""
    if lead.excluded_as == Exclusion.TEST:
        start = "Test: "
    start += _doubt(lead.suspected)
    kind = _SUBJECTS.get(lead.channel, "Website request")
    return f"{start}{kind} {lead.spoken_code}: {booking.service} ({booking.urgency_label or NOT_GIVEN})"


def facts(booking: BookingRequest) -> list[tuple[str, str]]:
    """Return the answers with their labels, each on one line, so that none can look like a line of ours.

    An answer that the visitor left out is "not given".
    """
    lead = booking.lead
    answers = (
        ("Reference", lead.spoken_code),
        ("Service", booking.service),
        ("Urgency", booking.urgency_label),
        ("Prefers", preferred_time(booking)),
        ("Name", lead.name),
        ("Phone", lead.phone),
        ("Email", without_invisible(lead.email)),
        ("Address", address(lead)),
    )
    return [(label, header_text(answer) or NOT_GIVEN) for label, answer in answers]


def message_lines(message: str) -> list[str]:
    """Return the lines of a message without control and bidirectional characters. An email quotes them."""
    lines = message.strip().splitlines()
    return ["".join(char if char.isprintable() else " " for char in line).rstrip() for line in lines]


def preferred_time(booking: BookingRequest) -> str:
    """Return the preferred day and time; empty if the visitor named neither."""
    day = f"{booking.preferred_date:%A, %B %-d, %Y}" if booking.preferred_date else ""
    window = "" if booking.preferred_window == Window.ANY and not day else booking.get_preferred_window_display()
    return ", ".join(filter(None, (day, window)))


def address(lead: Lead) -> str:
    """Return the address on one line, without empty parts."""
    return ", ".join(filter(None, (lead.street, lead.city, " ".join(filter(None, (lead.state, lead.zip))))))


def _doubt(marks: list[str]) -> str:
    """Return the start of the subject for a suspected request. An advertisement may well be sent by a person."""
    if not marks:
        return ""
    return "Possibly an advertisement: " if marks == [Suspicion.CONTENT] else "Possibly automated: "


def confirmation(
    booking: BookingRequest, profile: BusinessProfile, *, notice: str, reply_to: str, offered: bool, again: bool
) -> Mail:
    """Return the email to the visitor. `notice` states whether the office was notified.

    `reply_to` is the address of the business for replies; without one, the email states that they are not read.
    A service that is not `offered` is free text by the visitor, so it is left out.
    """
    lead, business = booking.lead, booking.tenant.name
    context = {
        "code": lead.spoken_code,
        "business": business,
        "phone": profile.phone,
        "notice": notice,
        "can_reply": bool(reply_to),
        "no_appointment_yet": NO_APPOINTMENT_YET,
        "service": booking.service if offered else "",
        "urgency": booking.urgency_label or NOT_GIVEN,
        "day": booking.preferred_date,
        "window": "" if booking.preferred_window == Window.ANY else booking.get_preferred_window_display(),
        "again": again,
    }
    return Mail(
        to=usable_email(lead.email),
        subject=f"{business}: we received your request ({lead.spoken_code})",
        body=render_to_string("syncqueue/mail/visitor_confirmation.txt", context),
        reply_to=reply_to,
    )
