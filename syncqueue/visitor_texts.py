"""Sentences that a visitor reads before and after sending a request. Each is a function of facts at that moment. Pure.

No sentence promises a call, a time to answer or an opening time that is not known. `docs/explanation/lifecycle.md`
lists the conditions and the sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pagetojob.platform import phones
from pagetojob.platform.tenants.time_zones import known_zone, usable_zone
from pagetojob.titanmap.opening_hours import status

from .email_addresses import usable_email
from .models.item import State

#: A notice is normally sent within seconds. After this long, the visitor is asked to call as well.
EXPECTED_WITHIN = timedelta(minutes=2)

NO_APPOINTMENT_YET = "You do not have an appointment until the office confirms a time with you."


#: Added to a consent that includes text messages, unless it has its own terms.
TEXT_MESSAGE_TERMS = (
    "Message and data rates may apply. You can agree without buying anything. To stop text messages, reply STOP to one "
    "of them or tell the office."
)


def with_text_message_terms(consent: str) -> str:
    """Return a consent with the terms of text messages, if it includes them and has none."""
    lowered = consent.lower()
    needs_terms = ("text" in lowered or "sms" in lowered) and "rates" not in lowered
    return f"{consent} {TEXT_MESSAGE_TERMS}" if needs_terms else consent


class Sent(StrEnum):
    """The state of an email about a request, as far as a visitor cares."""

    NONE = "none"  # no such email exists
    WAITING = "waiting"  # created just now, not attempted yet
    DONE = "done"
    DOUBTFUL = "doubtful"  # late, failing, blocked, unclear or canceled


@dataclass(frozen=True)
class MailFacts:
    """An email about a request: the state of its outbox item, and since when."""

    state: str
    since: datetime
    created: datetime


@dataclass(frozen=True)
class Business:
    """The facts about a business that sentences depend on. `hours` is empty if they are unknown."""

    time_zone: str
    phone: str = ""
    hours: Mapping[str, Any] = field(default_factory=dict)


#: By the state of the notice to the office, and whether the business has a phone number.
NOTICE: Mapping[tuple[Sent, bool], str] = {
    (Sent.DONE, True): "The office was notified {when}.",
    (Sent.DONE, False): "The office was notified {when}.",
    (Sent.WAITING, True): "Your request is stored. The office has not been notified yet.",
    (Sent.WAITING, False): "Your request is stored. The office has not been notified yet.",
    (Sent.DOUBTFUL, True): (
        "Your request is stored. Please also call {phone}: we cannot confirm yet that the office was notified."
    ),
    (Sent.DOUBTFUL, False): "Your request is stored. We cannot confirm yet that the office was notified.",
    (Sent.NONE, True): "Your request is stored. Please also call {phone}: the office has not been notified.",
    (Sent.NONE, False): "Your request is stored. The office has not been notified.",
}

#: The same in an email, which is read later: it names the time for which it holds.
NOTICE_IN_MAIL: Mapping[tuple[Sent, bool], str] = {
    (Sent.DONE, True): "The office was notified {when}.",
    (Sent.DONE, False): "The office was notified {when}.",
    (Sent.WAITING, True): "Your request is stored. {now}, the office had not been notified yet.",
    (Sent.WAITING, False): "Your request is stored. {now}, the office had not been notified yet.",
    **{
        (sent, phone): "Your request is stored. {now}, we could not confirm yet that the office was notified."
        + (" Please also call {phone}." if phone else "")
        for sent in (Sent.DOUBTFUL, Sent.NONE)
        for phone in (True, False)
    },
}

#: By the state of the confirmation email to the visitor.
CONFIRMATION: Mapping[Sent, str] = {
    Sent.NONE: "",
    Sent.WAITING: "Your confirmation email has not been sent yet.",
    Sent.DONE: "A confirmation was sent to your email address {when}.",
    Sent.DOUBTFUL: "We cannot confirm that your confirmation email was sent. Please note your reference number.",
}

#: The reason for a page without a form, by cause and whether the business has a phone number.
NO_FORM: Mapping[tuple[str, bool], str] = {
    ("paused", True): "Online requests are paused. Please call {phone}.",
    ("paused", False): "Online requests are paused.",
    ("switched off", True): "The request form is not available right now. Please call {phone}.",
    ("switched off", False): "The request form is not available right now.",
}

#: Shown if the only contact is a text that no email can be sent to; by whether the business has a phone number.
NO_WAY_TO_ANSWER: Mapping[bool, str] = {
    True: "We cannot send email to the address that you entered, so the office may not be able to answer. "
    "Please call {phone}, or send the form again with a phone number.",
    False: "We cannot send email to the address that you entered, so the office may not be able to answer. "
    "Please send the form again with a phone number.",
}

TEST_REQUEST = "This is a test request. It was sent from a preview and counts in no report."


def sent(mail: MailFacts | None, *, now: datetime) -> Sent:
    """Return what is known of an email now."""
    if mail is None:
        return Sent.NONE
    if mail.state in (State.DELIVERED, State.MANUAL_COMPLETE):
        return Sent.DONE
    is_recent = now - mail.created < EXPECTED_WITHIN
    return Sent.WAITING if is_recent and mail.state in (State.QUEUED, State.SENDING) else Sent.DOUBTFUL


def notice(mail: MailFacts | None, business: Business, *, now: datetime) -> str:
    """Return what the thank-you page states about the notice to the office."""
    return _filled(NOTICE[sent(mail, now=now), bool(business.phone)], mail, business, now)


def notice_in_mail(mail: MailFacts | None, business: Business, *, now: datetime) -> str:
    """Return what the confirmation email states about the notice to the office."""
    return _filled(NOTICE_IN_MAIL[sent(mail, now=now), bool(business.phone)], mail, business, now)


def confirmation(mail: MailFacts | None, business: Business, *, now: datetime) -> str:
    """Return what the thank-you page states about the confirmation email; empty if there is none."""
    return _filled(CONFIRMATION[sent(mail, now=now)], mail, business, now)


def office_hours(business: Business, *, now: datetime) -> str:
    """Return whether the office is open now; empty if its hours or its time zone are unknown."""
    zone = known_zone(business.time_zone)
    state = status(business.hours, now.astimezone(zone)) if zone else ""
    return f"Office hours: {state} ({now.astimezone(zone):%Z})." if state else ""


def as_of(business: Business, *, now: datetime) -> str:
    """Return the time for which the status of a request is stated."""
    return f"As of {_clock(now.astimezone(usable_zone(business.time_zone)))}."


def no_way_to_answer(*, phone: str, email: str, business: Business) -> str:
    """Return a warning if the visitor's only contact cannot be used; empty otherwise, also for an erased request."""
    if not email or usable_email(email) or phones.is_dialable(phone):
        return ""
    return NO_WAY_TO_ANSWER[bool(business.phone)].format(phone=business.phone)


def no_form(business_phone: str, *, paused: bool) -> str:
    """Return the reason for a page without a form, and how to reach the business instead."""
    cause = "paused" if paused else "switched off"
    return NO_FORM[cause, bool(business_phone)].format(phone=business_phone)


def local_time(moment: datetime, time_zone: str, *, now: datetime) -> str:
    """Return a time in the business's time zone: `at 9:42 AM MST`, with the day unless it is today."""
    zone = usable_zone(time_zone)
    local = moment.astimezone(zone)
    clock = f"at {_clock(local)}"
    return clock if local.date() == now.astimezone(zone).date() else f"on {local:%B %-d, %Y} {clock}"


def _clock(local: datetime) -> str:
    """Return a time of day as the website writes its office hours, with the time zone: `9:42 AM MST`."""
    return f"{local:%-I:%M %p %Z}"


def _filled(sentence: str, mail: MailFacts | None, business: Business, now: datetime) -> str:
    when = local_time(mail.since, business.time_zone, now=now) if mail else ""
    local = now.astimezone(usable_zone(business.time_zone))
    written = f"At {_clock(local)} on {local:%B %-d, %Y}"
    return sentence.format(when=when, phone=business.phone, now=written)
