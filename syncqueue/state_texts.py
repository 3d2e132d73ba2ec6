"""Plain, customer-safe sentences, one for each state. Pure."""

from collections.abc import Mapping
from datetime import timedelta

from .causes import CAUSES, cause_of
from .models.item import ENDED, STOPPED, Kind, State, SyncItem

CUSTOMER_SAFE: dict[State, str] = {
    State.QUEUED: "Your request is safe with us and waits for its turn.",
    State.SENDING: "We are working on your request right now.",
    State.RETRYING: "There is a temporary problem; your request is safe, and we keep trying.",
    State.NEEDS_REVIEW: "Your request is safe; a person is reviewing it.",
    State.BLOCKED: "Your request is safe; the handoff is on hold, so a person will enter it manually.",
    State.UNKNOWN: "Your request is safe; we are checking whether the handoff arrived.",
    State.DELIVERED: "Your request has been delivered.",
    State.MANUAL_COMPLETE: "A person has entered your request manually.",
    State.CANCELLED: "A person canceled this handoff; the reason is on file.",
}

#: The operator's next step, by state. Shown next to the item.
NEXT_STEP: dict[State, str] = {
    State.QUEUED: "Nothing to do: it is sent when it is due.",
    State.SENDING: "A worker is processing it. Wait until its lease ends before acting.",
    State.RETRYING: "Nothing to do: it is retried automatically. If it cannot wait, complete it manually.",
    State.NEEDS_REVIEW: "Read the last error, then complete it manually and mark it as done.",
    State.BLOCKED: "Enter this booking in the customer's ServiceTitan, then mark it as done.",
    State.UNKNOWN: "Search for the reference in the customer's system before doing anything.",
    State.DELIVERED: "Nothing to do.",
    State.MANUAL_COMPLETE: "Nothing to do.",
    State.CANCELLED: "Nothing to do.",
}

#: The same for a notice, which notifies the business and sends no booking.
NOTICE_CUSTOMER_SAFE: dict[State, str] = CUSTOMER_SAFE | {
    State.BLOCKED: "Your request is safe; a person is notifying the business.",
    State.UNKNOWN: "Your request is safe; we are checking whether the business was notified.",
    State.DELIVERED: "The business was notified.",
    State.MANUAL_COMPLETE: "A person notified the business.",
    State.CANCELLED: "A person canceled this notice; the reason is on file.",
}


#: The same for the confirmation, which notifies only the visitor.
CONFIRMATION_CUSTOMER_SAFE: dict[State, str] = CUSTOMER_SAFE | {
    State.SENDING: "We are sending the confirmation right now.",
    State.RETRYING: "A temporary problem delays the confirmation; your request is safe, and we keep trying.",
    State.NEEDS_REVIEW: "Your request is safe; only its confirmation email was not sent.",
    State.BLOCKED: "Your request is safe; only its confirmation email is on hold.",
    State.UNKNOWN: "Your request is safe; we are checking whether the confirmation arrived.",
    State.DELIVERED: "The visitor was sent a confirmation email.",
    State.MANUAL_COMPLETE: "A person confirmed the request to the visitor.",
    State.CANCELLED: "A person canceled the confirmation; the reason is on file.",
}

#: The same for work that belongs to the website instead of one request.
WORK_CUSTOMER_SAFE: dict[State, str] = {
    State.QUEUED: "This work is on our list and waiting.",
    State.SENDING: "We are working on it right now.",
    State.RETRYING: "There is a temporary problem; nothing is lost, and we keep trying.",
    State.NEEDS_REVIEW: "A person is reviewing it; nothing changes until then.",
    State.BLOCKED: "Something it needs is not available yet; everything else continues.",
    State.UNKNOWN: "We are checking whether it arrived.",
    State.DELIVERED: "This work is done.",
    State.MANUAL_COMPLETE: "A person has done this work.",
    State.CANCELLED: "A person canceled this work; the reason is on file.",
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


def problem_of(item: SyncItem) -> str:
    """Return why an item is not delivered; empty if it has ended or nothing is wrong."""
    if item.state in ENDED:
        return ""
    cause = cause_of(item.cause)
    return cause.title if cause else item.last_error


def how_long(length: timedelta | None) -> str:
    """Return a duration in its largest whole unit: `14 minutes`; `less than a minute`; empty for None."""
    if length is None:
        return ""
    seconds = int(length.total_seconds())
    for size, unit in _LENGTHS:
        if count := seconds // size:
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
