"""The product behind PgBouncer in transaction mode, where each transaction may run in another session."""

import os
from collections.abc import Callable, Generator
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.test import Client

from pagetojob.platform.postgresql.run_lock import RunLock
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.models import Kind, State, SyncItem
from tests.support import pooler
from tests.support.visitor import leads, send

SESSIONS = 2
#: PgBouncer sets these in a session to the values of its next client.
TRACKED = {"application_name", "client_encoding", "standard_conforming_strings"}
TRACKED |= {"DateStyle", "IntervalStyle", "TimeZone"}
_STATE = """
    SELECT pg_backend_pid(), current_user::text, coalesce(current_setting('app.tenant', true), ''),
           array(SELECT name FROM pg_settings WHERE source = 'session' ORDER BY name),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
           (SELECT count(*) FROM syncqueue_syncitem)
"""


@pytest.fixture
def pooled(tenant: Tenant) -> Generator[str]:
    """Start PgBouncer, let this process use it, and return its URL. Skipped, named and counted where it is missing;
    with REQUIRE_SYSTEM_PACKAGES=1 that is a failure.
    """
    if pooler.program() is None:
        (pytest.fail if os.environ.get("REQUIRE_SYSTEM_PACKAGES") else pytest.skip)(
            "PgBouncer is missing: apt-get install pgbouncer"
        )
    # Each transaction runs in another session than the one before.
    sessions = {"default_pool_size": str(SESSIONS), "min_pool_size": str(SESSIONS), "server_round_robin": "1"}
    with ExitStack() as stack:
        url, _ = stack.enter_context(pooler.pgbouncer(os.environ["DATABASE_URL"], **sessions))
        connection.close()
        stack.callback(connection.settings_dict.update, PORT=connection.settings_dict["PORT"])
        stack.callback(connection.close)
        connection.settings_dict["PORT"] = str(urlsplit(url).port)
        yield url


def states(url: str) -> list[tuple[int, str, str, list[str], int, int]]:
    """Return the state of each session of the server, as another client finds it."""
    with ExitStack() as stack:
        clients = [stack.enter_context(psycopg.connect(url)) for _ in range(SESSIONS)]
        # Each transaction stays open, so each has a session of its own.
        rows = [client.execute(_STATE).fetchone() for client in clients]
    return [row for row in rows if row]


@pytest.mark.django_db(transaction=True)
def test_a_lead_is_stored_and_delivered_and_leaves_nothing_in_a_session(
    pooled: str, client: Client, tenant: Tenant
) -> None:
    from syncqueue.connectors import deliver
    from syncqueue.services.delivery import drain

    assert send(client).status_code == 302
    (lead,) = leads(tenant)
    drain(deliver, worker="test")
    # Statements that one session prepared work in the other one, and again in the same one.
    assert send(client, name="Robin Park").status_code == 302
    drain(deliver, worker="test")
    with scope.tenant(tenant.pk):
        notices = SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION)
        assert [item.state for item in notices] == [State.DELIVERED] * 2
        assert notices.filter(lead=lead).count() == 1
    with RunLock("test") as is_ours, RunLock("test") as is_theirs:
        assert (is_ours, is_theirs) == (True, False)
    with RunLock("test") as is_ours:
        assert is_ours
    sessions = states(pooled)
    assert len({pid for pid, *_ in sessions}) == SESSIONS
    for _, user, tenant_setting, settings, locks, items in sessions:
        assert (user, tenant_setting, locks, items) == ("pagetojob_app", "", 0, 0)
        assert set(settings) <= TRACKED


@pytest.mark.django_db(transaction=True)
def test_a_setting_of_the_session_would_open_the_rows_of_a_tenant_to_the_next_client(
    pooled: str, tenant: Tenant, work_off: Callable[[], int]
) -> None:
    """Show what the rule of tests/architecture/test_session_state.py prevents, and that the test above notices it."""
    with psycopg.connect(pooled, autocommit=True) as careless:
        careless.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant.pk)])
    assert [items for *_, items in states(pooled) if items]
