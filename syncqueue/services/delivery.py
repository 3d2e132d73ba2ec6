"""The drain: the loop of a worker, from the claim of due items to the settlement of their outcomes.

Its thread claims, reads and settles; network waits run in other threads, and no transaction is open during a call.
Bookings are sent concurrently, every other kind one at a time. A lease and a version ensure that each attempt is
settled once, by the worker that made it.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty

from django.conf import settings

from pagetojob.platform import states
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope

from ..lanes import KIND_ORDER, anything_due, claim, requeue_unstarted
from ..models import Kind, SyncItem
from ..outcomes import Outcome, database_lost, internal_error
from ..ports import Arrivals, Connector, Connectors, Later, Result
from .prefetch import PrefetchBuffer
from .recovery import recover, sweep_leases
from .settlement import settle, settle_many

__all__ = ["claim", "drain", "recover", "requeue_unstarted", "settle", "settle_many", "sweep_leases"]

#: A claim may find all lanes locked by other workers' claims, so a drain keeps asking for this long.
PATIENCE_SECONDS = 0.5
ASK_AGAIN_SECONDS = 0.01
#: Notices sent at once. After an outage many wait, and each waits for its mail server.
NOTICES_AT_ONCE = 8
#: The longest wait for a result, and the interval between claims that find none of these kinds.
WAIT_SECONDS = 0.05
#: That interval while something is running: a check costs it as much as a claim.
WAIT_WHILE_BUSY_SECONDS = 0.25
#: Under load, results are awaited together for this long, because every settlement costs about the same.
GATHER_SECONDS = 0.01
#: A lane gets at most 1/4 of the slots, so that a slow one leaves capacity for the others.
MOST_OF_SLOTS = 4
log = logging.getLogger(__name__)


def drain(deliver: Connector | Connectors, *, worker: str, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Process due items until none is left or the time budget is spent; return how many were settled.

    First requeues the items of processes known to have ended. When asked to stop, it claims no more, releases the items
    whose calls have not begun, and waits for the others.
    """
    recover(worker=worker)
    connectors = deliver if isinstance(deliver, Connectors) else Connectors(one=deliver)
    return Drain(connectors, worker=worker, should_stop=should_stop).run()


