"""What each state means, in one plain sentence that a customer may read. Pure."""

from .models.item import Kind, State

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

#: What an operator does next, by state. Shown beside the item.
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

#: The same for a notice, which tells the business and hands nothing over.
NOTICE_CUSTOMER_SAFE: dict[State, str] = CUSTOMER_SAFE | {
    State.BLOCKED: "Your request is safe; a person is telling the business.",
    State.UNKNOWN: "Your request is safe; we are finding out whether the business has been told.",
    State.DELIVERED: "The business has been told by e-mail.",
    State.MANUAL_COMPLETE: "A person has told the business.",
    State.CANCELLED: "This notice was ended by a person; the reason is on file.",
}


def customer_sentence(kind: str, state: str) -> str:
    """The sentence for a customer. A delivered notice is a told business, not a CRM hand-over."""
    sentences = NOTICE_CUSTOMER_SAFE if kind == Kind.BUSINESS_NOTIFICATION else CUSTOMER_SAFE
    return sentences[State(state)]
