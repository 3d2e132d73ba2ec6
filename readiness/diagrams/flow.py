"""Diagram of the data flow: where a visitor's request goes, and where it stops."""

from collections.abc import Sequence
from dataclasses import dataclass

from .shapes import LABEL_ROOM, Arrow, Box, Diagram, Type, Words, box, frame

_LEFT, _RIGHT, _ACROSS, _WHOLE = 12, 188, 160, 336


@dataclass(frozen=True, slots=True)
class Record:
    """A record that is written in the commit, with its title and a note."""

    title: str
    note: str


def flow_diagram(records: Sequence[Record], *, gates: int, closed: int) -> Diagram:
    """Draw the flow from the visitor to the business, with ServiceTitan behind its gates.

    `records` are written in one commit, `gates` is the number of gates for the handoff, and `closed` is how many of
    them are closed. The last arrow is always drawn as broken, because the sender behind the gates is not released for a
    live account.
    """
    visitor = box(_LEFT, 12, _WHOLE, "Visitor", "sends a request on the contractor's site")
    form = box(_LEFT, visitor.bottom + 30, _WHOLE, "Our form", "responds once the commit below is done", tone="info")
    rows = _stacked(records, form.bottom + 30 + LABEL_ROOM)
    commit = frame(rows, "PostgreSQL, in one commit", x=_LEFT, width=_WHOLE)
    worker = box(_LEFT, commit.bottom + 30, _WHOLE, "Worker", "claims due items in the background", tone="info")
    mail = box(_LEFT, worker.bottom + 34, _ACROSS, "Business email", "sent at least once", tone="good")
    barred = f"{closed} of {gates} gates closed" if closed else f"{gates} gates open"
    barrier = box(_RIGHT, mail.y, _ACROSS, barred, "for the handoff by API", tone="stop" if closed else "good")
    top = max(mail.bottom, barrier.bottom) + 44
    person = box(_LEFT, top, _ACROSS, "A person", "enters the booking manually", tone="held")
    beyond = box(_RIGHT, top, _ACROSS, "ServiceTitan", "no API call is made", tone="shut")
    stop = "built, closed" if closed else "not released"
    boxes = (commit, visitor, form, *rows, worker, mail, barrier, person, beyond)
    return Diagram(
        slug="flow",
        title="Data flow of a request, and where it stops",
        text=(
            "A visitor's request goes through our form into one commit in PostgreSQL, which stores "
            f"{', '.join(record.title.lower() for record in records)}. A worker emails the business. The path to "
            f"ServiceTitan's API has {gates} gates, and {closed} of them are closed. The sender behind them is built, "
            "has run only against our simulator, and is not released for a live account. A person enters the booking."
        ),
        height=max(person.bottom, beyond.bottom) + 12,
        boxes=boxes,
        arrows=(
            _down(visitor, form, "person"),
            _down(form, commit),
            _down(commit, worker),
            _down(worker, mail),
            _down(worker, barrier),
            _down(barrier, beyond, "shut"),
            _down(mail, person, "person"),
            Arrow(((person.right, person.middle), (beyond.x, person.middle)), "person"),
        ),
        words=(Words(barrier.centre - 14, (barrier.bottom + beyond.y) // 2 + 4, stop, Type.NOTE, "end"),),
    )


def _stacked(records: Sequence[Record], top: int) -> list[Box]:
    made: list[Box] = []
    for record in records:
        made.append(box(_LEFT + 12, top, _WHOLE - 24, record.title, record.note))
        top = made[-1].bottom + 10
    return made


def _down(upper: Box, lower: Box, sort: str = "machine") -> Arrow:
    """Return a vertical arrow through the center of the narrower box."""
    at = min(upper, lower, key=lambda shape: shape.width).centre
    return Arrow(((at, upper.bottom), (at, lower.y)), sort)
