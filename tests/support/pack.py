"""The readiness pack as the product loads it, in a second database of this process: loading takes half a second.

A test that asks for `pack` and rolls back runs in that database. A test that commits loads the pack into the usual
database, which is emptied after it.
"""

import os

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from .services import clone_template, database_name, name_database

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
USUAL, LOADED = database_name(WORKER), database_name(f"{WORKER}_pack")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Name the database that the test needs, before a fixture connects to it."""
    fixtures = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    commits = fixtures & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction"))
    _use(LOADED if "pack" in fixtures and not commits else USUAL)


@pytest.fixture(scope="session")
def pack_database(django_db_blocker: DjangoDbBlocker) -> None:
    """Load the pack into its database, for the first test that asks for `pack`."""
    from readiness.services.load import load_pack  # after Django has its settings

    before = connection.settings_dict["NAME"]
    clone_template(LOADED)
    _use(LOADED)
    with django_db_blocker.unblock():
        load_pack()
    _use(before)


@pytest.fixture
def pack(pack_database: None, db: None) -> None:
    """Provide every row of readiness/content/."""
    from readiness.services.load import load_pack

    if connection.settings_dict["NAME"] == USUAL:
        load_pack()


def _use(database: str) -> None:
    if connection.settings_dict["NAME"] != database:
        connection.close()
        connection.settings_dict["NAME"] = database
        name_database(database)
