"""Promise 13: every action by a person has a name, a time and a reason, in a log nobody can rewrite."""

import logging
import os
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import AuditError, fingerprint, record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead


def entries(tenant: Tenant) -> list[AuditEntry]:
    with scope.tenant(tenant.pk):
        return list(AuditEntry.objects.all())


def test_it_writes_who_what_and_why(tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        record(action="x.y", subject=tenant, reason=" because ", tenant=tenant, actor=operator)
    (entry,) = entries(tenant)
    assert (entry.actor_id, entry.actor_label, entry.action, entry.reason) == (
        operator.pk,
        "operator",
        "x.y",
        "because",
    )
    assert entry.subject == f"tenants.tenant:{tenant.public_id}"


def test_a_committed_line_is_also_logged(
    operator: User, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        record(action="test.act", subject="test:1", reason="Jamie called.", actor=operator)
    (line,) = [vars(line) for line in caplog.records if line.message == "audited"]
    assert (line["action"], line["subject"], line["actor_id"]) == ("test.act", "test:1", operator.pk)
    assert "Jamie" not in str(line)


def test_it_keeps_no_personal_value(captured: Lead, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        record(
            action="lead.change",
            subject=captured,
            reason="test",
            tenant=captured.tenant_id,
            actor=operator,
            changes={"name": ("Jamie Rivera", "Jamie R."), "excluded_as": ("", "spam")},
        )
        entry = AuditEntry.objects.get()
    assert entry.changes["excluded_as"] == ["", "spam"]
    assert entry.changes["name"] == [fingerprint("Jamie Rivera"), fingerprint("Jamie R.")]
    assert "Jamie" not in str(entry.changes)


def test_a_row_in_a_change_is_named_by_its_public_id(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        record(
            action="x.y",
            subject=tenant,
            reason="test",
            tenant=tenant,
            actor=operator,
            changes={"user": (None, operator)},
        )
    (entry,) = entries(tenant)
    assert entry.changes == {"user": [None, f"tenants.user:{operator.public_id}"]}


@pytest.mark.parametrize(
    "facts", [{"reason": " ", "actor": "x"}, {"reason": "why", "actor": ""}], ids=["no reason", "no actor"]
)
def test_it_refuses_an_act_without_who_or_why(db: None, facts: dict[str, Any]) -> None:
    with transaction.atomic(), pytest.raises(AuditError):
        record(action="x", subject="y", **facts)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_stand_apart_from_the_act() -> None:
    with pytest.raises(AuditError, match="transaction"):
        record(action="x", subject="y", reason="z", actor="test")


def test_a_platform_line_is_written_by_all_and_read_by_operators(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        record(action="x", subject="y", reason="z", actor="test")
    assert entries(tenant) == []
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.count() == 1


def test_a_tenant_cannot_write_into_the_log_of_another(tenant: Tenant, other_tenant: Tenant) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), scope.tenant(tenant.pk):
        record(action="x", subject="y", reason="z", actor="test", tenant=other_tenant)


def test_a_worker_can_write_a_line(tenant: Tenant) -> None:
    with scope.worker():
        record(action="x", subject="y", reason="z", actor="sweep", tenant=tenant)
    assert len(entries(tenant)) == 1


@pytest.mark.parametrize("statement", ["UPDATE audit_auditentry SET reason = 'x'", "DELETE FROM audit_auditentry"])
def test_the_application_may_not_change_or_remove_a_line(tenant: Tenant, statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), scope.tenant(tenant.pk):
        record(action="x", subject="y", reason="z", actor="test", tenant=tenant)
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["audit_auditentry", "syncqueue_syncattempt"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = NULL", "DELETE FROM {}", "TRUNCATE {}"])
def test_even_the_owner_of_the_tables_is_refused(statement: str, table: str, tenant: Tenant, work_off: object) -> None:
    with scope.tenant(tenant.pk):
        record(action="x", subject="y", reason="z", actor="test", tenant=tenant)
    work_off()  # type: ignore[operator]
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:
        assert owner.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,)
        with pytest.raises(psycopg.DatabaseError, match=r"append-only|Cannot (update|delete)"):
            owner.execute(statement.format(table))
