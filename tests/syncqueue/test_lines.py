"""A worker's knowledge of a tenant when a call begins.

Gates with too little information close nothing.
"""

from queue import SimpleQueue
from typing import Any, cast

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from pagetojob.gates.services import Decision
from pagetojob.gates.watch import Watch
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan import api_sessions
from syncqueue.connectors.booking.send import BookingSender
from syncqueue.models import Kind, State, SyncItem
from syncqueue.ports import Arrivals
from syncqueue.services import delivery
from tests.support.bookings import Enqueue, drain, finish_calls
from tests.support.handed import book
from tests.support.standin import StandInProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("high_booking_rate")]


def lose_the_connection(_decision: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_session_that_cannot_be_opened_is_an_error_and_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_sessions, "open_session", lose_the_connection)
    results: SimpleQueue[tuple[Any, bool]] = SimpleQueue()
    api_sessions.load_session(
        cast("Decision", None), lambda result: results.put((result, connection.connection is not None))
    )
    result, is_open = results.get(timeout=30)
    assert isinstance(result, OperationalError) and not is_open


def test_a_session_that_the_database_interrupts_is_opened_later_and_asks_no_person(
    enqueue: Enqueue, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(api_sessions, "open_session", lose_the_connection)
        enqueue(1)
        drain()
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST)
        assert (item.state, item.cause, item.attempts) == (State.RETRYING, "database-lost", 0)
        SyncItem.objects.filter(pk=item.pk).update(due_at=Now())
    drain()
    assert [len(ids) for ids in book(standin).values()] == [1]


@pytest.mark.parametrize("known", [None, False], ids=["unread", "changed"])
def test_gates_that_were_not_read_lately_or_changed_put_a_call_off_and_block_nothing(
    enqueue: Enqueue, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch, known: bool | None
) -> None:
    enqueue(1)
    drain()
    enqueue(1)
    arrivals: Arrivals = Arrivals()
    handover = BookingSender(arrivals)
    items = delivery.claim(1, plan=handover.plan)
    monkeypatch.setattr(Watch, "remembers", lambda *_: known)
    handover.take(items)
    [(_, outcome)] = finish_calls(handover, arrivals)
    assert (outcome.state, outcome.tried, outcome.reconcile) == (State.RETRYING, False, False)
    assert [len(ids) for ids in book(standin).values()] == [1], "nothing left for the second"
