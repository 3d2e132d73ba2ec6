"""A drain claims a little ahead: what finds no room among the calls goes back as if nobody had claimed it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from queue import SimpleQueue
from typing import Any

import pytest

from pagetojob.kernel.tenants import scope
from syncqueue.connectors import booking
from syncqueue.connectors.booking import Bookings
from syncqueue.connectors.wire import Call, wire
from syncqueue.models import Kind, State, SyncItem
from syncqueue.ports import Arrivals
from syncqueue.services import delivery, draining
from tests.support.handed import book
from tests.support.standin import StandInProcess
from tests.syncqueue.test_many import Owe, drain, finish, in_a_hurry, owe, tally

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["in_a_hurry", "owe"]


@pytest.fixture
def without_room(owe: Owe, standin: StandInProcess, settings: Any) -> tuple[Bookings, Arrivals]:
    """Room for one call, which is on the wire, and two that are marked and wait for it."""
    owe(1)
    drain()
    settings.SENDS_AT_ONCE = 1
    standin.plan(coming=["slow"], slow_seconds=2)
    owe(3)
    arrivals: Arrivals = Arrivals()
    handover = Bookings(arrivals)
    handover.take(delivery.claim(3, plan=handover.plan))
    until = time.monotonic() + 30
    while len(handover._window._waiting) != 2 and time.monotonic() < until:
        time.sleep(0.01)
    return handover, arrivals


def given_back(items: Sequence[SyncItem]) -> None:
    """Due as if nobody had claimed them: nothing of them was sent, so nothing has to be looked up."""
    with scope.worker():
        rows = SyncItem.objects.filter(pk__in=[item.pk for item in items])
        assert {row.must_reconcile for row in rows} == {True}
        assert delivery.hand_back(items) == 2
        assert {(row.state, row.must_reconcile, row.lease_until) for row in rows.all()} == {(State.QUEUED, False, None)}


def ends_as_if_it_had_been_alone(handover: Bookings, arrivals: Arrivals, standin: StandInProcess) -> None:
    assert delivery.settle_many(finish(handover, arrivals), worker="test") == 1
    assert tally() == {State.DELIVERED: 2, State.QUEUED: 2}
    assert drain() == 2 and tally() == {State.DELIVERED: 4}
    assert [len(ids) for ids in book(standin).values()] == [1] * 4


def test_what_was_claimed_ahead_goes_back_unmarked_at_the_end(
    without_room: tuple[Bookings, Arrivals], standin: StandInProcess
) -> None:
    handover, arrivals = without_room
    assert sum(handover.under_way().values()) == 3
    given_back(handover.hand_back())
    assert sum(handover.under_way().values()) == 1
    ends_as_if_it_had_been_alone(handover, arrivals, standin)


def test_what_finds_no_room_in_time_goes_back_unmarked(
    without_room: tuple[Bookings, Arrivals], standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover, arrivals = without_room
    monkeypatch.setattr(booking, "LATE_SECONDS", 3600.0)
    assert handover.late() == []
    monkeypatch.setattr(booking, "LATE_SECONDS", 0.0)
    given_back(handover.late())
    ends_as_if_it_had_been_alone(handover, arrivals, standin)


def test_a_claim_goes_as_far_ahead_as_calls_ended(owe: Owe, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    owe(1)
    drain()
    settings.SENDS_AT_ONCE = 4
    owe(14)
    wanted: list[int] = []

    def noted(limit: int, *, busy: Mapping[int, int] | None = None, **how: Any) -> list[SyncItem]:
        if Kind.BOOKING_REQUEST in how["kinds"]:
            wanted.append(limit + sum((busy or {}).values()))
            how["most"] = 8
        return delivery.claim(limit, busy=busy, **how)

    monkeypatch.setattr(draining, "claim", noted)
    assert drain() == 14
    assert wanted[0] == 4 < max(wanted) <= 8


def test_what_waits_for_its_access_keeps_no_slot(
    owe: Owe, standin: StandInProcess, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of a tenant wait for a token: as many more are claimed meanwhile, and never more than that."""
    standin.plan(coming=["slow"], slow_seconds=1)
    settings.SENDS_AT_ONCE = 4
    owe(14)
    under_way: list[int] = []

    def noted(limit: int, *, busy: Mapping[int, int] | None = None, **how: Any) -> list[SyncItem]:
        if Kind.BOOKING_REQUEST not in how["kinds"]:
            return delivery.claim(limit, busy=busy, **how)
        found = delivery.claim(limit, busy=busy, **how | {"most": 14})
        under_way.append(sum((busy or {}).values()) + len(found))
        return found

    monkeypatch.setattr(draining, "claim", noted)
    assert drain() == 14
    assert under_way[:2] == [4, 8] and max(under_way) == 8


def test_no_more_calls_are_on_the_wire_than_there_is_room_for() -> None:
    window, ended = wire().window(2), SimpleQueue[int]()
    running: set[int] = set()
    seen: list[int] = []

    def call(number: int) -> Call:
        async def work() -> None:
            running.add(number)
            seen.append(len(running))
            for _ in range(3):
                await asyncio.sleep(0)
            running.discard(number)
            ended.put(number)

        return work

    window.add(call(number) for number in range(9))
    assert sorted(ended.get(timeout=30) for _ in range(9)) == list(range(9))
    assert max(seen) == 2 and window.take_back() == []
