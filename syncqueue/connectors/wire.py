"""The event loop of a worker process, in a thread of its own: made at the first send, kept for the life of the process.

It keeps its connections from item to item and touches no database.
"""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterable
from functools import cache

from django.conf import settings

from pagetojob.kernel.gateway.addresses import Origin
from pagetojob.kernel.gateway.listed import listed_origins
from pagetojob.kernel.gateway.transport import Patience, Transport

Call = Callable[[], Awaitable[None]]


class Wire:
    """One loop and its transports, one for each time limit."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Future[None]] = set()
        self._transports: dict[tuple[frozenset[Origin], float], Transport] = {}
        threading.Thread(target=self._loop.run_forever, name="wire", daemon=True).start()

    def start(self, calls: Iterable[Call]) -> None:
        """Begin all of `calls` in the loop and return at once. Each sees to its own faults."""
        self._loop.call_soon_threadsafe(self._start, list(calls))

    def _start(self, calls: list[Call]) -> None:
        for call in calls:
            task = asyncio.ensure_future(call())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def transport(self, seconds: float) -> Transport:
        """The connections for calls that end within `seconds`. Only from within the loop."""
        place = listed_origins(), seconds
        if place not in self._transports:
            patience = Patience(total=seconds, at_once=2 * settings.SENDS_AT_ONCE)
            # Entering it makes no call and gives no other task a turn.
            self._transports[place] = await Transport(listed=place[0], patience=patience).__aenter__()
        return self._transports[place]


@cache
def _wire_of(process: int) -> Wire:
    return Wire()


def wire() -> Wire:
    """The one of this process: a thread does not live on in the child of a fork."""
    return _wire_of(os.getpid())
