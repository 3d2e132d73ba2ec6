"""What the code that claims and settles asks of the code that delivers. Types alone.

The main thread of a worker claims, reads and settles; whatever waits for somebody else runs in another thread, and
touches no database there. What comes of it lies in `Arrivals` until the main thread looks.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol

from .models.item import Kind, SyncItem
from .outcomes import Outcome

#: One entry is a call without arguments that the main thread makes: it puts down what came of something.
Arrivals = SimpleQueue[Callable[[], Any]]
Result = tuple[SyncItem, Outcome]


@dataclass(frozen=True)
class Later:
    """The part of a try that needs no database and may take long."""

    work: Callable[[], Outcome]


Connector = Callable[[SyncItem], Outcome | Later]


@dataclass(frozen=True)
class Mark:
    """What is written in the row of an item that is sent right after its claim (`fence`)."""

    envelope: dict[str, Any]
    sent_to: str


class Handover(Protocol):
    """Many items of one kind under way at once. Made for one drain; used by its thread alone."""

    def plan(self, items: Sequence[SyncItem]) -> Mapping[int, Mark]:
        """Marks by id for those that can be sent at once. Called in the transaction that claims `items`; only reads."""
        ...

    def take(self, items: Sequence[SyncItem]) -> None:
        """Begin with claimed items. A fault of one is its own outcome and never stops the others."""
        ...

    def results(self) -> list[Result]:
        """What has ended since the last call. A step that waited for the main thread is made here."""
        ...

    def waiting(self) -> int:
        """How many of them wait for the access to their account, and so make no call yet."""
        ...

    def late(self) -> list[SyncItem]:
        """Let go of items that were claimed ahead and for which no room came in time. Nothing of them was sent."""
        ...

    def hand_back(self) -> list[SyncItem]:
        """Let go of the items of which nothing has begun to leave the house, and of marks that are not true then."""
        ...

    def under_way(self) -> Mapping[int, int]:
        """How many items it holds, by tenant."""
        ...


@dataclass(frozen=True)
class Connectors:
    """`one` makes one try for an item of any kind but `kinds`, which `many` opens a handover for."""

    one: Connector
    many: Callable[[Arrivals], Handover]
    kinds: Collection[Kind]
