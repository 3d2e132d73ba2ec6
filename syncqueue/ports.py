"""Interfaces between the code that claims and settles and the code that delivers. Types only.

A worker's main thread claims, reads and settles. Anything that waits for the network runs in another thread, which does
not touch the database. Its results are queued in `Arrivals` for the main thread.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol

from .models.item import Kind, SyncItem
from .outcomes import Outcome

#: Queue of callbacks without arguments, run on the main thread to record results.
Arrivals = SimpleQueue[Callable[[], Any]]
Result = tuple[SyncItem, Outcome]


@dataclass(frozen=True)
class Later:
    """The part of an attempt that needs no database and may take long."""

    work: Callable[[], Outcome]


Connector = Callable[[SyncItem], Outcome | Later]


@dataclass(frozen=True)
class SendIntent:
    """The send intent stored in the row of an item that is sent right after its claim."""

    envelope: dict[str, Any]
    sent_to: str


class Handover(Protocol):
    """Sends many items of one kind concurrently. Created for one drain; used only by its thread."""

    def plan(self, items: Sequence[SyncItem]) -> Mapping[int, SendIntent]:
        """Return send intents by id for items that can be sent at once. Runs in the claim's transaction; reads only."""
        ...

    def take(self, items: Sequence[SyncItem]) -> None:
        """Start claimed items. An error of one item becomes its own outcome and never stops the others."""
        ...

    def results(self) -> list[Result]:
        """Return the items finished since the last call. Runs the steps that waited for the main thread."""
        ...

    def waiting(self) -> int:
        """Return how many items wait for an access token and so make no call yet."""
        ...

    def release_late(self) -> list[SyncItem]:
        """Release items that were claimed early and got no slot in time. Nothing of them was sent."""
        ...

    def release_unstarted(self) -> list[SyncItem]:
        """Release the items whose calls have not begun, and clear their send intents."""
        ...

    def under_way(self) -> Mapping[int, int]:
        """Return how many items it holds, by tenant."""
        ...


@dataclass(frozen=True)
class Connectors:
    """The connectors of a worker.

    `one` makes one attempt for an item of any kind not in `kinds`; `many` opens a Handover for the kinds in `kinds`.
    """

    one: Connector
    many: Callable[[Arrivals], Handover] | None = None
    kinds: Collection[Kind] = ()
