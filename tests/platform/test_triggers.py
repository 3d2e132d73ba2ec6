"""No session can skip the guard triggers: neither a worker nor the owner of the tables."""

import os

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.db.utils import ProgrammingError

from pagetojob.platform import states
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.models import State, SyncItem
from tests.support.factories import make_sync_item

#: What `pgtrigger.ignore()` executes, for every trigger there is.
IGNORE_ALL = "SELECT set_config('pgtrigger.ignore', (SELECT array_agg(tgname)::text FROM pg_trigger), true)"


def ignore_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(IGNORE_ALL)


def test_a_worker_cannot_requeue_a_finished_item(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant)
    with scope.worker():
        states.move(item, State.CANCELLED)
    with pytest.raises(IntegrityError, match="its facts stay"), scope.worker():
        ignore_all()
        SyncItem.objects.filter(pk=item.pk).update(state=State.QUEUED)


@pytest.mark.django_db(transaction=True)
def test_the_owner_cannot_delete_an_audit_line(tenant: Tenant) -> None:
    with scope.worker():
        record(action="tenant.changed", subject=tenant, reason="A test.", tenant=tenant, actor="test")
        entry = AuditEntry.objects.latest("id")
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        owner.execute(IGNORE_ALL)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            owner.execute("DELETE FROM audit_auditentry WHERE id = %s", [entry.pk])


def test_the_roles_of_the_product_cannot_switch_triggers_off(tenant: Tenant) -> None:
    for statement in (
        "ALTER TABLE syncqueue_syncitem DISABLE TRIGGER ALL",
        "SET LOCAL session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean RETURN true",
    ):
        with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"), scope.worker():
            connection.cursor().execute(statement)
