"""Databases of this process that already contain the demo tenant or the readiness pack.

A test that asks for `tenant` or `pack` and rolls back runs in such a database. A test that commits loads the rows
into the usual database, which is emptied after it.
"""

import os
from collections.abc import Callable
from functools import cache, partial

import pytest
from django.db import connection
from pytest_django.plugin import blocking_manager_key

from pagetojob.demo.data import load_demo

from .check_runs import load_checked_pack
from .factories import PASSWORD
from .services import (
    advance_sequences,
    clone_template,
    database_name,
    highest_key,
    name_database,
    read_rows,
    write_rows,
)

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
USUAL = database_name(WORKER)


LOADERS: dict[str, Callable[[], object]] = {"demo": partial(load_demo, PASSWORD), "pack": load_checked_pack}
#: Each loader has this many keys to itself in every table, so that a test can copy the rows of two loaders.
KEYS = 10_000
_existing = {USUAL}


def database_of(item: pytest.Item) -> str:
    """Return the name of the database in which a test runs."""
    fixtures = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    commits = fixtures & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction"))
    contents = [] if commits else sorted(fixtures & set(LOADERS))
    return "_".join([USUAL, *contents])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by database, because a new connection takes as long as a short test; browser tests come last.

    From the first browser test on, an event loop runs in the thread of the tests.
    """
    items.sort(key=lambda item: ("tests/browser/" in item.nodeid, database_of(item)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Name the database that the test needs, before a fixture connects to it."""
    name = database_of(item)
    with item.config.stash[blocking_manager_key].unblock():
        _create_missing(name)
        _use(name)
        if name == USUAL:
            # Before the fixtures: a row that one of them made first would have the key of a row to be copied.
            for content in sorted(set(LOADERS).intersection(getattr(item, "fixturenames", ()))):
                _rows(content)


@pytest.fixture
def demo(db: None) -> None:
    """Provide the demo tenant and its people."""
    _provide("demo")


@pytest.fixture
def pack(db: None) -> None:
    """Provide every row of readiness/content/."""
    _provide("pack")


def _provide(content: str) -> None:
    if content in _contents():
        return
    if connection.in_atomic_block:
        LOADERS[content]()
    else:
        write_rows(_rows(content))


@cache
def _rows(content: str) -> dict[str, bytes]:
    """Return the rows that a loader makes; rows that this database gets later never have the same keys."""
    before, prepared = connection.settings_dict["NAME"], f"{USUAL}_{content}"
    _create_missing(prepared)
    name_database(prepared)
    rows, highest = read_rows(), highest_key()
    name_database(before)
    advance_sequences(highest)
    return rows


def _create_missing(name: str) -> None:
    if name in _existing:
        return
    before = connection.settings_dict["NAME"]
    clone_template(name)
    _use(name)
    for content in _contents():
        advance_sequences(KEYS * list(LOADERS).index(content))
        LOADERS[content]()
    _use(before)
    _existing.add(name)


def _contents() -> list[str]:
    return str(connection.settings_dict["NAME"]).removeprefix(USUAL).split("_")[1:]


def _use(database: str) -> None:
    if connection.settings_dict["NAME"] != database:
        connection.close()
        connection.settings_dict["NAME"] = database
        name_database(database)


def reset_connection() -> bool:
    """Bring the session back to the state of a new one; return whether only a new one will do.

    A new session reads the catalog again, which takes as long as a short test.
    """
    if connection.connection is None or connection.in_atomic_block or not connection.is_usable():
        return True
    with connection.cursor() as cursor:
        # DISCARD ALL would also drop the prepared statements that psycopg relies on.
        cursor.execute("SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DISCARD TEMP; SELECT pg_advisory_unlock_all()")
    connection.init_connection_state()
    return False
