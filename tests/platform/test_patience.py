"""A database that is frozen keeps no time-out of its own: the client counts."""

import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from pagetojob.celery import limit_database_waits
from pagetojob.platform import middleware
from pagetojob.platform.postgresql import base
from pagetojob.platform.postgresql.base import LONGEST_SECONDS, _patience, fetch_all, limit_waits, patience
from tests.support.processes import eventually


@pytest.mark.django_db(transaction=True)
def test_a_server_that_does_not_answer_is_given_up_and_the_next_statement_has_a_new_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        began = time.monotonic()
        with pytest.raises(OperationalError, match=r"did not answer within 0\.3 s"), patience(0.3):
            cursor.execute("SELECT pg_sleep(20)")
    assert time.monotonic() - began < 5
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchone() == (2,)


@pytest.mark.django_db(transaction=True)
def test_the_server_ends_a_statement_whose_client_has_given_up() -> None:
    with pytest.raises(OperationalError), patience(0.3), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    connection.close_if_unusable_or_obsolete()
    running = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)' AND datname = current_database()"
    eventually(lambda: not fetch_all(running), seconds=8)


@pytest.mark.django_db(transaction=True)
def test_what_is_quick_enough_is_not_disturbed() -> None:
    with patience(5), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.3), 'done'")
        assert cursor.fetchone() == ("", "done")


def test_patience_is_given_back() -> None:
    with patience(1), patience(2):
        assert _patience.get() == 2
    assert _patience.get() is None


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_a_process_holds_in_its_threads_and_a_block_sets_another() -> None:
    results: list[object] = []

    def work() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(20)")
        except OperationalError as error:
            results.append(str(error))
        finally:
            connection.close()

    limit_waits(0.3)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(10)
        with patience(5), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")
    finally:
        limit_waits(LONGEST_SECONDS)
    assert results == ["the database did not answer within 0.3 s"]


@pytest.mark.parametrize(
    ("task", "seconds"), [("syncqueue.drain", 30), ("ops.run_periodic_task", 30), ("ops.work_runs", 90)]
)
def test_a_frozen_database_costs_a_quick_task_less_than_its_time_limit(task: str, seconds: int) -> None:
    named: Any = SimpleNamespace(name=task)
    limit_database_waits(named)
    try:
        assert base._process_limit == seconds
    finally:
        limit_waits(LONGEST_SECONDS)


@pytest.mark.django_db(transaction=True)
def test_no_page_waits_for_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "WEB_PATIENCE_SECONDS", 0.3)
    Client().get("/")  # loads the addresses, which can take longer than the lock is held
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE tenants_tenant IN ACCESS EXCLUSIVE MODE")
        relief = threading.Timer(3, owner.close)  # so that a page without patience fails and does not hang
        relief.start()
        with pytest.raises(OperationalError, match="did not answer"):
            Client().get("/")
        relief.cancel()
    connection.close()