class Drain:
    """The work started by one wake-up. Used once, by one thread."""

    def __init__(self, connectors: Connectors, *, worker: str, should_stop: Callable[[], bool]) -> None:
        self._worker = worker
        self._should_stop = should_stop
        self._arrivals: Arrivals = Arrivals()
        self._one = connectors.one
        self._many = connectors.many(self._arrivals) if connectors.many else None
        self._many_kinds = [kind for kind in KIND_ORDER if kind in connectors.kinds]
        self._one_kinds = [kind for kind in KIND_ORDER if kind not in connectors.kinds]
        self._notice_threads = ThreadPoolExecutor(NOTICES_AT_ONCE, thread_name_prefix="notice")
        self._notices_under_way = 0
        #: Kinds of the notices that were started since none was under way. All are equal.
        self._batch: list[Kind] = []
        self._ended: list[Result] = []
        self._claim_many_at = self._claim_one_at = 0.0
        self._buffer = PrefetchBuffer(slots=settings.SENDS_AT_ONCE)

    def run(self) -> int:
        """Run until nothing is due or the budget is spent; return how many items were settled.

        Calls that are slow at the end of the budget are waited for, without delaying others: in that overtime, tenants
        that have nothing in progress here are served, one item at a time each.
        """
        began = time.monotonic()
        settled, patient_until = 0, began + PATIENCE_SECONDS
        while True:
            turned = time.monotonic()
            self._run_arrivals()
            stopping = self._should_stop()
            spent = time.monotonic() - began - settings.DRAIN_BUDGET_SECONDS
            overtime = 0 <= spent < settings.DRAIN_OVERTIME_SECONDS and self._holds_any()
            going = not stopping and (spent < 0 or overtime)
            # Free slots are filled before finished items are settled, so that they do not wait for that.
            claimed = self._claim_many(overtime=overtime) if going else 0
            self._release(stopping=stopping)
            ended, now_settled = self._settle()
            settled += now_settled
            claimed += self._claim_notices() if going else 0
            if claimed or ended:
                self._buffer.record_loop(time.monotonic() - turned, ended=ended)
                patient_until = time.monotonic() + PATIENCE_SECONDS
            elif self._holds_any():
                self._wait()
            elif going and time.monotonic() < patient_until and _anything_due():
                time.sleep(ASK_AGAIN_SECONDS)
                self._claim_many_at = self._claim_one_at = 0.0
            else:
                break
        self._notice_threads.shutdown()
        return settled

    def _holds_any(self) -> bool:
        return bool(self._notices_under_way or (self._many and self._many.under_way()))

    def _run_arrivals(self) -> None:
        with suppress(Empty):
            while True:
                self._arrivals.get_nowait()()

    def _wait(self) -> None:
        """Wait for the next arrival, but not long. Under load, more will arrive shortly: wait for them too."""
        with suppress(Empty):
            self._arrivals.get(timeout=WAIT_SECONDS)()
            if self._many is not None and 2 * sum(self._many.under_way().values()) > settings.SENDS_AT_ONCE:
                time.sleep(GATHER_SECONDS)

    def _claim_many(self, *, overtime: bool) -> int:
        """Fill the free slots and the prefetch buffer, if the buffer is low; return how many items were claimed.

        After a claim that returned fewer items than asked for, wait briefly before the next one.
        """
        if self._many is None or time.monotonic() < self._claim_many_at:
            return 0
        under_way, slots = self._many.under_way(), settings.SENDS_AT_ONCE
        in_progress = sum(under_way.values())
        free = slots - in_progress if overtime else self._buffer.wanted(in_progress, waiting=self._many.waiting())
        if free <= 0:
            return 0
        most = 1 if overtime else max(1, slots // MOST_OF_SLOTS)
        items = claim(free, kinds=self._many_kinds, busy=under_way, most=most, plan=self._many.plan)
        if len(items) < free:
            self._claim_many_at = time.monotonic() + ASK_AGAIN_SECONDS
        if items:
            self._many.take(items)
        return len(items)

    def _release(self, *, stopping: bool) -> None:
        """Requeue buffered items that got no slot in time; at the end, all that have not begun."""
        if self._many is not None:
            requeue_unstarted(self._many.release_unstarted() if stopping else self._many.release_late())

    def _settle(self) -> tuple[int, int]:
        """Settle the finished items; return how many those were, and how many of them were still this worker's."""
        self._run_arrivals()
        ended, self._ended = self._ended, []
        if self._many is not None:
            ended += self._many.results()
        return len(ended), settle_many(ended, worker=self._worker) if ended else 0

    def _claim_notices(self) -> int:
        """Claim and start items of the other kinds, each alone, so that lanes take turns and open their breakers in
        time; return how many.

        At once, only notices of one kind are sent: a confirmation states whether the business has been notified.
        """
        claimed = 0
        while not self._ended and time.monotonic() >= self._claim_one_at:
            if not self._notices_under_way:
                kinds, self._batch = self._one_kinds, []
            elif len(self._batch) < NOTICES_AT_ONCE:
                kinds = self._batch[:1]
            else:
                break
            if not (items := claim(1, kinds=kinds)):
                self._claim_one_at = time.monotonic() + (WAIT_WHILE_BUSY_SECONDS if self._holds_any() else WAIT_SECONDS)
                break
            self._batch.append(Kind(items[0].kind))
            self._attempt(items[0])
            claimed += 1
        return claimed

    def _attempt(self, item: SyncItem) -> None:
        """Run an attempt up to the point where it needs no database; the remainder runs in another thread."""
        outcome = _guarded(item, lambda: self._one(item))
        if isinstance(outcome, Outcome):
            self._ended.append((item, outcome))
        if not isinstance(outcome, Later):
            return
        work, self._notices_under_way = outcome.work, self._notices_under_way + 1

        def go() -> None:
            ended = _guarded(item, work)
            self._arrivals.put(lambda: self._sent(item, ended))

        self._notice_threads.submit(go)

    def _sent(self, item: SyncItem, outcome: Outcome | Later | None) -> None:
        self._notices_under_way -= 1
        if not self._notices_under_way:
            self._claim_one_at = 0.0
        if isinstance(outcome, Outcome):
            self._ended.append((item, outcome))


def _guarded(item: SyncItem, work: Callable[[], Outcome | Later]) -> Outcome | Later | None:
    """Run `work` and return its outcome; None if the item is no longer this worker's."""
    try:
        return work()
    except states.LostRace:
        log.warning("not sent: lease expired", extra=item.log_fields)
        return None
    except UNAVAILABLE as error:
        log.warning("database connection lost", extra=item.log_fields | {"error": type(error).__name__})
        return database_lost()
    except Exception as error:
        log.exception("connector failed", extra=item.log_fields)
        return internal_error(error)


def _anything_due() -> bool:
    with scope.worker():
        return anything_due()
