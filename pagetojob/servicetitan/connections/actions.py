"""Actions that an operator can take on a connection, what each changes, and why one is not possible. No query.

The page that offers an action and the page that performs it use the same rules, so they never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.models import ConnectionState as S


class Act(StrEnum):
    """An action on a connection. Its value is part of the URL."""

    ASK = "ask"
    WITHDRAW = "withdraw"
    AUTHORIZE = "authorize"
    KEEP = "keep"
    ACTIVATE = "activate"
    PAUSE = "pause"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True)
class Option:
    """An entry in the list of actions. `why` is empty if the action is possible."""

    act: Act
    label: str
    changes: str
    why: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that the rules read: the state, why secrets are refused now, and which needed secrets are missing."""

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
    """Return every action in lifecycle order, with its effect and why it is not possible now."""
    return [Option(act, LABELS[act], CHANGES[act], why_not(act, on)) for act in Act]


def why_not(act: Act, on: Facts) -> str:
    """Return why this action is not possible now, as a sentence; empty if it is."""
    state = S(on.state)
    allowed = state in _KEEPS if act is Act.KEEP else TO[act] in Connection.MOVES[state]
    if not allowed:
        return f"Not now: {_FROM[state]}."
    if act in {Act.KEEP, Act.ACTIVATE} and on.not_admitted:
        return " ".join(("The vault takes no secret for this environment yet.", *on.not_admitted))
    if act is Act.ACTIVATE and on.lacking:
        return f"Not kept yet: {', '.join(on.lacking)}."
    return ""
