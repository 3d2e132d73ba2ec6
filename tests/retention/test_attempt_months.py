"""Attempts are stored by month: the next months exist, an expired month is dropped whole, and a claim settles once."""

import itertools
import os
import uuid
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention import attempt_months
from pagetojob.retention.services import request_hold
from syncqueue.models import InboxEvent, State, SyncAttempt, SyncItem
from tests.isolation.world import _inbox
from tests.support.factories import make_lead, make_sync_item, make_tenant, make_user
from tests.support.services import clone_template, name_database

pytestmark = pytest.mark.django_db(transaction=True)
_NUMBERS = itertools.count()
PARTS = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'syncqueue_syncattempt'::regclass ORDER BY 1"
)
#: An old month of its own, as if the instance had run for years.
OLD_MONTH = """
    SET ROLE pagetojob_owner;
    ALTER TABLE syncqueue_syncattempt DETACH PARTITION syncqueue_syncattempt_before;
    ALTER TABLE syncqueue_syncattempt ATTACH PARTITION syncqueue_syncattempt_before
        FOR VALUES FROM (MINVALUE) TO ('2020-01-01T00:00Z');
    CREATE TABLE syncqueue_syncattempt_2020_01 PARTITION OF syncqueue_syncattempt
        FOR VALUES FROM ('2020-01-01T00:00Z') TO ('2020-02-01T00:00Z')
"""


def run(statements: str) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        for statement in statements.split(";"):
            session.execute(statement.encode())


def parts() -> list[str]:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        return [name for (name,) in session.execute(PARTS).fetchall()]


@pytest.fixture(autouse=True)
def old_month(db: None) -> Generator[None]:
    """A database of its own, because the tests change its schema."""
    here = connection.settings_dict["NAME"]
    other = f"{here}_months_{next(_NUMBERS)}"  # another process of the tests may run one of this file at the same time
    clone_template(other)
    connection.close()
    try:
        name_database(other)
        connection.settings_dict["NAME"] = other
        run(OLD_MONTH)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = here
        name_database(here)


@pytest.fixture
def tenant(old_month: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def other_tenant(old_month: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def operator(old_month: None) -> User:
    return make_user(ops_role="operator")


def attempt_of(tenant: Tenant, *, at: str, state_since: str = "2020-01-20") -> SyncItem:
    """An item that ended then, with an attempt that settled at `at`."""
    item = make_item(tenant)
    with scope.worker():
        item = states.move(item, State.SENDING, lease_until="2030-01-01T00:00Z")
        facts: dict[str, Any] = {"outcome": "delivered", "worker": "w", "began_at": at, "settled_at": at}
        SyncAttempt.objects.create(tenant=tenant, item=item, claim_version=item.version, **facts)
        states.move(item, State.DELIVERED, lease_until=None)
    run(
        f"UPDATE syncqueue_syncitem SET created_at = '{state_since}', state_since = '{state_since}'"
        f" WHERE id = {item.pk}"
    )
    return item


def make_item(tenant: Tenant) -> SyncItem:
    with scope.tenant(tenant.pk):
        return make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))


def test_an_expired_month_is_dropped_whole(tenant: Tenant, other_tenant: Tenant) -> None:
    attempt_of(tenant, at="2020-01-05T00:00Z")
    attempt_of(other_tenant, at="2020-01-31T23:59:59Z")
    younger = attempt_of(tenant, at="2020-02-01T00:00Z")
    assert attempt_months.turn_months() == 2  # the empty months before it, too
    assert "syncqueue_syncattempt_2020_01" not in parts()
    with scope.worker():
        assert [attempt.item_id for attempt in SyncAttempt.objects.all()] == [younger.pk]
        lines = AuditEntry.objects.filter(action="retention.drop_month", changes__syncqueue_syncattempt=[None, 1])
        assert {line.tenant_id for line in lines} == {tenant.pk, other_tenant.pk}


