"""Actions that an operator can take on a connection, what each changes, and why one is not possible. No query.

The page that offers an action and the page that performs it use the same rules, so they never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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
class Facts:
    """Facts that the rules read: the state, why secrets are refused now, and which needed secrets are missing.

    A connection to our simulator has no ServiceTitan admin, and its texts name none.
    """

    state: str
    not_admitted: Sequence[str]
    lacking: Sequence[str]
    simulated: bool = False


LABELS = {
    Act.ASK: "Record that their admin was asked",
    Act.WITHDRAW: "Withdraw the access request",
    Act.AUTHORIZE: "Record the authorization",
    Act.KEEP: "Store a secret",
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
    Act.ASK: "The connection waits for their ServiceTitan admin. Nothing is stored and nothing is sent.",
    Act.WITHDRAW: "The connection returns to its state before the request.",
    Act.AUTHORIZE: "The tenant id, scopes and modules replace those on file. "
    "Features stay off until their gates are open.",
    Act.KEEP: "The value is encrypted and never shown again. It replaces a secret of the same kind.",
    Act.ACTIVATE: "Stored secrets may be used, but only by features whose gates are all open.",
    Act.PAUSE: "Sending stops within a second, after the request in flight. Stored secrets stay encrypted.",
    Act.DISCONNECT: "Stored secrets are destroyed immediately, and a receipt is written. This cannot be undone.",
}
_FROM: dict[S, str] = {
    S.NOT_CONNECTED: "their ServiceTitan admin has not been asked yet",
    S.AWAITING_APPROVAL: "their admin has not answered yet",
    S.AUTHORIZED: "it is authorized but not activated",
    S.ACTIVE: "it is active",
    S.PAUSED: "it is paused",
    S.LOST: "access was lost; record the new authorization first",
    S.DISCONNECTED: "it has ended; start a new connection",
}
_SIMULATED_LABELS = LABELS | {
    Act.ASK: "Record the simulated request",
    Act.AUTHORIZE: "Record the simulated authorization",
}
_SIMULATED_CHANGES = CHANGES | {Act.ASK: "The connection waits for the simulator. No one at ServiceTitan is asked."}
_SIMULATED_FROM = _FROM | {
    S.NOT_CONNECTED: "the simulator has not been asked yet",
    S.AWAITING_APPROVAL: "the simulator has not answered yet",
}
_KEEPS = (S.AWAITING_APPROVAL, S.AUTHORIZED, S.ACTIVE, S.PAUSED, S.LOST)


def label_of(act: Act, *, simulated: bool) -> str:
    """Return the name of the action on its button."""
    return (_SIMULATED_LABELS if simulated else LABELS)[act]


def changes_of(act: Act, *, simulated: bool) -> str:
    """Return the effect of the action."""
    return (_SIMULATED_CHANGES if simulated else CHANGES)[act]


def options(on: Facts) -> list[dict[str, Any]]:
    """Return every action in lifecycle order, with its effect and why it is not possible now."""
    return [
        {
            "act": act,
            "label": label_of(act, simulated=on.simulated),
            "changes": changes_of(act, simulated=on.simulated),
            "why": why_not(act, on),
        }
        for act in Act
    ]


def why_not(act: Act, on: Facts) -> str:
    """Return why this action is not possible now, as a sentence; empty if it is."""
    state = S(on.state)
    allowed = state in _KEEPS if act is Act.KEEP else TO[act] in Connection.MOVES[state]
    if not allowed:
        return f"Not available: {(_SIMULATED_FROM if on.simulated else _FROM)[state]}."
    if act in {Act.KEEP, Act.ACTIVATE} and on.not_admitted:
        return " ".join(("The vault does not accept secrets for this environment yet.", *on.not_admitted))
    if act is Act.ACTIVATE and on.lacking:
        return f"Not stored yet: {', '.join(on.lacking)}."
    return ""
