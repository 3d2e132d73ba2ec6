"""Counts the open items of states that are too large to count per request."""

from typing import Any

from django.db import connection

from pagetojob.platform.tenants import scope

from . import sql
from .models.item import OPEN, Kind

#: A state with more items than this is deep: it is not counted per request.
LIMIT = 1000
SQL = sql.load("depth")


def params() -> dict[str, Any]:
    """Return the parameters of `seen`."""
    return {"states": [str(state) for state in OPEN], "limit": LIMIT}


def count_deep() -> int:
    """Count each open state of more than a thousand items, by kind; return how many states those were.

    A periodic task, every minute. A single statement: it reads six ends of an index, and every item of a large state.
    """
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(SQL["count_deep"], params() | {"kinds": [str(kind) for kind in Kind]})
        rows: int = cursor.rowcount
    return rows // len(Kind)
