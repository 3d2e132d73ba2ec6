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
    GATE_CLOSED = "gate shut"
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

US, CONTRACTOR, SERVICETITAN, VISITOR = "PageToJob", "the contractor", "ServiceTitan", "the visitor"
#: The party that has to put the cause right, where that is not PageToJob.
_OTHER_PARTIES = {
    "mail-refused": CONTRACTOR,
    "visitor-mail-refused": VISITOR,
    "access-refused": CONTRACTOR,
    "mapping-refused": CONTRACTOR,
    "not-connected": CONTRACTOR,
    "capacity-review": CONTRACTOR,
    "field-missing": CONTRACTOR,
    "booking-away": SERVICETITAN,
    "booking-unclear": SERVICETITAN,
    "look-up-due": SERVICETITAN,
    "look-up-refused": SERVICETITAN,
    "booking-collides": SERVICETITAN,
}


def responsible_party(key: str) -> str:
    """Return who has to put a cause right, empty if nothing is wrong; its owner is the person who acts until then."""
    return "" if key in (TAKEN_BACK, "done-by-people", "contract-ended") else _OTHER_PARTIES.get(key, US)


_SAFE_TELLING = "Your request is safe; we are still trying to notify the business."
_SAFE_PERSON = "Nothing is lost; a person is reviewing it."
_SAFE_PASSING = "There is a temporary problem; nothing is lost."
_SAFE_MANUAL = "Your request is safe; the handoff is on hold, so a person will enter it manually."

