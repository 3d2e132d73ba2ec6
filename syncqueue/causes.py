"""The dictionary of error causes: class, owner, next step and customer-safe sentence of each. Pure.

A connector names a cause by its key. A cause that is not listed here is unknown and goes to a person.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    TRANSIENT = "transient"
    REFUSED = "refused"
    MAPPING = "mapping"
    AUTHORIZATION = "authorization"
    GATE_SHUT = "gate shut"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cause:
    """The reason why an item is not delivered. `title` heads a group of items; `step` is the operator's next step."""

    title: str
    error_class: str
    who: str
    step: str
    customer_safe: str


TAKEN_BACK = "taken-back"
_SAFE_TELLING = "Your request is safe; we keep trying to tell the business."
_SAFE_PERSON = "Nothing is lost; one of us is looking at it."
_SAFE_PASSING = "A passing fault is in the way; nothing is lost."
_SAFE_BY_HAND = "Your request is safe; the hand-off waits, so a person will enter it by hand."

CAUSES: dict[str, Cause] = {
    "mail-unreachable": Cause(
        "The mail server cannot be reached",
        ErrorClass.TRANSIENT,
        "On call",
        "Mend the mail server; the items go by themselves. What cannot wait, tell by phone and finish by hand.",
        _SAFE_TELLING,
    ),
    "mail-later": Cause(
        "The mail server asks to try later",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: it is tried again by itself.",
        _SAFE_TELLING,
    ),
    "mail-unclear": Cause(
        "The mail server was lost before it confirmed",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: it is sent again under the same Message-ID and may arrive twice.",
        _SAFE_TELLING,
    ),
    "mail-refused": Cause(
        "The mail server refuses the address",
        ErrorClass.REFUSED,
        "Operations",
        "Tell the business by phone, finish the item by hand, and have its address corrected.",
        _SAFE_PERSON,
    ),
    "visitor-mail-refused": Cause(
        "The visitor's address takes no mail",
        ErrorClass.REFUSED,
        "Operations",
        "The business has its own notice. If the request has no phone number, tell it that the address is wrong."
        " Then cancel this item.",
        "Your request is safe; the e-mail address given takes no mail, so please keep your code.",
    ),
    "gate-shut": Cause(
        "A gate is shut",
        ErrorClass.GATE_SHUT,
        "See the item",
        "Enter it by hand in the customer's system, then mark it manual complete with proof.",
        _SAFE_BY_HAND,
    ),
    "mapping-missing": Cause(
        "The page is not bound to what a booking needs",
        ErrorClass.MAPPING,
        "Operations",
        "Correct the page binding; that releases every item it holds. Or finish the item by hand.",
        _SAFE_BY_HAND,
    ),
    "access-missing": Cause(
        "Access has not been given",
        ErrorClass.AUTHORIZATION,
        "See the item",
        "Keep to the map that people have reviewed. Ask for access only once the path to it is confirmed.",
        "Publishing goes on from the mappings that people have reviewed.",
    ),
    "booking-away": Cause(
        "The other side cannot be reached or asks to wait",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: nothing arrived there, and it is tried again by itself. What cannot wait, finish by hand.",
        _SAFE_PASSING,
    ),
    "booking-unclear": Cause(
        "It was sent, and no answer says whether it arrived",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: it is looked up there, twice, before it is sent again. Do not enter it by hand before that.",
        "Your request is safe; we are finding out whether the hand-off arrived.",
    ),
    "look-up-due": Cause(
        "It is being looked up before it is sent again",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: only two look-ups that find nothing let it be sent again.",
        "Your request is safe; we are finding out whether the hand-off arrived.",
    ),
    "look-up-refused": Cause(
        "It may be there, and we are not let in to look",
        ErrorClass.UNKNOWN,
        "Operations",
        "Look for the reference in the customer's system. If it is there, mark it manual complete with proof; if not,"
        " ask for it to be sent again.",
        _SAFE_PERSON,
    ),
    "booking-collides": Cause(
        "They say that it is there, and two look-ups did not find it",
        ErrorClass.UNKNOWN,
        "Operations",
        "Look for the reference in the customer's system, dismissed bookings too. If it is there, mark it manual"
        " complete with proof; if not, enter it by hand.",
        _SAFE_PERSON,
    ),
    "booking-refused": Cause(
        "The other side refuses the booking as it is",
        ErrorClass.REFUSED,
        "Operations",
        "Enter it by hand in the customer's system, then mark it manual complete with proof.",
        _SAFE_BY_HAND,
    ),
    "booking-differs": Cause(
        "It is there, and what changed since cannot be changed there by us",
        ErrorClass.REFUSED,
        "Operations",
        "Open the booking in the customer's system, change it by hand, then mark the item manual complete with proof.",
        "Your request has arrived; a person brings its details up to date.",
    ),
    "access-refused": Cause(
        "The other side does not let us in",
        ErrorClass.AUTHORIZATION,
        "Customer",
        "Check the connection with the customer's admin; once activated again it sends this on. Or enter it by hand.",
        _SAFE_BY_HAND,
    ),
    "not-connected": Cause(
        "There is no connection in use",
        ErrorClass.AUTHORIZATION,
        "Customer",
        "Enter it by hand in the customer's system, then mark it manual complete with proof.",
        _SAFE_BY_HAND,
    ),
    "capacity-review": Cause(
        "A capacity rule wants dispatch to look first",
        ErrorClass.MAPPING,
        "Operations",
        "Ask the dispatcher whether the request can be taken. Then send it on, or finish it by hand.",
        "Your request is safe; the dispatcher looks at it first.",
    ),
    "field-missing": Cause(
        "A supplied file lacks a field",
        ErrorClass.MAPPING,
        "Customer",
        "Ask for a corrected export, or decide the uncertain rows by hand.",
        "What is uncertain stays out of every figure until a corrected file is here.",
    ),
    "database-lost": Cause(
        "The database was lost for a moment",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: it is tried again by itself.",
        _SAFE_PASSING,
    ),
    "worker-lost": Cause(
        "A worker stopped in mid-work",
        ErrorClass.TRANSIENT,
        "Nobody yet",
        "Nothing to do: it is tried again by itself.",
        _SAFE_PASSING,
    ),
    "worker-lost-often": Cause(
        "It lost worker after worker",
        ErrorClass.UNKNOWN,
        "On call",
        "Finish it by hand, and show the item to an engineer.",
        _SAFE_PERSON,
    ),
    "gave-up": Cause(
        "A passing fault did not pass",
        ErrorClass.TRANSIENT,
        "Operations",
        "Tell the business by phone and finish it by hand, or send it again once the cause is mended.",
        _SAFE_PERSON,
    ),
    "own-fault": Cause(
        "A fault of ours",
        ErrorClass.UNKNOWN,
        "On call",
        "Finish it by hand, and show the item to an engineer.",
        _SAFE_PERSON,
    ),
    TAKEN_BACK: Cause(
        "A person ended it and took that back",
        "",
        "Operations",
        "Decide again: send it again, or finish it by hand. Nothing goes by itself.",
        _SAFE_PERSON,
    ),
    "done-by-people": Cause(
        "Work of this kind is done by a person",
        "",
        "Operations",
        "Do the work, then mark it manual complete with proof.",
        "A person does this work.",
    ),
}

UNKNOWN_CAUSE = Cause(
    "A cause that is not in the dictionary",
    ErrorClass.UNKNOWN,
    "Operations",
    "Read the last error, then finish it by hand.",
    _SAFE_PERSON,
)


def cause_of(key: str) -> Cause | None:
    """Return the entry of a key, UNKNOWN_CAUSE for a key that is not listed, and None for an empty key."""
    return CAUSES.get(key, UNKNOWN_CAUSE) if key else None
