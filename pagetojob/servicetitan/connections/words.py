"""Texts for the states of a connection: their meaning, the next step, and the progress diagram. No query."""

from dataclasses import dataclass

from pagetojob.servicetitan.vault.models import ConnectionState as S


@dataclass(frozen=True, slots=True)
class Word:
    """Texts for one state: its meaning, and the next step for operators and for customers."""

    means: str
    operator: str
    customer: str


WORDS: dict[str, Word] = {
    S.NOT_CONNECTED: Word(
        "Nobody at ServiceTitan has been asked yet, and nothing is kept.",
        "Ask the customer's ServiceTitan admin once partner approval is on file, and note it here.",
        "You have nothing to do. We tell you when your ServiceTitan admin can be asked.",
    ),
    S.AWAITING_APPROVAL: Word(
        "The ServiceTitan admin has been asked and has not allowed access.",
        "Wait for their answer. Record the scopes and modules they allow.",
        "Your ServiceTitan admin decides. Do not send us any keys by e-mail or chat.",
    ),
    S.AUTHORIZED: Word(
        "The admin allowed access; the scopes and modules are on file.",
        "Keep the app key, the client id and the client secret, then activate.",
        "You have nothing to do.",
    ),
    S.ACTIVE: Word(
        "What is kept may be used by each feature whose gates are all open.",
        "Nothing. Pause it whenever you are in doubt.",
        "You have nothing to do.",
    ),
    S.PAUSED: Word(
        "A person stopped it. What is kept stays sealed and is not used.",
        "Find out why it was paused. Activate it again, or disconnect it.",
        "You have nothing to do. Ask us why, if you did not ask for it.",
    ),
    S.LOST: Word(
        "We found that access no longer works. Nothing is used.",
        "Ask their admin what changed. Record the new authorization, or disconnect it.",
        "Ask your ServiceTitan admin whether the access was changed, and tell us.",
    ),
    S.DISCONNECTED: Word(
        "It is over. What was kept is destroyed, and the receipt says what that was.",
        "Read the receipt. Connecting again begins anew.",
        "Read the receipt and do what it asks for.",
    ),
}

#: States of a connection that goes well, in order. The other three are shown next to them.
_WAY = (S.NOT_CONNECTED, S.AWAITING_APPROVAL, S.AUTHORIZED, S.ACTIVE)
_BESIDE = (S.PAUSED, S.LOST, S.DISCONNECTED)
#: Number of those states that a connection in a side state has certainly passed.
_CAME = {S.PAUSED: 4, S.LOST: 3}


@dataclass(frozen=True, slots=True)
class Stage:
    """A state in the progress diagram: passed, current, ahead, or next to the main path."""

    state: str
    means: str
    standing: str

    @property
    def said(self) -> str:
        return {"passed": "passed", "here": "it is here", "ahead": "not reached", "beside": "not so"}[self.standing]


def stages(state: str) -> list[Stage]:
    """Return all seven states in lifecycle order, marked relative to `state`."""
    passed = _WAY.index(S(state)) if state in _WAY else _CAME.get(S(state), 0)
    way = [
        Stage(one.value, WORDS[one].means, "here" if one == state else "passed" if place < passed else "ahead")
        for place, one in enumerate(_WAY)
    ]
    return way + [Stage(one.value, WORDS[one].means, "here" if one == state else "beside") for one in _BESIDE]
