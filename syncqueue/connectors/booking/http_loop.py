"""The event loop in which a worker process makes its calls, and the queue of the calls of one drain."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import Any

from django.conf import settings

from pagetojob.platform.outbound.addresses import Origin
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.transport import Patience, Transport


class HttpLoop:
    """The event loop of a worker process, in its own thread, and its transports, one per time limit.

    Created at the first send; it lives until the process ends, with its connections. It touches no database.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._transports: dict[tuple[frozenset[Origin], float], Transport] = {}
        threading.Thread(target=self.loop.run_forever, name="http-loop", daemon=True).start()

    async def transport(self, seconds: float) -> Transport:
        """Return the transport for calls that end within `seconds`. Only from within the loop."""
        place = listed_origins(), seconds
        if place not in self._transports:
            patience = Patience(total=seconds, at_once=2 * settings.SENDS_AT_ONCE)
            # Entering it makes no call and does not yield to other tasks.
            self._transports[place] = await Transport(listed=place[0], patience=patience).__aenter__()
        return self._transports[place]


@cache
def _http_loop_of(_process: int) -> HttpLoop:
    return HttpLoop()


def http_loop() -> HttpLoop:
    """Return the loop of this process: threads do not survive a fork."""
    return _http_loop_of(os.getpid())


class CallQueue[T]:
    """The calls of one drain: a limited number run in the loop; others wait in order.

    So the next call starts as soon as one ends, even if the drain is busy with the database.
    """

    def __init__(self, http: HttpLoop, at_once: int, call: Callable[[T], Any]) -> None:
        self._loop = http.loop
        self._at_once = at_once
        self._call = call
        self._waiting: deque[tuple[float, T]] = deque()
        self._tasks: set[asyncio.Future[None]] = set()

    def add(self, works: Iterable[T]) -> None:
        """Queue `works` for the loop, to start when there is capacity, and return at once."""
        now = monotonic()
        self._waiting.extend((now, work) for work in works)
        self._loop.call_soon_threadsafe(self._fill)

    def take_back(self, *, waited: float = 0.0) -> list[T]:
        """Return the works that have waited at least this many seconds; their calls will not start any more."""
        back = []
        with suppress(IndexError):
            # Loop and drain both pop from the left atomically, so no call is taken twice.
            while monotonic() - self._waiting[0][0] >= waited:
                back.append(self._waiting.popleft()[1])
        return back

    def _fill(self) -> None:
        with suppress(IndexError):
            while len(self._tasks) < self._at_once:
                _, work = self._waiting.popleft()
                # It starts here, instead of in the next iteration of the loop.
                task: asyncio.Future[None] = asyncio.Task(self._call(work), loop=self._loop, eager_start=True)
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)
        self._fill()