def test_a_month_stays_for_a_hold_or_an_item_that_changed_since(
    tenant: Tenant, operator: User, old_month: None
) -> None:
    item = attempt_of(tenant, at="2020-01-05T00:00Z", state_since="2020-01-20")
    with scope.operator(operator, "test"):
        hold = request_hold(tenant=tenant, person="held@example.com", actor=operator, reason="A dispute.")
    attempt_months.turn_months()
    assert "syncqueue_syncattempt_2020_01" in parts()
    run(f"DELETE FROM retention_legalhold WHERE id = {hold.pk};"
        f"UPDATE syncqueue_syncitem SET state_since = now() WHERE id = {item.pk}")  # fmt: skip
    attempt_months.turn_months()
    assert "syncqueue_syncattempt_2020_01" in parts()
    run(f"UPDATE syncqueue_syncitem SET state_since = '2020-01-20', state = 'needs review' WHERE id = {item.pk}")
    attempt_months.turn_months()
    assert "syncqueue_syncattempt_2020_01" in parts()


def test_a_month_in_use_is_tried_again_and_blocks_nothing_for_long(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt_of(tenant, at="2020-01-05T00:00Z")
    monkeypatch.setattr(attempt_months, "PAUSES", (0.0, 0.0))
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as reader:
        reader.execute("SELECT count(*) FROM syncqueue_syncattempt")
        assert attempt_months.turn_months() == 0
        assert "syncqueue_syncattempt_2020_01" in parts()
    assert attempt_months.turn_months() == 2


def test_the_next_months_are_made_and_no_role_reads_a_partition(tenant: Tenant) -> None:
    run("ALTER TABLE syncqueue_syncattempt DETACH PARTITION syncqueue_syncattempt_2020_01;"
        "DROP TABLE syncqueue_syncattempt_2020_01")  # fmt: skip
    attempt_months.turn_months()
    months = [part for part in parts() if part[-7:-3].isdigit()]
    assert len(months) == 3
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname, relrowsecurity AND relforcerowsecurity,
                has_table_privilege('pagetojob_app', oid, 'SELECT')
                OR has_table_privilege('pagetojob_worker', oid, 'SELECT') FROM pg_class WHERE relname = ANY (%s)""",
            [parts()],
        )
        rows = cursor.fetchall()
    assert len(rows) == len(parts()) and all(row[1:] == (True, False) for row in rows)
    item = attempt_of(tenant, at="2020-01-05T00:00Z")
    with scope.worker():
        now = SyncAttempt.objects.create(
            tenant=tenant, item=item, claim_version=99, outcome="lost", worker="w", began_at="2026-01-01T00:00Z"
        )
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        row = session.execute("SELECT tableoid::regclass::text FROM syncqueue_syncattempt WHERE id = %s", [now.pk])
        assert (row.fetchone() or ("",))[0] == months[0]
    assert attempt_months._call("ptj_attempt_months") == 0


def test_an_attempt_settles_once_also_across_the_end_of_a_month(tenant: Tenant) -> None:
    """The key of a claim is the version of its item, which is in one table; the same attempt of a later month loses."""
    item = make_item(tenant)
    with scope.worker():
        claimed = states.move(item, State.SENDING, lease_until="2030-01-01T00:00Z")
        again = SyncItem.objects.get(pk=item.pk)
        for row, at in ((claimed, "2020-01-31T23:59:59Z"), (again, "2020-02-01T00:00Z")):
            version = row.version
            try:
                states.move(row, State.DELIVERED, lease_until=None)
            except states.LostRace:
                assert row is again
                continue
            SyncAttempt.objects.create(
                tenant=tenant, item=item, claim_version=version, outcome="delivered", worker="w", began_at=at,
                settled_at=at,
            )  # fmt: skip
        assert SyncAttempt.objects.filter(item=item).count() == 1


def test_an_event_is_recognized_also_across_the_end_of_a_month(tenant: Tenant) -> None:
    """Events are in one table, and the key that recognizes a repeated one contains no time."""
    with scope.tenant(tenant.pk):
        event, _ = _inbox(tenant)
    with scope.worker():
        first = InboxEvent.objects.get(pk=event.pk)
    first.pk, first.public_id, first.received_at = None, uuid.uuid4(), first.received_at + timedelta(days=31)
    with pytest.raises(IntegrityError, match="inbox_repeat_once"), scope.tenant(tenant.pk):
        first.save(force_insert=True)
