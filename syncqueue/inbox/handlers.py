"""Who handles which type and version of event. Apps register in `apps.py`; what is in no list is not recognised."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Came(StrEnum):
    """What came of an event."""

    DONE = "done"
    SUPERSEDED = "superseded"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


@dataclass(frozen=True)
class Handled:
    """What a handler answers: a state and a sentence without personal values."""

    came: Came
    sentence: str


@dataclass(frozen=True)
class Hint:
    """What a handler is given: an event is a hint, never the truth. `found` is what its reader brought."""

    tenant_id: int
    route_id: int
    kind: str
    received_at: datetime
    data: Any
    found: Any = None


#: Called in the tenant's scope, in the transaction that moves the event.
Handler = Callable[[Hint], Handled]
#: Called before, outside any transaction: it may ask the other side. What it raises leaves the event due.
Reader = Callable[[Hint], Any]


@dataclass(frozen=True)
class Handling:
    """How one type and version is handled."""

    handler: Handler
    reader: Reader | None = None


_HANDLERS: dict[tuple[str, str], Handling] = {}


def register(kind: str, version: str, handler: Handler, reader: Reader | None = None) -> None:
    _HANDLERS[kind, version] = Handling(handler, reader)


def handled(kind: str, version: str) -> bool:
    return (kind, version) in _HANDLERS


def handling_of(kind: str, version: str) -> Handling | None:
    return _HANDLERS.get((kind, version))


def known() -> list[tuple[str, str]]:
    return sorted(_HANDLERS)
