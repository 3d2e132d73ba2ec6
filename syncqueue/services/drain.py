"""The drain: the loop of a worker. Its thread claims, reads and settles; network waits run in other threads.

Bookings are sent concurrently on one event loop; every other kind one at a time. Free slots are filled before finished
items are settled, and under load a second thread settles (`aside`), so that a slot does not wait for a commit.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty

from django.conf import settings
from django.db import InterfaceError, OperationalError

from pagetojob.platform import states
from pagetojob.platform.tenants import scope

from ..lane_sql import KIND_ORDER, anything_due
from ..models import SyncItem
from ..outcomes import Outcome, database_lost, internal_error
from ..ports import Arrivals, Connector, Connectors, Handover, Later, Result
from .background_settlement import BackgroundSettlement
from .claim import claim, requeue_unstarted
from .prefetch import PrefetchBuffer
from .settlement import settle_many

#: Kinds that are processed one at a time are claimed one at a time: a lease must not run while its item waits.
SLOTS = 1
#: A claim may find all lanes locked by other workers' claims, so a drain keeps asking for this long.
PATIENCE_SECONDS = 0.5
ASK_AGAIN_SECONDS = 0.01
#: The interval between claims while calls are running and nothing more was due.
CLAIM_INTERVAL_SECONDS = 0.05
#: The same for the kinds processed one at a time while bookings are running: a check costs these as much as a claim.
CLAIM_INTERVAL_WHILE_BUSY_SECONDS = 0.25
#: A lane gets at most 1/4 of the slots, so that a slow one leaves capacity for the others.
MOST_OF_SLOTS = 4
#: A claim for fewer than 1/8 of the slots waits briefly for more, because every claim costs about the same.
FEW_OF_SLOTS = 8
#: Refill the prefetch buffer when less than 1/4 of it is left.
REFILL_BELOW = 4
GATHER_SECONDS = 0.01
log = logging.getLogger(__name__)


class Drain:
    """The work started by one wake-up. Used once, by one thread."""

    def __init__(self, deliver: Connector | Connectors, *, worker: str, should_stop: Callable[[], bool]) -> None:
        self._worker = worker
        self._should_stop = should_stop
        self._arrivals: Arrivals = Arrivals()
        self._many: Handover | None = None
        self._many_kinds, self._one_kinds = [], list(KIND_ORDER)
        if isinstance(deliver, Connectors):
            self._many = deliver.many(self._arrivals)
            self._many_kinds = [kind for kind in KIND_ORDER if kind in deliver.kinds]
            self._one_kinds = [kind for kind in KIND_ORDER if kind not in deliver.kinds]
            self._one = deliver.one
        else:
            self._one = deliver
        self._other_thread: ThreadPoolExecutor | None = None
        self._ended: list[Result] = []
        self._one_under_way = False
        self._ask_many_at = self._ask_one_at = 0.0
        self._claimed_at, self._buffer = 0.0, PrefetchBuffer(slots=settings.SENDS_AT_ONCE)
        self._settlement = BackgroundSettlement(self._arrivals, worker=worker)

    def run(self) -> int:
        """Run until nothing is due or the budget is spent; return how many items were settled.

        Calls that are slow at the end of the budget are waited for, without delaying others: in that overtime, tenants
        that have nothing in progress here are served, one item at a time each.
        """
        try:
            return self._run()
        finally:
            self._settlement.close()

    def _run(self) -> int:
        began = time.monotonic()
        settled, patient_until = 0, began + PATIENCE_SECONDS
        while True:
            turned = time.monotonic()
            self._run_arrivals()
            stopping = self._should_stop()
            spent = time.monotonic() - began - settings.DRAIN_BUDGET_SECONDS
            overtime = 0 <= spent < settings.DRAIN_OVERTIME_SECONDS and self._holds_any()
            going = not stopping and (spent < 0 or overtime)
            claimed = self._claim_many(overtime=overtime) if going else 0
            if self._many is not None:
                requeue_unstarted(self._many.release_unstarted() if stopping else self._many.release_late())
            ended, now_settled = self._settle()
            settled += now_settled
            claimed += self._claim_single() if going else 0
            if claimed or ended:
                self._buffer.record_loop(time.monotonic() - turned, ended=ended)
                patient_until = time.monotonic() + PATIENCE_SECONDS
            elif self._holds_any():
                self._wait()
            elif not going:
                break
            elif time.monotonic() < patient_until and _anything_due():
                time.sleep(ASK_AGAIN_SECONDS)
                self._ask_many_at = self._ask_one_at = 0.0
            else:
                break
        if self._other_thread is not None:
            self._other_thread.shutdown()
        return settled

    def _holds_any(self) -> bool:
        return self._one_under_way or self._settlement.busy() or bool(self._many and self._many.under_way())

    def _are_many(self) -> bool:
        return self._many is not None and 2 * sum(self._many.under_way().values()) > settings.SENDS_AT_ONCE

    def _wait(self) -> None:
        """Wait for the next arrival, but not long, and run it on the drain's thread.

        Under load, more will arrive shortly: wait for them, so that they are settled together.
        """
        with suppress(Empty):
            self._arrivals.get(timeout=CLAIM_INTERVAL_SECONDS)()
            if self._are_many():
                time.sleep(GATHER_SECONDS)

    def _run_arrivals(self) -> None:
        with suppress(Empty):
            while True:
                self._arrivals.get_nowait()()

    def _settle(self) -> tuple[int, int]:
        """Return how many items have ended since the last call, and how many have been settled.

        While a batch is settled in the second thread, finished items are collected for the next one.
        """
        self._run_arrivals()
        before = len(self._ended)
        if self._many is not None:
            self._ended += self._many.results()
        new, settled = len(self._ended) - before, self._settlement.settled()
        if self._ended and not self._settlement.busy():
            ended, self._ended = self._ended, []
            if self._are_many():
                self._settlement.settle(ended)
            else:
                settled += settle_many(ended, worker=self._worker)
        return new, settled

    def _claim_many(self, *, overtime: bool) -> int:
        """Fill the free slots and the prefetch buffer (`ahead`), if the buffer is low.

        Buffered items start on the event loop while this thread claims. After a claim that returned fewer items than
        asked for, wait briefly before the next one; also while nearly all slots are taken.
        """
        if self._many is None or time.monotonic() < self._ask_many_at or len(self._ended) > settings.SENDS_AT_ONCE:
            return 0
        under_way, slots = self._many.under_way(), settings.SENDS_AT_ONCE
        # Items waiting for an access token need no slot yet.
        in_progress, waiting = sum(under_way.values()), self._many.waiting()
        wanted = 0 if overtime else self._buffer.size()
        free = slots - in_progress + (0 if overtime else max(wanted, min(wanted + waiting, slots)))
        few = free < slots // FEW_OF_SLOTS and time.monotonic() < self._claimed_at + CLAIM_INTERVAL_SECONDS
        enough = in_progress - waiting - slots >= max(wanted // REFILL_BELOW, self._buffer.refill_level())
        if free <= 0 or few or enough:
            return 0
        self._claimed_at = time.monotonic()
        most = 1 if overtime else max(1, slots // MOST_OF_SLOTS)
        items = claim(free, kinds=self._many_kinds, busy=under_way, most=most, plan=self._many.plan)
        if len(items) < free:
            self._ask_many_at = time.monotonic() + ASK_AGAIN_SECONDS
        if items:
            self._many.take(items)
        return len(items)

    def _claim_single(self) -> int:
        if self._one_under_way or time.monotonic() < self._ask_one_at:
            return 0
        items = claim(SLOTS, kinds=self._one_kinds)
        for item in items:
            self._attempt(item)
        if not items:
            busy = self._many is not None and self._many.under_way()
            self._ask_one_at = time.monotonic() + (
                CLAIM_INTERVAL_WHILE_BUSY_SECONDS if busy else CLAIM_INTERVAL_SECONDS
            )
        return len(items)

    def _attempt(self, item: SyncItem) -> None:
        """Run an attempt up to the point where it needs no database; the remainder runs in another thread."""
        outcome = _guarded(item, lambda: self._one(item))
        if not isinstance(outcome, Later):
            self._record_outcome(item, outcome)
            return
        work, self._one_under_way = outcome.work, True
        self._other_thread = self._other_thread or ThreadPoolExecutor(1, thread_name_prefix="one")

        def go() -> None:
            ended = _guarded(item, work)
            self._arrivals.put(lambda: self._record_outcome(item, ended))

        self._other_thread.submit(go)

    def _record_outcome(self, item: SyncItem, outcome: Outcome | Later | None) -> None:
        self._one_under_way = False
        if isinstance(outcome, Outcome):
            self._ended.append((item, outcome))


def _guarded(item: SyncItem, work: Callable[[], Outcome | Later]) -> Outcome | Later | None:
    """Run `work` and return its outcome; None if the item is no longer this worker's."""
    try:
        return work()
    except states.LostRace:
        log.warning("not sent: lease expired", extra={"item": str(item.public_id)})
        return None
    except (OperationalError, InterfaceError) as error:
        log.warning("database connection lost", extra={"item": str(item.public_id), "error": type(error).__name__})
        return database_lost()
    except Exception as error:
        log.exception("connector failed", extra={"item": str(item.public_id), "kind": item.kind})
        return internal_error(error)


def _anything_due() -> bool:
    with scope.worker():
        return anything_due()
