"""Plain, customer-safe sentences, one for each state. Pure."""

from collections.abc import Mapping
from datetime import timedelta

from .causes import CAUSES
from .models.item import STOPPED, Kind, State

CUSTOMER_SAFE: dict[State, str] = {
    State.QUEUED: "Your request is safe with us and waits for its turn.",
    State.SENDING: "We are working on your request right now.",
    State.RETRYING: "A passing fault is in the way; we keep trying, and your request is safe.",
    State.NEEDS_REVIEW: "Your request is safe; one of us is looking at it.",
    State.BLOCKED: "Your request is safe; the hand-off waits, so a person will enter it by hand.",
    State.UNKNOWN: "Your request is safe; we are finding out whether the hand-off arrived.",
    State.DELIVERED: "Your request has been handed over.",
    State.MANUAL_COMPLETE: "A person has entered your request by hand.",
    State.CANCELLED: "This hand-off was ended by a person; the reason is on file.",
}

#: The operator's next step, by state. Shown next to the item.
NEXT_STEP: dict[State, str] = {
    State.QUEUED: "Nothing to do: a worker takes it when it is due.",
    State.SENDING: "A worker holds it. Wait until its lease ends before acting.",
    State.RETRYING: "Nothing to do: it is tried again by itself. If it cannot wait, finish it by hand.",
    State.NEEDS_REVIEW: "Read the last error, then finish it by hand.",
    State.BLOCKED: "Enter it by hand in the customer's system, then mark it manual complete with proof.",
    State.UNKNOWN: "Look for the reference in the customer's system before doing anything.",
    State.DELIVERED: "Nothing to do.",
    State.MANUAL_COMPLETE: "Nothing to do.",
    State.CANCELLED: "Nothing to do.",
}

#: The same for a notice, which notifies the business and sends no booking.
NOTICE_CUSTOMER_SAFE: dict[State, str] = CUSTOMER_SAFE | {
    State.BLOCKED: "Your request is safe; a person is telling the business.",
    State.UNKNOWN: "Your request is safe; we are finding out whether the business has been told.",
    State.DELIVERED: "The business has been told by e-mail.",
    State.MANUAL_COMPLETE: "A person has told the business.",
    State.CANCELLED: "This notice was ended by a person; the reason is on file.",
}


#: The same for the confirmation, which notifies only the visitor.
CONFIRMATION_CUSTOMER_SAFE: dict[State, str] = CUSTOMER_SAFE | {
    State.SENDING: "We are sending the confirmation right now.",
    State.RETRYING: "A passing fault keeps the confirmation; your request is safe, and we keep trying.",
    State.NEEDS_REVIEW: "Your request is safe; only its confirmation by e-mail did not go out.",
    State.BLOCKED: "Your request is safe; only its confirmation by e-mail waits.",
    State.UNKNOWN: "Your request is safe; we are finding out whether the confirmation arrived.",
    State.DELIVERED: "The visitor has a confirmation by e-mail.",
    State.MANUAL_COMPLETE: "A person has confirmed the request to the visitor.",
    State.CANCELLED: "The confirmation was ended by a person; the reason is on file.",
}

#: The same for work that belongs to the website instead of one request.
WORK_CUSTOMER_SAFE: dict[State, str] = {
    State.QUEUED: "This work is on our list and waits for its turn.",
    State.SENDING: "We are working on it right now.",
    State.RETRYING: "A passing fault is in the way; nothing is lost, and we keep trying.",
    State.NEEDS_REVIEW: "One of us is looking at it; nothing changes until then.",
    State.BLOCKED: "Something it needs is not there yet; everything else goes on.",
    State.UNKNOWN: "We are finding out whether it arrived.",
    State.DELIVERED: "This work is done.",
    State.MANUAL_COMPLETE: "A person has done this work.",
    State.CANCELLED: "This work was ended by a person; the reason is on file.",
}

_BY_KIND: Mapping[str, Mapping[State, str]] = {
    Kind.BUSINESS_NOTIFICATION: NOTICE_CUSTOMER_SAFE,
    Kind.BOOKING_REQUEST: CUSTOMER_SAFE,
    Kind.VISITOR_CONFIRMATION: CONFIRMATION_CUSTOMER_SAFE,
}


def customer_sentence(kind: str, state: str, cause: str = "") -> str:
    """Return the sentence for a customer: of the cause that stops the item, if known, else of its state.

    A delivered notice means a notified business, not a sent booking. The sentences of causes address the business, so a
    confirmation, which goes to the visitor, uses those of its state.
    """
    holds = state == State.RETRYING or state in STOPPED
    if holds and cause in CAUSES and kind != Kind.VISITOR_CONFIRMATION:
        return CAUSES[cause].customer_safe
    return _BY_KIND.get(kind, WORK_CUSTOMER_SAFE)[State(state)]


_LENGTHS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def how_long(length: timedelta | None) -> str:
    """Return a duration in its largest whole unit: `14 minutes`; `less than a minute`; empty for None."""
    if length is None:
        return ""
    seconds = int(length.total_seconds())
    for size, unit in _LENGTHS:
        if count := seconds // size:
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
