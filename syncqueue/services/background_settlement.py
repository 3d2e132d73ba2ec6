"""Settling beside the drain: in a thread with a connection of its own, so that a claim does not wait for it."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connections as databases

from ..ports import Arrivals, Result
from .settlement import settle_many


class Aside:
    """One batch at a time. Used by the thread of one drain, and closed by it."""

    def __init__(self, arrivals: Arrivals, *, worker: str) -> None:
        self._arrivals = arrivals
        self._worker = worker
        self._thread: ThreadPoolExecutor | None = None
        self._batch: Future[int] | None = None

    def busy(self) -> bool:
        return self._batch is not None

    def settle(self, results: Sequence[Result]) -> None:
        """Begin with a batch, when none is under way. Its end is an arrival."""
        assert self._batch is None
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="settle")
        self._batch = self._thread.submit(settle_many, results, worker=self._worker)
        self._batch.add_done_callback(lambda _: self._arrivals.put(lambda: None))

    def settled(self) -> int:
        """How many the batch that has just ended settled, 0 while none has; raises what it raised."""
        if self._batch is None or not self._batch.done():
            return 0
        batch, self._batch = self._batch, None
        return batch.result()

    def close(self) -> None:
        """Waits for the batch under way, and ends the connection of the thread."""
        if self._thread is not None:
            self._thread.submit(databases.close_all)
            self._thread.shutdown()
