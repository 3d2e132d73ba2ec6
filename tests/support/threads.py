"""Several workers or people act at the same moment."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once[T](work: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
    """Call `work` as `map` does, each call in a thread with a database connection, and all started together.

    Returns the results in order. Raises the first error.
    """
    calls = list(zip(*arguments, strict=True))
    start = Barrier(len(calls))

    def run(call: tuple[Any, ...]) -> T:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return work(*call)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
