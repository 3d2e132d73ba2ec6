"""Rules for the actions that a person can take on an item. The rules are pure; the pages and the services share them.

`why_not` returns a sentence for one action, empty when it is allowed. So a disabled button and a service that refuses
never disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.two_people import why_request_lost

from .causes import ErrorClass
from .models.item import ENDED, NOTICES, UNDOABLE, Kind, State, SyncItem

GATE_CLOSED, MAPPING_MISSING, CAPACITY_REVIEW = "gate-shut", "mapping-missing", "capacity-review"
#: The gates of a closed contractor, which do not open again.
CONTRACT_ENDED = "contract-ended"
LOOKUP_WAITS, LOOKUP_REFUSED = "look-up-waits", "look-up-refused"
#: ServiceTitan refused IDs of the mapping, or access.
MAPPING_REFUSED, ACCESS_REFUSED = "mapping-refused", "access-refused"
#: Causes that a correction of the page binding fixes.
OF_THE_BINDING = (MAPPING_MISSING, MAPPING_REFUSED)

VIEW_ONLY = "Your role can view the queue but not act on it."

#: Kinds that a worker can send. All other work is done by a person.
SENDABLE = (*NOTICES, Kind.BOOKING_REQUEST)


class Move(StrEnum):
    """An action of a person on an item. The value is the name of its route."""

    MANUAL_COMPLETE = "manual-complete"
    RESEND = "resend"
    ASK_RESEND = "ask-resend"
    CANCEL = "cancel"
    UNDO = "undo"
    BINDING = "binding"
    NOT_A_BOT = "not-a-bot"
    EXCLUDE = "exclude"
    TAKE_BACK = "take-back"
    NOTE = "note"


@dataclass(frozen=True)
class Person:
    """The acting person: their id and the abilities of their role."""

    pk: int
    abilities: frozenset[Ability]


def person_of(actor: User) -> Person:
    return Person(actor.pk, frozenset(ability for ability in Ability if actor.can(ability)))


@dataclass(frozen=True)
class Ending:
    """The end of an item by a person: whether it was this person, and how many seconds are left to undo it."""

    by_this_person: bool = False
    seconds_left: int = 0


NO_ENDING = Ending()


@dataclass(frozen=True)
class Facts:
    """The facts about an item and its lead that the rules read."""

    kind: str
    state: str
    cause: str = ""
    error_class: str = ""
    scheduled: bool = True
    bound: bool = False
    asked_by: int | None = None
    has_lead: bool = True
    excluded_as: str = ""
    suspected: bool = False
    ending: Ending = NO_ENDING

    @property
    def gate_closed(self) -> bool:
        return self.cause == GATE_CLOSED or (not self.cause and self.error_class == ErrorClass.GATE_CLOSED)


@dataclass(frozen=True)
class Option:
    """An entry of the page's list of actions. `why` is empty when it is allowed; `key` is its keyboard shortcut."""

    move: Move
    label: str
    why: str
    key: str = ""


def facts_of(item: SyncItem, ending: Ending = NO_ENDING) -> Facts:
    """Return the facts of a loaded item. No query if its lead was loaded with it, and no one requested its resend.

    The request of a person who may no longer make it does not count.
    """
    lead, asked_by = item.lead, item.resend_asked_by_id
    if asked_by is not None and why_request_lost(asked_by, Ability.ACT_ON_QUEUE):
        asked_by = None
    return Facts(
        kind=item.kind,
        state=item.state,
        cause=item.cause,
        error_class=item.error_class,
        scheduled=item.due_at is not None,
        bound=item.binding_id is not None and lead is not None,
        asked_by=asked_by,
        has_lead=lead is not None,
        excluded_as=lead.excluded_as if lead else "",
        suspected=bool(lead and lead.suspected),
        ending=ending,
    )


def why_not(move: Move, on: Facts, who: Person) -> str:
    """Return why `who` cannot take this action now, as a sentence for them; empty when they can."""
    if Ability.ACT_ON_QUEUE not in who.abilities:
        return VIEW_ONLY
    return _RULES[move](on, who)


def possible_moves(on: Facts, who: Person) -> list[Option]:
    """Return every action that applies to this item, in page order, each with the reason if it is not allowed."""
    return [
        Option(move, label_of(move, on), why_not(move, on, who), KEYS.get(move, ""))
        for move in Move
        if _concerns(move, on)
    ]


def label_of(move: Move, on: Facts) -> str:
    """Return the button label."""
    if move == Move.RESEND:
        if on.state == State.RETRYING:
            return "Retry now"
        if on.state == State.UNKNOWN:
            return "Confirm resend"
        if on.cause == CAPACITY_REVIEW:
            return "Send"
    return LABELS[move]


