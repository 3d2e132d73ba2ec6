"""Attempts are append-only, and expired ones can be deleted only by the owner's procedure."""

import os
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.models import State, SyncAttempt
from tests.support.factories import make_lead, make_sync_item

pytestmark = pytest.mark.django_db(transaction=True)
PURGE = "CALL ptj_purge_attempts(now() - %s::interval, %s)"


def tried(tenant: Tenant, *ages: int) -> None:
    """Create an item with an attempt for each age in days."""
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant))
    with scope.worker():
        for number, age in enumerate(ages):
            then = Now() - timedelta(days=age)
            SyncAttempt.objects.create(
                tenant=tenant,
                item=item,
                claim_version=number,
                outcome=State.RETRYING,
                worker="test",
                began_at=then,
                settled_at=then,
            )


def left() -> int:
    with scope.worker():
        return SyncAttempt.objects.count()


def as_owner(statement: str, *values: str) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute(statement.encode(), values)


def test_old_attempts_are_purged_and_logged(tenant: Tenant) -> None:
    tried(tenant, 500, 401, 399, 0)
    as_owner(PURGE, "400 days", "Kept for 400 days.")
    assert left() == 2
    with scope.worker():
        line = AuditEntry.objects.get(action="syncqueue.purge_attempts")
    assert (line.actor_label, line.reason, line.changes["removed"]) == ("database owner", "Kept for 400 days.", [0, 2])


@pytest.mark.parametrize(
    ("age", "reason", "said"), [("89 days", "x", "90 days at least"), ("400 days", " ", "needs a reason")]
)
def test_a_purge_is_refused(tenant: Tenant, age: str, reason: str, said: str) -> None:
    tried(tenant, 500)
    with pytest.raises(psycopg.DatabaseError, match=said):
        as_owner(PURGE, age, reason)
    assert left() == 1


@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET detail = ''", "TRUNCATE {}"])
def test_nothing_else_deletes_an_attempt(tenant: Tenant, statement: str) -> None:
    tried(tenant, 500)
    with pytest.raises(psycopg.DatabaseError, match="append-only"):
        as_owner(statement.format("syncqueue_syncattempt"))
    with scope.worker(), connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("CALL ptj_purge_attempts(now() - interval '2 years', 'x')")
    assert left() == 1
