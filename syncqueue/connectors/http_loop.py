"""The event loop of a worker process, in a thread of its own: made at the first send, kept for the life of the process.

It keeps its connections from item to item and touches no database.
"""

import asyncio
import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import Any

import uvloop
from django.conf import settings

from pagetojob.platform.outbound.addresses import Origin
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.transport import Patience, Transport

Call = Callable[[], Coroutine[Any, Any, None]]
#: Young objects before the collector looks at them. Each booking makes some hundred, and nearly all of them go without
#: it; at its usual 2,000 it looked after every handful of bookings, and a tenth of a worker's time was spent so.
YOUNG = 20_000


class Wire:
    """One loop and its transports, one for each time limit."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._transports: dict[tuple[frozenset[Origin], float], Transport] = {}
        threading.Thread(target=self._loop.run_forever, name="wire", daemon=True).start()

    def window(self, at_once: int) -> "Window":
        return Window(self._loop, at_once)

    async def transport(self, seconds: float) -> Transport:
        """The connections for calls that end within `seconds`. Only from within the loop."""
        place = listed_origins(), seconds
        if place not in self._transports:
            patience = Patience(total=seconds, at_once=2 * settings.SENDS_AT_ONCE)
            # Entering it makes no call and gives no other task a turn.
            self._transports[place] = await Transport(listed=place[0], patience=patience).__aenter__()
        return self._transports[place]


class Window:
    """The calls of one owner: so many at once in the loop, while further ones wait in the order they came.

    So a call that ends makes room for the next at once, although its owner is busy with the database.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, at_once: int) -> None:
        self._loop = loop
        self._at_once = at_once
        self._waiting: deque[tuple[float, Call]] = deque()
        self._tasks: set[asyncio.Future[None]] = set()

    def add(self, calls: Iterable[Call]) -> None:
        """Begin `calls` in the loop, as soon as there is room, and return at once. Each sees to its own faults."""
        now = monotonic()
        self._waiting.extend((now, call) for call in calls)
        self._loop.call_soon_threadsafe(self._fill)

    def take_back(self, *, waited: float = 0.0) -> list[Call]:
        """Calls that have waited so many seconds, or longer, and will not begin any more."""
        back = []
        with suppress(IndexError):
            # Loop and owner both take from the left, in one step each: what one has taken the other never sees.
            while monotonic() - self._waiting[0][0] >= waited:
                back.append(self._waiting.popleft()[1])
        return back

    def _fill(self) -> None:
        with suppress(IndexError):
            while len(self._tasks) < self._at_once:
                _, call = self._waiting.popleft()
                # It begins here, and not in a further round of the loop.
                task: asyncio.Future[None] = asyncio.Task(call(), loop=self._loop, eager_start=True)
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)
        self._fill()


@cache
def _wire_of(process: int) -> Wire:
    # What is loaded by now stays until the process ends: no collection need ever walk it.
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    return Wire()


def wire() -> Wire:
    """The one of this process: a thread does not live on in the child of a fork."""
    return _wire_of(os.getpid())
