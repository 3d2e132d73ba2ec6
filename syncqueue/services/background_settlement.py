"""Settles results in a second thread with its own connection, so that a claim does not wait for it."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connections as databases

from ..ports import Arrivals, Result
from .settlement import settle_many


class BackgroundSettlement:
    """The settling thread of one drain; settles one batch at a time. The drain closes it."""

    def __init__(self, arrivals: Arrivals, *, worker: str) -> None:
        self._arrivals = arrivals
        self._worker = worker
        self._thread: ThreadPoolExecutor | None = None
        self._batch: Future[int] | None = None

    def busy(self) -> bool:
        return self._batch is not None

    def settle(self, results: Sequence[Result]) -> None:
        """Start settling a batch; none may be in progress. Its end is queued as an arrival."""
        assert self._batch is None
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="settle")
        self._batch = self._thread.submit(settle_many, results, worker=self._worker)
        self._batch.add_done_callback(lambda _: self._arrivals.put(lambda: None))

    def settled(self) -> int:
        """Return how many items the finished batch settled, 0 if none has finished; re-raise its exception."""
        if self._batch is None or not self._batch.done():
            return 0
        batch, self._batch = self._batch, None
        return batch.result()

    def close(self) -> None:
        """Wait for the batch in progress and close the thread's connection."""
        if self._thread is not None:
            self._thread.submit(databases.close_all)
            self._thread.shutdown()
