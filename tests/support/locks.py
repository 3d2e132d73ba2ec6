"""Races made certain: one transaction holds a lock until another one waits for it."""

from concurrent.futures import Future
from time import sleep
from typing import Any

from django.db import connection


def wait_for_lock(other: Future[Any]) -> None:
    """Return when another transaction waits for a lock, or when `other` has ended without waiting."""
    while not (_is_awaited() or other.done()):
        sleep(0.02)


def _is_awaited() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
