"""Prefetching of a drain: buffered items that get no slot are released as if they had never been claimed."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from typing import Any

import pytest

from pagetojob.platform.tenants import scope
from syncqueue import lanes
from syncqueue.connectors.booking import send
from syncqueue.connectors.booking.http_loop import CallQueue, http_loop
from syncqueue.connectors.booking.send import BookingSender
from syncqueue.models import Kind, State, SyncItem
from syncqueue.ports import Arrivals
from syncqueue.services import delivery
from syncqueue.services.prefetch import MAX_BUFFER_FACTOR, PrefetchBuffer
from tests.support.bookings import Enqueue, booking_states, drain, finish_calls
from tests.support.handed import book
from tests.support.standin import StandInProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("high_booking_rate")]


@pytest.fixture
def without_room(enqueue: Enqueue, standin: StandInProcess, settings: Any) -> tuple[BookingSender, Arrivals]:
    """A single slot: one call is running, and two items with send intents wait for it."""
    enqueue(1)
    drain()
    settings.SENDS_AT_ONCE = 1
    standin.plan(coming=["slow"], slow_seconds=2)
    enqueue(3)
    arrivals: Arrivals = Arrivals()
    handover = BookingSender(arrivals)
    handover.take(delivery.claim(3, plan=handover.plan))
    until = time.monotonic() + 30
    while len(handover._calls._waiting) != 2 and time.monotonic() < until:
        time.sleep(0.01)
    return handover, arrivals


def given_back(items: Sequence[SyncItem]) -> None:
    """Assert that items are due as if never claimed: nothing was sent, so nothing has to be looked up."""
    with scope.worker():
        rows = SyncItem.objects.filter(pk__in=[item.pk for item in items])
        assert {row.must_reconcile for row in rows} == {True}
        assert delivery.requeue_unstarted(items) == 2
        assert {(row.state, row.must_reconcile, row.lease_until) for row in rows.all()} == {(State.QUEUED, False, None)}


def ends_as_if_it_had_been_alone(handover: BookingSender, arrivals: Arrivals, standin: StandInProcess) -> None:
    assert delivery.settle_many(finish_calls(handover, arrivals), worker="test") == 1
    assert booking_states() == {State.DELIVERED: 2, State.QUEUED: 2}
    assert drain() == 2 and booking_states() == {State.DELIVERED: 4}
    assert [len(ids) for ids in book(standin).values()] == [1] * 4


def test_what_was_claimed_ahead_goes_back_unmarked_at_the_end(
    without_room: tuple[BookingSender, Arrivals], standin: StandInProcess
) -> None:
    handover, arrivals = without_room
    assert sum(handover.under_way().values()) == 3
    given_back(handover.release_unstarted())
    assert sum(handover.under_way().values()) == 1
    ends_as_if_it_had_been_alone(handover, arrivals, standin)


def test_what_finds_no_room_in_time_goes_back_unmarked(
    without_room: tuple[BookingSender, Arrivals], standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover, arrivals = without_room
    with monkeypatch.context() as patched:
        patched.setattr(send, "LATE_SECONDS", 3600.0)
        assert handover.release_late() == []
        patched.setattr(send, "LATE_SECONDS", 0.0)
        given_back(handover.release_late())
    # Not for the drain that follows: whether its calls begin before its check depends on thread timing.
    ends_as_if_it_had_been_alone(handover, arrivals, standin)


def test_a_claim_goes_as_far_ahead_as_calls_ended(
    enqueue: Enqueue, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(1)
    drain()
    settings.SENDS_AT_ONCE = 4
    enqueue(14)
    wanted: list[int] = []

    def noted(limit: int, *, busy: Mapping[int, int] | None = None, **how: Any) -> list[SyncItem]:
        if Kind.BOOKING_REQUEST in how["kinds"]:
            wanted.append(limit + sum((busy or {}).values()))
            how["most"] = 8
        return lanes.claim(limit, busy=busy, **how)

    monkeypatch.setattr(delivery, "claim", noted)
    assert drain() == 14
    assert wanted[0] == 6 < max(wanted) <= 4 * (1 + MAX_BUFFER_FACTOR)


def test_the_buffer_holds_what_the_slots_will_need_and_no_more() -> None:
    now = 100.0
    buffer = PrefetchBuffer(slots=50, clock=lambda: now)
    assert (buffer.size(), buffer.refill_level()) == (25, 0), "before anything has ended nobody knows"
    for _ in range(16):
        buffer.record_loop(0.04, ended=10)
        now += 0.0625
    assert (buffer.size(), buffer.refill_level()) == (24, 6), "160 a second, for 0.15 s and for one turn"
    buffer.record_loop(0.2, ended=0)
    assert buffer.refill_level() == 32, "the longest of the last turns counts"
    for _ in range(8):
        buffer.record_loop(0.01, ended=0)
    assert buffer.refill_level() == 2
    now += 1.5
    buffer.record_loop(0.01, ended=40)
    assert buffer.size() == 6, "many that end at one moment after a second of nothing are no 400 a second"
    for _ in range(20):
        buffer.record_loop(0.01, ended=80)
    assert buffer.size() == MAX_BUFFER_FACTOR * 50 < 0.15 * (40 + 20 * 80), "never more than a few times the slots"
    now += 1.5
    assert buffer.size() == 0


def test_what_waits_for_its_access_keeps_no_slot(
    enqueue: Enqueue, standin: StandInProcess, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first items of a tenant wait for a token: as many more are claimed in the meantime, but never more."""
    standin.plan(coming=["slow"], slow_seconds=1)
    settings.SENDS_AT_ONCE = 4
    enqueue(14)
    under_way: list[int] = []

    def noted(limit: int, *, busy: Mapping[int, int] | None = None, **how: Any) -> list[SyncItem]:
        if Kind.BOOKING_REQUEST not in how["kinds"]:
            return lanes.claim(limit, busy=busy, **how)
        result = lanes.claim(limit, busy=busy, **how | {"most": 14})
        under_way.append(sum((busy or {}).values()) + len(result))
        return result

    monkeypatch.setattr(delivery, "claim", noted)
    assert drain() == 14
    assert under_way[:2] == [6, 8] and max(under_way) == 8


def test_no_more_calls_run_than_there_are_slots() -> None:
    ended: SimpleQueue[int] = SimpleQueue()
    running: set[int] = set()
    seen: list[int] = []

    async def call(number: int) -> None:
        running.add(number)
        seen.append(len(running))
        for _ in range(3):
            await asyncio.sleep(0)
        running.discard(number)
        ended.put(number)

    calls = CallQueue(http_loop(), 2, call)
    calls.add(range(9))
    assert sorted(ended.get(timeout=30) for _ in range(9)) == list(range(9))
    assert max(seen) == 2 and calls.take_back() == []
