"""Diagram of a queue item's states, drawn from the table of transitions."""

from collections.abc import Collection, Mapping

from .shapes import LABEL_ROOM, Arrow, Box, Diagram, Type, Words, box, frame

Moves = Mapping[str, Collection[str]]
Pair = tuple[str, str]

QUEUED, SENDING, RETRYING, DELIVERED, UNKNOWN = "queued", "sending", "retrying", "delivered", "unknown"
STOPPED = ("needs review", "blocked", UNKNOWN)
ENDED = ("manual complete", "cancelled")
_LABELS = {"cancelled": "canceled"}
#: Groups of states in one frame. An arrow that all of them share is drawn once.
GROUPS = {"stopped": STOPPED, "ended": ENDED}
_LEFT, _RIGHT, _ACROSS, _RIM = 18, 190, 154, 6
_TONES = {
    QUEUED: "info",
    SENDING: "info",
    RETRYING: "warn",
    "needs review": "warn",
    "blocked": "stop",
    UNKNOWN: "stop",
    DELIVERED: "good",
    "manual complete": "held",
}


def by_machine(source: str, target: str) -> bool:
    """Return whether a worker makes this transition. People end items, undo that, and requeue a stopped item."""
    again = source in STOPPED and target == QUEUED
    return not (again or source in ENDED or target in ENDED)


def collapsed(moves: Moves) -> list[Pair]:
    """Return the arrows to draw: one for a whole group if all its states share it."""
    arrows = {(source, target) for source, targets in moves.items() for target in targets}
    for name, members in GROUPS.items():
        for source in [*moves, *GROUPS]:
            if arrows >= (into := {(source, member) for member in members}):
                arrows = arrows - into | {(source, name)}
    for name, members in GROUPS.items():
        for target in [*moves, *GROUPS]:
            if arrows >= (out := {(member, target) for member in members}):
                arrows = arrows - out | {(name, target)}
    return sorted(arrows)


def expanded(arrows: Collection[Pair]) -> set[Pair]:
    """Return the single transitions that the drawn arrows represent."""
    return {
        (state, other)
        for source, target in arrows
        for state in GROUPS.get(source, (source,))
        for other in GROUPS.get(target, (target,))
    }


def queue_diagram(moves: Moves) -> Diagram:
    """Draw the nine states and every arrow of `moves` that has a route below. A test checks that none is missing."""
    places = _places()
    routes = _routes(places)
    arrows = [
        Arrow(routes[pair], "machine" if all(by_machine(*single) for single in expanded([pair])) else "person")
        for pair in collapsed(moves)
        if pair in routes
    ]
    stopped, ended = places["stopped"], places["ended"]
    undo = Words(stopped.x - 8, (stopped.bottom + ended.y) // 2 + 4, "undo within a minute", Type.NOTE, "end")
    return Diagram(
        slug="queue",
        title="States of a queue item",
        text=(
            "An item starts as queued. A worker sends it, and the attempt ends as delivered, as retrying, or stopped "
            "for a person as needs review, blocked or unknown. A person resends a stopped item or ends it manually. "
            "The table below lists every transition."
        ),
        height=ended.bottom + 12,
        boxes=tuple(places.values()),
        arrows=tuple(arrows),
        words=(undo,) if ("ended", "stopped") in collapsed(moves) else (),
    )


def _places() -> dict[str, Box]:
    """Return the box of every state and frame."""

    def state(word: str, x: int, y: int) -> Box:
        return box(x, y, _ACROSS, _LABELS.get(word, word), tone=_TONES.get(word, "plain"))

    made = {QUEUED: state(QUEUED, _RIGHT, 12)}
    made[SENDING] = state(SENDING, _RIGHT, made[QUEUED].bottom + 34)
    made[RETRYING] = state(RETRYING, _LEFT, made[SENDING].y)
    top = made[SENDING].bottom + 40 + LABEL_ROOM
    for word in STOPPED:
        made[word] = state(word, _RIGHT, top)
        top = made[word].bottom + 10
    made[DELIVERED] = state(DELIVERED, _LEFT, made[UNKNOWN].y)
    made["stopped"] = frame(
        [made[word] for word in STOPPED], "a person decides", x=_RIGHT - _RIM, width=_ACROSS + 2 * _RIM
    )
    top = made["stopped"].bottom + 44 + LABEL_ROOM
    for word, x in zip(ENDED, (_LEFT, _RIGHT), strict=True):
        made[word] = state(word, x, top)
    inside = [made[word] for word in ENDED]
    made["ended"] = frame(inside, "ended by a person", x=_LEFT - _RIM, width=_RIGHT + _ACROSS - _LEFT + 2 * _RIM)
    return dict(sorted(made.items(), key=lambda item: not item[1].frame))


def _routes(at: Mapping[str, Box]) -> dict[Pair, tuple[tuple[int, int], ...]]:
    """Return the points of each arrow. No arrow crosses a box."""
    queued, sending, retrying, delivered = at[QUEUED], at[SENDING], at[RETRYING], at[DELIVERED]
    stopped, ended, unknown = at["stopped"], at["ended"], at[UNKNOWN]
    trunk, back = 4, 356
    branch = sending.bottom + 20
    return {
        (QUEUED, SENDING): ((sending.centre - 8, queued.bottom), (sending.centre - 8, sending.y)),
        (SENDING, QUEUED): ((sending.centre + 8, sending.y), (sending.centre + 8, queued.bottom)),
        (SENDING, RETRYING): ((sending.x, sending.middle - 7), (retrying.right, sending.middle - 7)),
        (RETRYING, SENDING): ((retrying.right, sending.middle + 7), (sending.x, sending.middle + 7)),
        (SENDING, "stopped"): ((sending.centre, sending.bottom), (sending.centre, stopped.y)),
        (SENDING, DELIVERED): (
            (sending.x + 20, sending.bottom),
            (sending.x + 20, branch),
            (delivered.centre, branch),
            (delivered.centre, delivered.y),
        ),
        (UNKNOWN, DELIVERED): ((unknown.x, unknown.middle), (delivered.right, unknown.middle)),
        ("stopped", QUEUED): (
            (stopped.right, stopped.middle),
            (back, stopped.middle),
            (back, queued.middle),
            (queued.right, queued.middle),
        ),
        ("stopped", "ended"): ((stopped.centre - 8, stopped.bottom), (stopped.centre - 8, ended.y)),
        ("ended", "stopped"): ((stopped.centre + 8, ended.y), (stopped.centre + 8, stopped.bottom)),
        (QUEUED, "ended"): (
            (queued.x, queued.middle),
            (trunk, queued.middle),
            (trunk, ended.middle),
            (ended.x, ended.middle),
        ),
        (RETRYING, "ended"): (
            (retrying.x, retrying.middle),
            (trunk, retrying.middle),
            (trunk, ended.middle),
            (ended.x, ended.middle),
        ),
    }
