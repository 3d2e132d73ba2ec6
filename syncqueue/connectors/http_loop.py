"""The HTTP event loop of a worker process, in its own thread: created at the first send, kept until the process ends.

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
#: Young objects before the garbage collector runs. Each booking creates about a hundred, and nearly all are freed
#: without it; at the default of 2,000 it ran after every few bookings and used a tenth of a worker's time.
YOUNG = 20_000


class HttpLoop:
    """An event loop and its transports, one per time limit."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._transports: dict[tuple[frozenset[Origin], float], Transport] = {}
        threading.Thread(target=self._loop.run_forever, name="wire", daemon=True).start()

    def window(self, at_once: int) -> "Window":
        return Window(self._loop, at_once)

    async def transport(self, seconds: float) -> Transport:
        """Return the transport for calls that end within `seconds`. Only from within the loop."""
        place = listed_origins(), seconds
        if place not in self._transports:
            patience = Patience(total=seconds, at_once=2 * settings.SENDS_AT_ONCE)
            # Entering it makes no call and does not yield to other tasks.
            self._transports[place] = await Transport(listed=place[0], patience=patience).__aenter__()
        return self._transports[place]


class Window:
    """The calls of one owner: a limited number run in the loop; others wait in order.

    So the next call starts as soon as one ends, even if the owner is busy with the database.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, at_once: int) -> None:
        self._loop = loop
        self._at_once = at_once
        self._waiting: deque[tuple[float, Call]] = deque()
        self._tasks: set[asyncio.Future[None]] = set()

    def add(self, calls: Iterable[Call]) -> None:
        """Queue `calls` for the loop, to start when there is capacity, and return at once. Each handles its own
        errors.
        """
        now = monotonic()
        self._waiting.extend((now, call) for call in calls)
        self._loop.call_soon_threadsafe(self._fill)

    def take_back(self, *, waited: float = 0.0) -> list[Call]:
        """Return the calls that have waited at least this many seconds; they will not start any more."""
        back = []
        with suppress(IndexError):
            # Loop and owner both pop from the left atomically, so a call is never taken twice.
            while monotonic() - self._waiting[0][0] >= waited:
                back.append(self._waiting.popleft()[1])
        return back

    def _fill(self) -> None:
        with suppress(IndexError):
            while len(self._tasks) < self._at_once:
                _, call = self._waiting.popleft()
                # It starts here, instead of in the next iteration of the loop.
                task: asyncio.Future[None] = asyncio.Task(call(), loop=self._loop, eager_start=True)
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)
        self._fill()


@cache
def _http_loop_of(process: int) -> HttpLoop:
    # Objects loaded so far stay until the process ends, so the collector need never scan them.
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    return HttpLoop()


def http_loop() -> HttpLoop:
    """Return the loop of this process: threads do not survive a fork."""
    return _http_loop_of(os.getpid())
