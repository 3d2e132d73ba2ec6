"""Lines that wait together are read over one connection, which ends with them; a lost one costs one of them."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection

from syncqueue.connectors import calling

pytestmark = pytest.mark.django_db(transaction=True)


def load(*works: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What each of `works` is told, one thread loading all of them."""
    told: list[Any] = []
    monkeypatch.setattr(calling, "line_of", lambda work: work())
    calling._to_load.extend((work, told.append) for work in works)
    left = SimpleNamespace(open=True)

    def go() -> None:
        calling._load_all()
        left.open = connection.connection is not None

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(30)
    assert not left.open, "the connection of the thread ends with what waited"
    return told


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


def test_a_connection_that_is_lost_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = load(lost, place, monkeypatch=monkeypatch)
    assert isinstance(first, OperationalError) and isinstance(second, int)
