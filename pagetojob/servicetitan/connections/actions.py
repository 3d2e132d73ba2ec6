"""Which moves an operator can make on a connection, what each changes, and why not. No query.

The page that offers a move and the page that makes it ask the same question, so they never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.models import ConnectionState as S


class Act(StrEnum):
    """What a person can do to a connection. The value stands in its address."""

    ASK = "ask"
    WITHDRAW = "withdraw"
    AUTHORIZE = "authorize"
    KEEP = "keep"
    ACTIVATE = "activate"
    PAUSE = "pause"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True)
class Option:
    """One line of the list of moves. `why` is empty when it can be made."""

    act: Act
    label: str
    changes: str
    why: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules read: the state, what keeps secrets out now, and which needed kinds are not kept."""

    state: str
    not_admitted: Sequence[str]
    lacking: Sequence[str]


LABELS = {
    Act.ASK: "Note that their admin was asked",
    Act.WITHDRAW: "Note that nobody is asked any more",
    Act.AUTHORIZE: "Record the authorization",
    Act.KEEP: "Keep a secret",
    Act.ACTIVATE: "Activate",
    Act.PAUSE: "Pause",
    Act.DISCONNECT: "Disconnect",
}
TO = {
    Act.ASK: S.AWAITING_APPROVAL,
    Act.WITHDRAW: S.NOT_CONNECTED,
    Act.AUTHORIZE: S.AUTHORIZED,
    Act.ACTIVATE: S.ACTIVE,
    Act.PAUSE: S.PAUSED,
    Act.DISCONNECT: S.DISCONNECTED,
}
CHANGES = {
    Act.ASK: "It waits for their ServiceTitan admin. Nothing is kept and nothing is sent.",
    Act.WITHDRAW: "It is as it was before anybody was asked.",
    Act.AUTHORIZE: "The tenant id, the scopes and the modules take the place of what is on file. "
    "Features stay off until their gates are open.",
    Act.KEEP: "The value is sealed and never shown again. One of the same kind is replaced.",
    Act.ACTIVATE: "What is kept may be used, by features whose gates are all open and by no other.",
    Act.PAUSE: "Whatever is sending stops within a second, plus the request in flight. What is kept stays sealed.",
    Act.DISCONNECT: "What is kept is destroyed at once, and a receipt is written. This cannot be undone.",
}
_FROM: dict[S, str] = {
    S.NOT_CONNECTED: "nobody at ServiceTitan has been asked yet",
    S.AWAITING_APPROVAL: "their admin has not answered yet",
    S.AUTHORIZED: "it is authorized and has not been activated",
    S.ACTIVE: "it is active",
    S.PAUSED: "it is paused",
    S.LOST: "access was lost; record the new authorization first",
    S.DISCONNECTED: "it is over; begin a new connection",
}
_KEEPS = (S.AWAITING_APPROVAL, S.AUTHORIZED, S.ACTIVE, S.PAUSED, S.LOST)


def options(on: Facts) -> list[Option]:
    """Every move, in the order of a life, each with what it changes and why it cannot be made now."""
    return [Option(act, LABELS[act], CHANGES[act], why_not(act, on)) for act in Act]


def why_not(act: Act, on: Facts) -> str:
    """Why this cannot be done now, as a sentence; empty when it can."""
    state = S(on.state)
    allowed = state in _KEEPS if act is Act.KEEP else TO[act] in Connection.MOVES[state]
    if not allowed:
        return f"Not now: {_FROM[state]}."
    if act in {Act.KEEP, Act.ACTIVATE} and on.not_admitted:
        return " ".join(("The vault takes no secret for this environment yet.", *on.not_admitted))
    if act is Act.ACTIVATE and on.lacking:
        return f"Not kept yet: {', '.join(on.lacking)}."
    return ""