CAUSES: dict[str, Cause] = {
    "mail-unreachable": Cause(
        "The mail server cannot be reached",
        ErrorClass.TRANSIENT,
        "On call",
        "Fix the mail server; the items are then sent automatically. If one cannot wait, call the business.",
        _SAFE_TELLING,
    ),
    "mail-later": Cause(
        "The server asked us to retry later",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: it is retried automatically.",
        _SAFE_TELLING,
    ),
    "mail-unclear": Cause(
        "The connection was lost before the server confirmed the message",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: it is sent again and may arrive twice.",
        _SAFE_TELLING,
    ),
    "mail-refused": Cause(
        "The notice was refused",
        ErrorClass.REFUSED,
        "Operations",
        "Call the business, and mark the item as done. If the last error is about the address, have it corrected.",
        _SAFE_PERSON,
    ),
    "visitor-mail-refused": Cause(
        "The visitor's address does not accept email",
        ErrorClass.REFUSED,
        "Operations",
        "The business was notified separately. If the request has no phone number, tell the business that the address"
        " is wrong. Then cancel this item.",
        "Your request is safe, but its email address does not accept email. Please keep your reference number.",
    ),
    "gate-shut": Cause(
        "Automatic sending isn't approved yet",
        ErrorClass.GATE_CLOSED,
        "See the item",
        "Enter this booking in the customer's ServiceTitan, then mark it as done.",
        _SAFE_MANUAL,
    ),
    "contract-ended": Cause(
        "The contract has ended",
        ErrorClass.GATE_CLOSED,
        "Operations",
        "It is never sent automatically. Enter this booking in the customer's ServiceTitan, then mark it as done, or"
        " cancel it.",
        _SAFE_PERSON,
    ),
    "mapping-missing": Cause(
        "The page binding lacks something a booking needs",
        ErrorClass.MAPPING,
        "Operations",
        "Correct the page binding; that releases every item it blocks. Or enter the booking manually.",
        _SAFE_MANUAL,
    ),
    "mapping-refused": Cause(
        "ServiceTitan rejected an ID of the page binding",
        ErrorClass.MAPPING,
        "Customer",
        "Ask the customer's admin to enable the record again, or correct the page binding. Or enter the booking"
        " manually.",
        _SAFE_MANUAL,
    ),
    "access-missing": Cause(
        "Access has not been granted",
        ErrorClass.AUTHORIZATION,
        "See the item",
        "Use the map that people have reviewed. Request access only after the path to it is confirmed.",
        "Publishing continues from the mappings that people have reviewed.",
    ),
    "booking-away": Cause(
        "The booking API cannot be reached or asks us to wait",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: nothing arrived, and it is retried automatically. If it cannot wait, enter it manually.",
        _SAFE_PASSING,
    ),
    "booking-unclear": Cause(
        "It was sent, but no response confirmed that it arrived",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: it is looked up twice before it is sent again. Do not enter it manually before that.",
        "Your request is safe; we are checking whether the handoff arrived.",
    ),
    "look-up-due": Cause(
        "It is being looked up before it is sent again",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: it is sent again only after two lookups find nothing.",
        "Your request is safe; we are checking whether the handoff arrived.",
    ),
    "look-up-waits": Cause(
        "It may have arrived; the lookup waits for access",
        ErrorClass.UNKNOWN,
        "Operations",
        "The lookup starts as soon as the gate and the connection allow it. If it cannot wait, search for the reference"
        " in the customer's system: if it is there, mark this item as done with proof. Do not enter it before that.",
        _SAFE_PERSON,
    ),
    "gate-changed": Cause(
        "A gate or the connection changed while it was being sent",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: the gates are checked again. Do not enter it manually before that.",
        _SAFE_PASSING,
    ),
    "look-up-refused": Cause(
        "It may have arrived, but we may not query it",
        ErrorClass.UNKNOWN,
        "Operations",
        "Search for the reference in the customer's system. If it is there, mark this item as done with proof; if not,"
        " request a resend.",
        _SAFE_PERSON,
    ),
    "booking-collides": Cause(
        "The booking API reports a duplicate, but two lookups did not find it",
        ErrorClass.UNKNOWN,
        "Operations",
        "Search for the reference in the customer's system, including dismissed bookings. If it is there, mark this"
        " item as done with proof; if not, enter it manually.",
        _SAFE_PERSON,
    ),
    "booking-refused": Cause(
        "The booking API rejected the booking",
        ErrorClass.REFUSED,
        "Operations",
        "Enter this booking in the customer's ServiceTitan, then mark it as done.",
        _SAFE_MANUAL,
    ),
    "booking-differs": Cause(
        "It arrived, but later changes cannot be made through the API",
        ErrorClass.REFUSED,
        "Operations",
        "Open the booking in the customer's system, make the change, then mark this item as done with proof.",
        "Your request has arrived; a person is updating its details.",
    ),
    "access-refused": Cause(
        "The booking API denied access",
        ErrorClass.AUTHORIZATION,
        "Customer",
        "Ask the customer's admin to grant the access again. When the connection is activated again, we send all. Or"
        " enter it manually.",
        _SAFE_MANUAL,
    ),
    "booked-by-office": Cause(
        "The contractor booked it",
        "",
        "Operations",
        "Mark this item as done. If the contractor undoes the answer, it is sent when possible.",
        "The request is booked; it is not entered a second time.",
    ),
    "request-excluded": Cause(
        "The request is excluded",
        "",
        "Operations",
        "Cancel this item. It is reopened if the contractor undoes that, or if you include the request again.",
        "The request is excluded; it is not sent.",
    ),
    "not-connected": Cause(
        "There is no active connection",
        ErrorClass.AUTHORIZATION,
        "Customer",
        "Enter this booking in the customer's ServiceTitan, then mark it as done.",
        _SAFE_MANUAL,
    ),
    "capacity-review": Cause(
        "A capacity rule requires a dispatch review",
        ErrorClass.MAPPING,
        "Operations",
        "Ask the dispatcher whether the request can be accepted. Then send it, or enter it manually.",
        "Your request is safe; the dispatcher is reviewing it first.",
    ),
    "field-missing": Cause(
        "A supplied file lacks a field",
        ErrorClass.MAPPING,
        "Customer",
        "Ask for a corrected export, or decide the uncertain rows manually.",
        "Uncertain rows are left out of every figure until a corrected file arrives.",
    ),
    "database-lost": Cause(
        "The database connection was lost briefly",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: it is retried automatically.",
        _SAFE_PASSING,
    ),
    "worker-lost": Cause(
        "A worker stopped while processing it",
        ErrorClass.TRANSIENT,
        "No one yet",
        "Nothing to do: it is retried automatically.",
        _SAFE_PASSING,
    ),
    "worker-lost-often": Cause(
        "Several workers stopped while processing it",
        ErrorClass.UNKNOWN,
        "On call",
        "Complete it manually, mark it as done, and show the item to an engineer.",
        _SAFE_PERSON,
    ),
    "gave-up": Cause(
        "A transient error did not go away",
        ErrorClass.TRANSIENT,
        "Operations",
        "Call the business and mark the item as done, or resend it after the cause is fixed.",
        _SAFE_PERSON,
    ),
    "own-fault": Cause(
        "An internal error",
        ErrorClass.UNKNOWN,
        "On call",
        "Complete it manually, mark it as done, and show the item to an engineer.",
        _SAFE_PERSON,
    ),
    TAKEN_BACK: Cause(
        "A person ended it and undid that",
        "",
        "Operations",
        "Decide again: resend it, or complete it manually. Nothing is sent automatically.",
        _SAFE_PERSON,
    ),
    "done-by-people": Cause(
        "Work of this kind is done by a person",
        "",
        "Operations",
        "Do the work, then mark it as done.",
        "A person does this work.",
    ),
}

UNKNOWN_CAUSE = Cause(
    "An unlisted cause",
    ErrorClass.UNKNOWN,
    "Operations",
    "Read the last error, then complete it manually and mark it as done.",
    _SAFE_PERSON,
)


def cause_of(key: str) -> Cause | None:
    """Return the entry of a key, UNKNOWN_CAUSE for a key that is not listed, and None for an empty key."""
    return CAUSES.get(key, UNKNOWN_CAUSE) if key else None
