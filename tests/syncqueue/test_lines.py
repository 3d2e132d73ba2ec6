"""A worker's knowledge of a tenant when a call begins.

Sessions that are requested together are loaded over one database connection, which is closed afterwards; a lost
connection costs one of them. Gates with too little information close nothing.
"""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection

from pagetojob.gates.watch import Watch
from syncqueue.connectors import api_sessions
from syncqueue.connectors.booking_sender import BookingSender
from syncqueue.models import State
from syncqueue.ports import Arrivals
from syncqueue.services import delivery
from tests.support.bookings import Enqueue, drain, finish_calls
from tests.support.handed import book
from tests.support.standin import StandInProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("high_booking_rate")]


def load(*works: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the result of each of `works`, loaded by one thread."""
    texts: list[Any] = []
    monkeypatch.setattr(api_sessions, "open_session", lambda work: work())
    api_sessions._to_load.extend((work, texts.append) for work in works)
    left = SimpleNamespace(open=True)

    def go() -> None:
        api_sessions._load_all()
        left.open = connection.connection is not None

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(30)
    assert not left.open, "the connection of the thread ends with what waited"
    return texts


def place() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def lost() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_what_waits_together_shares_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = load(place, place, monkeypatch=monkeypatch)
    assert first == second != place()


def test_a_lost_connection_costs_a_single_session(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = load(lost, place, monkeypatch=monkeypatch)
    assert isinstance(first, OperationalError) and isinstance(second, int)


@pytest.mark.parametrize(
    ("known", "leads_to"), [(None, (State.RETRYING, False)), (False, (State.BLOCKED, False))], ids=["unread", "shut"]
)
def test_gates_that_were_not_read_lately_put_a_call_off_and_block_nothing(
    enqueue: Enqueue, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch, known: bool | None, leads_to: Any
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
    assert (outcome.state, outcome.tried) == leads_to and outcome.reconcile is False
    assert [len(ids) for ids in book(standin).values()] == [1], "nothing left for the second"
