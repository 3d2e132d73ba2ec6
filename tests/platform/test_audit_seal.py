"""The sealer, and that whatever is done to the audit log behind our back is found and named."""

import hashlib
import os
from collections.abc import Callable, Generator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from pagetojob.platform.audit import chain, sealer, verify
from pagetojob.platform.audit.findings import Kind, Result
from pagetojob.platform.audit.models import AuditCheck, AuditEntry, AuditSeal
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def write(tenant: Tenant | None, count: int = 1) -> None:
    for number in range(count):
        with scope.worker():
            record(action="x.y", subject=f"thing {number}", reason="why", actor="test", tenant=tenant)


def check() -> Result:
    with scope.worker():
        return verify.verify()


def kinds(result: Result) -> list[Kind]:
    return [finding.kind for finding in result.found]


@pytest.fixture
def superuser() -> Generator[psycopg.Connection]:
    """Somebody who may do anything in the database, and whom no trigger stops."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"], autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        yield session


@pytest.fixture
def sealed(db: None) -> Tenant:
    """Ten lines of a tenant and two of the house, sealed and anchored."""
    tenant = make_tenant()
    write(tenant, 5)
    write(None, 2)
    write(tenant, 5)
    assert sealer.seal_lines(batch=4) == 12
    return tenant


def test_every_line_has_a_place_in_the_global_chain_and_in_its_log(sealed: Tenant) -> None:
    with scope.worker():
        seals = list(AuditSeal.objects.order_by("number"))
    assert [seal.number for seal in seals] == list(range(1, 13))
    assert [seal.place for seal in seals] == [1, 2, 3, 4, 5, 1, 2, 6, 7, 8, 9, 10]
    result = check()
    assert result.found == [] and (result.first, result.last, result.whole) == (1, 12, True)


def test_lines_that_come_later_go_on_from_there(sealed: Tenant) -> None:
    write(sealed)
    assert sealer.seal_lines() == 1
    assert sealer.seal_lines() == 0
    assert check().found == []


def test_changes_of_rows_are_sealed_too(superuser: psycopg.Connection) -> None:
    superuser.execute(
        """INSERT INTO audit_rowchange ("table", "row", operation, after) VALUES ('t', 1, 'INSERT', '{"a": 1.50}')"""
    )
    assert sealer.seal_lines() == 1
    assert check().found == []
    superuser.execute("""UPDATE audit_rowchange SET after = '{"a": 1.5}'""")
    (finding,) = check().found
    assert (finding.kind, finding.number, finding.line.split()[0]) == (Kind.CHANGED, 1, "row")


def test_an_open_transaction_delays_its_own_lines_only(sealed: Tenant) -> None:
    line = "INSERT INTO audit_auditentry (actor_label, action, subject, reason, changes, request_id)"
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as slow:
        slow.execute(f"{line} VALUES ('slow', 'x', 'y', 'z', '{{}}', '')")
        write(sealed)
        assert sealer.seal_lines() == 1
        slow.commit()
    assert sealer.seal_lines() == 1
    assert check().found == []


def test_a_line_that_was_open_before_a_standstill_is_sealed_after_it(
    sealed: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "INSERT INTO audit_auditentry (actor_label, action, subject, reason, changes, request_id)"
    monkeypatch.setattr(sealer, "WINDOW", timedelta(microseconds=1))  # every standstill is longer
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as slow:
        slow.execute(f"{line} VALUES ('slow', 'x', 'y', 'z', '{{}}', '')")
        write(sealed)
        assert sealer.seal_lines() == 1
        slow.commit()
    assert sealer.seal_lines() == 1


def test_only_a_single_sealer_runs_at_a_time(sealed: Tenant) -> None:
    write(sealed)
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [sealer._LOCK])
        assert sealer.seal_lines() == 0
    assert sealer.seal_lines() == 1


def _rewrite_everything(session: psycopg.Connection) -> None:
    """Change the third line, then make every seal from there on again, as whoever has our code can."""
    session.execute(
        "UPDATE audit_auditentry SET reason = 'other' WHERE id = (SELECT line FROM audit_auditseal WHERE number = 3)"
    )
    session.execute("DELETE FROM audit_auditseal WHERE number >= 3")
    anchors = Path(settings.AUDIT_ANCHOR_FILE)
    content = anchors.read_bytes()
    anchors.unlink()
    sealer.seal_lines(everything=True)
    anchors.write_bytes(content)


Tamper = str | Callable[[psycopg.Connection], None]
#: What is done to lines 1 to 12, the kind that must be found first, and the seal it must name.
TAMPERED: dict[str, tuple[Tamper, Kind, int | None]] = {
    "a reason": ("UPDATE audit_auditentry SET reason = 'other' WHERE id = {line7}", Kind.CHANGED, 7),
    "a time": ("UPDATE audit_auditentry SET at = at + interval '1 second' WHERE id = {line2}", Kind.CHANGED, 2),
    "a tenant": ("UPDATE audit_auditentry SET tenant_id = NULL WHERE id = {line2}", Kind.CHANGED, 2),
    "two lines trade places": (
        (
            "UPDATE audit_auditentry SET subject = CASE id WHEN {line2} THEN 'thing 2' ELSE 'thing 1' END"
            " WHERE id IN ({line2}, {line3})"
        ),
        Kind.CHANGED,
        2,
    ),
    "a line goes": ("DELETE FROM audit_auditentry WHERE id = {line7}", Kind.REMOVED, 7),
    "a line goes with its seal": (
        "DELETE FROM audit_auditentry WHERE id = {line7}; DELETE FROM audit_auditseal WHERE number = 7",
        Kind.REMOVED,
        7,
    ),
    "a line is put in": (
        (
            "INSERT INTO audit_auditentry (id, at, actor_label, action, subject, reason, changes, request_id)"
            " OVERRIDING SYSTEM VALUE VALUES (0, now() - interval '2 hours', 'x', 'x', 'x', 'x', '{{}}', '')"
        ),
        Kind.INSERTED,
        None,
    ),
    "two seals trade places": (
        (
            "UPDATE audit_auditseal SET number = 99 WHERE number = 4; UPDATE audit_auditseal SET number = 4 WHERE"
            " number = 5; UPDATE audit_auditseal SET number = 5 WHERE number = 99"
        ),
        Kind.REORDERED,
        4,
    ),
    "a seal and its line": (
        "UPDATE audit_auditseal SET line_hash = repeat('0', 64) WHERE number = 6",
        Kind.CHANGED,
        6,
    ),
    "when it was sealed": ("UPDATE audit_auditseal SET sealed_at = now() WHERE number = 6", Kind.CHANGED, 6),
    "the end is cut off": (
        (
            "DELETE FROM audit_auditentry WHERE id IN (SELECT line FROM audit_auditseal WHERE number > 9);"
            " DELETE FROM audit_auditseal WHERE number > 9"
        ),
        Kind.CUT,
        10,
    ),
    "all is gone": ("DELETE FROM audit_auditentry; DELETE FROM audit_auditseal", Kind.CUT, 1),
    "the chain is made anew": (_rewrite_everything, Kind.REWRITTEN, 1),
    "a purge that nobody did": (
        "DELETE FROM audit_auditentry WHERE id = {line2}; INSERT INTO audit_auditpurge VALUES (2, now(), 'x', now())",
        Kind.REMOVED,
        2,
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_detected_and_named(name: str, sealed: Tenant, superuser: psycopg.Connection) -> None:
    tamper, kind, number = TAMPERED[name]
    if isinstance(tamper, str):
        lines = {
            f"line{at}": line for at, line in superuser.execute("SELECT number, line FROM audit_auditseal").fetchall()
        }
        for statement in tamper.split(";"):
            superuser.execute(statement.format(**lines))
    else:
        tamper(superuser)
    first = check().found[0]
    assert (first.kind, first.number) == (kind, number), first


def test_a_line_with_an_old_time_cannot_slip_in_by_being_sealed(sealed: Tenant, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO audit_auditentry (at, actor_label, action, subject, reason, changes, request_id)"
        " VALUES (now() - interval '3 days', 'x', 'x', 'x', 'x', '{}', '')"
    )
    assert sealer.seal_lines() == 1
    (finding,) = check().found
    assert (finding.kind, finding.number) == (Kind.INSERTED, 13)


def test_an_unsealed_line_is_reported(sealed: Tenant, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO audit_auditentry (at, actor_label, action, subject, reason, changes, request_id)"
        " VALUES (now() - interval '6 minutes', 'x', 'x', 'x', 'x', '{}', '')"
    )
    assert kinds(check()) == [Kind.UNSEALED]


def test_a_missing_anchor_file_is_reported_after_a_while(sealed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(settings.AUDIT_ANCHOR_FILE).unlink()
    assert kinds(check()) == [], "the sealer may be in the middle of its first turn"
    monkeypatch.setattr(verify, "LONGEST_UNSEALED", timedelta(0))
    assert kinds(check()) == [Kind.UNANCHORED]


def test_an_outdated_anchor_is_reported(sealed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    anchors = Path(settings.AUDIT_ANCHOR_FILE).read_bytes()
    write(sealed)
    sealer.seal_lines()
    Path(settings.AUDIT_ANCHOR_FILE).write_bytes(anchors)
    assert kinds(check()) == []
    monkeypatch.setattr(verify, "LONGEST_UNSEALED", timedelta(0))
    assert [(finding.kind, finding.number) for finding in check().found] == [(Kind.UNANCHORED, 13)]


def test_an_unset_anchor_file_is_reported_immediately(sealed: Tenant, settings: Any) -> None:
    settings.AUDIT_ANCHOR_FILE = ""
    assert kinds(check()) == [Kind.UNANCHORED]
    write(sealed)
    assert sealer.seal_lines() == 1, "sealing goes on"


def test_a_damaged_anchor_is_reported(sealed: Tenant) -> None:
    with Path(settings.AUDIT_ANCHOR_FILE).open("a") as file:
        file.write("nonsense\n")
    assert kinds(check()) == [Kind.UNANCHORED]


def test_nothing_is_sealed_onto_a_chain_that_was_not_anchored(
    sealed: Tenant, superuser: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    superuser.execute("DELETE FROM audit_auditseal WHERE number > 9")
    superuser.execute("DELETE FROM audit_auditentry")
    write(sealed, 20)
    assert sealer.seal_lines() == sealer.seal_lines() == 0
    assert [entry.message for entry in caplog.records].count("audit log does not match its anchor") == 2
    with scope.worker():
        (noted,) = AuditCheck.objects.all()
    assert noted.found[0]["kind"] == "cut tail"


def test_a_check_that_runs_out_of_time_goes_on_the_next_night(sealed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagetojob.platform.audit.reading.CHUNK", 5)
    monkeypatch.setattr(verify, "NIGHTLY_SECONDS", -1)
    checks = [(done.first, done.last, done.whole) for done in (verify.check(), verify.check(), verify.check())]
    assert checks == [(1, 5, False), (6, 10, False), (11, 12, True)]
    assert verify.check().first == 1


def test_a_tenant_s_log_is_checked_by_itself(sealed: Tenant, superuser: psycopg.Connection) -> None:
    other = make_tenant()
    with scope.worker():
        assert verify.verify_tenant(sealed.pk).found == []
        assert verify.verify_tenant(sealed.pk).last == 10
    superuser.execute("DELETE FROM audit_auditentry WHERE tenant_id = %s", [sealed.pk])
    superuser.execute("DELETE FROM audit_auditseal WHERE number = 9")
    with scope.worker():
        findings = verify.verify_tenant(sealed.pk).found
        assert (findings[0].kind, findings[0].number) == (Kind.REMOVED, 1)
        assert any("Place 7 is missing" in finding.sentence for finding in findings)
        assert verify.verify_tenant(other.pk).found == []


def test_a_tenant_reads_its_own_lines_and_seals_and_no_others(sealed: Tenant) -> None:
    other = make_tenant()
    write(other, 2)
    sealer.seal_lines()
    with scope.tenant(other.pk):
        assert AuditEntry.objects.count() == AuditSeal.objects.count() == 2
    assert AuditSeal.objects.count() == 0


@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditseal", "audit_rowchange", "audit_auditcheck"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = NULL", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["pagetojob_app", "pagetojob_worker", "pagetojob_operator"])
def test_no_role_of_ours_changes_or_removes_anything(role: str, statement: str, table: str) -> None:
    column = {"audit_auditcheck": "found", "audit_rowchange": "after"}.get(table, "tenant_id")
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute(f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(statement.format(table, column))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_auditseal SET line = 0", "DELETE FROM audit_auditseal", "TRUNCATE audit_auditseal"]
)
def test_even_the_owner_of_the_tables_changes_no_seal(sealed: Tenant, statement: str) -> None:
    with (
        psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner,
        pytest.raises(psycopg.DatabaseError, match=r"append-only|Cannot (update|delete)"),
    ):
        owner.execute("SELECT set_config('app.purge', 'on', true)")
        owner.execute(statement)


def _old_line(session: psycopg.Connection, days: int) -> None:
    session.execute(
        "INSERT INTO audit_auditentry (at, actor_label, action, subject, reason, changes, request_id)"
        " VALUES (now() - make_interval(days => %s), 'x', 'x', 'x', 'x', '{}', '')",
        [days],
    )


def test_a_line_removed_after_the_purged_lines_is_reported(superuser: psycopg.Connection) -> None:
    for days in (900, 800, 500, 0):
        _old_line(superuser, days)
    sealer.seal_lines()
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute("SELECT ptj_purge_audit(100)")
    sealer.seal_lines()
    assert check().found == []
    superuser.execute("DELETE FROM audit_auditentry WHERE at < now() - interval '400 days'")
    assert [(finding.kind, finding.number) for finding in check().found] == [(Kind.REMOVED, 3)]


def test_an_outsider_can_redo_a_line_s_hash() -> None:
    """Fixed for ever: whoever kept a hash can check it with what the explanation page says."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-7)))
    line: dict[str, Any] = {"id": 1, "at": at, "reason": "é", "changes": '{"a": [null, 1.50]}'}
    written = (
        rb'{"at":"2026-01-02T10:04:05.000000+00:00","changes":"{\"a\": [null, 1.50]}",'
        rb'"id":1,"log":"act","reason":"\u00e9"}'
    )
    assert chain.line_hash("act", line) == hashlib.sha256(written).hexdigest()
