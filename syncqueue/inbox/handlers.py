"""Registry of event handlers by type and version. Apps register in `apps.py`; other types are not recognized."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Came(StrEnum):
    """The result of handling an event."""

    DONE = "done"
    SUPERSEDED = "superseded"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


@dataclass(frozen=True)
class Handled:
    """A handler's answer: a state and a sentence without personal values."""

    came: Came
    sentence: str


@dataclass(frozen=True)
class Hint:
    """A handler's input: an event is a hint, never the truth. `found` is the result of its reader."""

    tenant_id: int
    route_id: int
    kind: str
    received_at: datetime
    data: Any
    found: Any = None


#: Called in the tenant's scope, in the transaction that changes the event's state.
Handler = Callable[[Hint], Handled]
#: Called before, outside any transaction: it may call the other side. An exception leaves the event due.
Reader = Callable[[Hint], Any]


@dataclass(frozen=True)
class Handling:
    """The handler and the reader of one type and version."""

    handler: Handler
    reader: Reader | None = None
    #: Way to detect a missed event; empty if it has no effect that could be missed.
    missed: str = ""


_HANDLERS: dict[tuple[str, str], Handling] = {}


def register(kind: str, version: str, handler: Handler, reader: Reader | None = None, *, missed: str = "") -> None:
    _HANDLERS[kind, version] = Handling(handler, reader, missed)


def ways_to_find_missed() -> dict[str, list[str]]:
    """Return the types of events by the way to detect missed events."""
    ways: dict[str, list[str]] = {}
    for (kind, _), handling in sorted(_HANDLERS.items()):
        if handling.missed:
            ways.setdefault(handling.missed, []).append(kind)
    return ways


def handled(kind: str, version: str) -> bool:
    return (kind, version) in _HANDLERS


def handling_of(kind: str, version: str) -> Handling | None:
    return _HANDLERS.get((kind, version))