LABELS = {
    Move.MANUAL_COMPLETE: "Mark as done",
    Move.RESEND: "Resend",
    Move.ASK_RESEND: "Request resend",
    Move.CANCEL: "Cancel",
    Move.UNDO: "Undo",
    Move.BINDING: "Correct binding",
    Move.NOT_A_BOT: "Not a bot",
    Move.EXCLUDE: "Exclude request",
    Move.TAKE_BACK: "Include request again",
    Move.NOTE: "Add note",
}

#: Single keys, shown next to the actions and in the page's help.
KEYS = {
    Move.MANUAL_COMPLETE: "m",
    Move.RESEND: "r",
    Move.CANCEL: "c",
    Move.UNDO: "u",
    Move.NOTE: "n",
}

BUSY = "A worker is processing this item. Wait a minute, reload the page, and decide again."


def _concerns(move: Move, on: Facts) -> bool:
    """Return whether the page lists the action; an action that can never apply to the item is not listed."""
    undoable = on.state in UNDOABLE and not on.excluded_as and on.ending.by_this_person and on.ending.seconds_left > 0
    named = {
        Move.ASK_RESEND: on.state == State.UNKNOWN,
        Move.UNDO: undoable,
        Move.BINDING: (on.bound or on.cause in OF_THE_BINDING) and on.cause != CONTRACT_ENDED,
        Move.NOT_A_BOT: on.suspected,
        Move.EXCLUDE: on.has_lead and not on.excluded_as,
        Move.TAKE_BACK: bool(on.excluded_as),
    }
    return named.get(move, True)


def _open(on: Facts, who: Person) -> str:
    if on.state == State.SENDING:
        return BUSY
    if on.state in ENDED:
        return f"This item has already ended as {State(on.state).label}."
    return ""


def _sendable(on: Facts, who: Person) -> str:
    if why := _open(on, who):
        return why
    if on.kind not in SENDABLE:
        return "Work of this kind is done by a person and cannot be sent."
    if on.excluded_as:
        return f"The request is excluded as {on.excluded_as}. Include it again first."
    return ""


def _resend(on: Facts, who: Person) -> str:
    if why := _sendable(on, who):
        return why
    if on.state == State.QUEUED:
        if on.scheduled:
            return "It is already queued and will be sent when it is due."
        return "It is deliberately queued without a time, so it will not be sent. Mark it as done, or cancel it."
    if on.state == State.BLOCKED and on.cause == CONTRACT_ENDED:
        return "The contract has ended, so a resend would be blocked again. Enter it manually, or cancel it."
    if on.state == State.BLOCKED and on.gate_closed:
        return "Automatic sending isn't approved yet, so a resend would be blocked again. Enter it manually."
    return _second_person(on, who) if on.state == State.UNKNOWN else ""


def _second_person(on: Facts, who: Person) -> str:
    """Require two people, because it may have arrived: one who asks, and another who is an operator lead."""
    if on.asked_by is None:
        return "It may have arrived. Request a resend first; then an operator lead other than you must confirm it."
    if on.asked_by == who.pk:
        return "You requested this resend, so another operator lead must confirm it."
    if Ability.SECOND_PERSON not in who.abilities:
        return "It may have arrived. An operator lead must confirm the resend."
    return ""


def _ask_resend(on: Facts, who: Person) -> str:
    if why := _sendable(on, who):
        return why
    if on.state != State.UNKNOWN:
        return "Only an item with an unknown outcome needs a second person."
    if on.asked_by is not None:
        return "A resend has already been requested; another person, an operator lead, must confirm it."
    return ""


def _binding(on: Facts, who: Person) -> str:
    if not on.bound and on.cause not in OF_THE_BINDING:
        return "This item does not belong to a page."
    return _open(on, who)


def _exclude(on: Facts, who: Person) -> str:
    if not on.has_lead:
        return "This item does not belong to a request."
    if on.excluded_as:
        return f"The request is already excluded as {on.excluded_as}."
    return BUSY if on.state == State.SENDING else ""


def _undo(on: Facts, who: Person) -> str:
    if on.state not in UNDOABLE:
        return "There is nothing to undo: no one has ended this item."
    if on.excluded_as:
        return f"The request is excluded as {on.excluded_as}. Include it again instead."
    if not on.ending.by_this_person:
        return "Only the person who ended this item can undo that, within one minute."
    if on.ending.seconds_left <= 0:
        return f"The minute to undo has passed, so it remains {State(on.state).label}. Leave a note if that is wrong."
    return ""


_RULES: dict[Move, Callable[[Facts, Person], str]] = {
    Move.MANUAL_COMPLETE: _open,
    Move.RESEND: _resend,
    Move.ASK_RESEND: _ask_resend,
    Move.CANCEL: _open,
    Move.UNDO: _undo,
    Move.BINDING: _binding,
    Move.NOT_A_BOT: lambda on, who: "" if on.suspected else "This request is not suspected.",
    Move.EXCLUDE: _exclude,
    Move.TAKE_BACK: lambda on, who: "" if on.excluded_as else "The request is not excluded.",
    Move.NOTE: lambda on, who: "",
}
