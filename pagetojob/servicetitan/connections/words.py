"""Texts for the states of a connection: their meaning, the next step, and the progress diagram. No query."""

from dataclasses import dataclass

from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.models import ConnectionState as S


@dataclass(frozen=True, slots=True)
class Word:
    """Texts for one state: its meaning, and the next step for operators and for customers."""

    means: str
    operator: str
    customer: str


WORDS: dict[str, Word] = {
    S.NOT_CONNECTED: Word(
        "The ServiceTitan admin has not been asked yet, and nothing is stored.",
        "Once partner approval is on file, ask the customer's ServiceTitan admin and record it here.",
        "You have nothing to do. We will tell you when to ask your ServiceTitan admin.",
    ),
    S.AWAITING_APPROVAL: Word(
        "The ServiceTitan admin has been asked and has not allowed access.",
        "Wait for their answer. Record the scopes and modules that they grant.",
        "Your ServiceTitan admin decides. Do not send us any keys by email or chat.",
    ),
    S.AUTHORIZED: Word(
        "The admin granted access; the scopes and modules are on file.",
        "Store the app key, the client id and the client secret, then activate.",
        "You have nothing to do.",
    ),
    S.ACTIVE: Word(
        "The stored secrets may be used by features whose gates are all open.",
        "Nothing. Pause it if in doubt.",
        "You have nothing to do.",
    ),
    S.PAUSED: Word(
        "A person paused it. The stored secrets stay encrypted and are not used.",
        "Find out why it was paused. Activate it again, or disconnect it.",
        "You have nothing to do. If you did not request this, ask us why.",
    ),
    S.LOST: Word(
        "Access no longer works. The stored secrets are not used.",
        "Ask their admin what changed. Record the new authorization, or disconnect it.",
        "Ask your ServiceTitan admin if access was changed, and tell us.",
    ),
    S.DISCONNECTED: Word(
        "The connection has ended. Its secrets are destroyed; the receipt lists them.",
        "Read the receipt. Connecting again starts from scratch.",
        "Read the receipt and complete its steps.",
    ),
}

#: The same states of a connection to our simulator: no ServiceTitan admin is asked, and ServiceTitan grants nothing.
SIMULATED: dict[str, Word] = {
    S.NOT_CONNECTED: Word(
        "The simulator has not been asked for access, and nothing is stored.",
        "Record a simulated request for access. No one at ServiceTitan is asked.",
        "You have nothing to do.",
    ),
    S.AWAITING_APPROVAL: Word(
        "The simulator has been asked for access. No one at ServiceTitan was asked.",
        "Record the scopes and modules that the simulator grants.",
        "You have nothing to do.",
    ),
    S.AUTHORIZED: Word(
        "The simulator granted access; ServiceTitan granted nothing.",
        "Store test values for the app key, the client id and the client secret, then activate.",
        "You have nothing to do.",
    ),
    S.ACTIVE: Word(
        "The stored test secrets may be used for calls to the simulator. No call reaches ServiceTitan.",
        "Nothing. Pause it if in doubt.",
        "You have nothing to do.",
    ),
    S.PAUSED: Word(
        "A person paused the calls to the simulator. The stored test secrets are not used.",
        "Find out why it was paused. Activate it again, or disconnect it.",
        "You have nothing to do. If you did not request this, ask us why.",
    ),
    S.LOST: Word(
        "The simulator refuses calls. The stored test secrets are not used.",
        "Read what the simulator was set to answer. Record the new authorization, or disconnect it.",
        "You have nothing to do.",
    ),
    S.DISCONNECTED: Word(
        "The connection to the simulator has ended. Its test secrets are destroyed; the receipt lists them.",
        "Read the receipt. Connecting again starts from scratch.",
        "You have nothing to do.",
    ),
}


def word_of(row: Connection) -> Word:
    """Return the texts for the connection's state, which never mistake the simulator for ServiceTitan."""
    return _words(simulated=row.is_simulated)[row.state]


def _words(*, simulated: bool) -> dict[str, Word]:
    return SIMULATED if simulated else WORDS


#: States of a connection that goes well, in order. The other three are shown next to them.
_WAY = (S.NOT_CONNECTED, S.AWAITING_APPROVAL, S.AUTHORIZED, S.ACTIVE)
_BESIDE = (S.PAUSED, S.LOST, S.DISCONNECTED)
#: Number of those states that a connection in a side state has certainly passed.
_CAME = {S.PAUSED: 4, S.LOST: 3}


_POSITIONS = {"passed": "passed", "here": "current", "ahead": "not reached", "beside": "does not apply"}
_SIMULATED_POSITIONS = _POSITIONS | {"passed": "passed in the simulator", "here": "current, in the simulator"}


def stages(state: str, *, simulated: bool = False) -> list[dict[str, str]]:
    """Return all seven states in lifecycle order, as the progress diagram shows them.

    Each is passed, current, ahead, or next to the main path.
    """
    words, labels = _words(simulated=simulated), _SIMULATED_POSITIONS if simulated else _POSITIONS
    passed = _WAY.index(S(state)) if state in _WAY else _CAME.get(S(state), 0)
    positions = {item: "passed" if place < passed else "ahead" for place, item in enumerate(_WAY)}
    positions |= dict.fromkeys(_BESIDE, "beside") | {S(state): "here"}
    return [
        {"state": item.value, "means": words[item].means, "position": position, "label": labels[position]}
        for item, position in positions.items()
    ]
