"""`manage.py verify_audit` and `seal_audit`, and the results of the nightly task."""

import io
import json
import os
import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from pagetojob.platform.audit import selectors, verify
from pagetojob.platform.audit.models import AuditCheck
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.schedule import PERIODIC_TASKS
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sealed() -> Tenant:
    tenant = make_tenant(slug="some-plumber")
    with scope.worker():
        for number in range(3):
            record(action="x.y", subject=f"thing {number}", reason="why", actor="test", tenant=tenant)
    assert run("seal_audit") == (0, "3 sealed.\n")
    return tenant


def run(command: str, *arguments: str) -> tuple[int, str]:
    """Return the exit status and the output."""
    output = io.StringIO()
    try:
        call_command(command, *arguments, stdout=output)
    except SystemExit as ended:
        return int(ended.code or 0), output.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, output.getvalue()


def superuser(statement: str) -> None:
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET LOCAL session_replication_role = replica")
        session.execute(statement)


def test_it_reports_an_intact_log(sealed: Tenant) -> None:
    assert run("verify_audit") == (0, "seals 1 to 3\nThe log matches its seals.\n")
    assert run("verify_audit", "--tenant", sealed.slug)[0] == 0


def test_it_names_the_first_bad_line(sealed: Tenant) -> None:
    superuser("UPDATE audit_auditentry SET reason = 'other' WHERE subject <> 'thing 0'")
    status, text = run("verify_audit")
    assert status == 1 and re.search(r"First: changed\. Line act \d+ was changed\.", text)
    status, text = run("verify_audit", "--json")
    facts: dict[str, Any] = json.loads(text)
    assert (status, facts["ok"], facts["schema"]) == (1, False, "pagetojob.audit-check/1")
    assert [(finding["kind"], finding["number"]) for finding in facts["found"]] == [("changed", 2), ("changed", 3)]
    assert run("verify_audit", "--tenant", sealed.slug)[0] == 1


def test_an_unknown_tenant_is_no_result(sealed: Tenant) -> None:
    assert run("verify_audit", "--tenant", "nobody") == (2, "There is no tenant nobody.")


def test_the_periodic_tasks_seal_and_verify(sealed: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    assert PERIODIC_TASKS["audit.seal"].every <= timedelta(seconds=30)
    superuser("DELETE FROM audit_auditentry WHERE subject = 'thing 1'")
    PERIODIC_TASKS["audit.verify"].run()
    assert [(entry.levelname, entry.__dict__["kind"]) for entry in caplog.records] == [("ERROR", "removed")]
    with scope.worker():
        checked = AuditCheck.objects.get()
        assert not selectors.waits_too_long()
    assert checked.found[0]["number"] == 2


def test_a_line_without_a_seal_is_noticed_before_the_night(sealed: Tenant) -> None:
    superuser(
        "INSERT INTO audit_auditentry (at, actor_label, action, subject, reason, changes, request_id)"
        f" VALUES (now() - interval '{verify.LONGEST_UNSEALED.seconds + 60} seconds', 'x', 'x', 'x', 'x', '{{}}', '')"
    )
    with scope.worker():
        assert selectors.waits_too_long()


def test_a_line_that_arrived_hours_late_is_sealed_on_request(sealed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pagetojob.platform.audit.sealer.WINDOW", timedelta(0))
    with scope.worker():
        record(action="x.y", subject="a later thing", reason="why", actor="test", tenant=sealed)
    assert run("seal_audit") == (0, "1 sealed.\n")
    superuser(
        "INSERT INTO audit_auditentry (id, actor_label, action, subject, reason, changes, request_id)"
        " OVERRIDING SYSTEM VALUE VALUES (-1, 'x', 'x', 'x', 'x', '{}', '')"
    )
    assert run("seal_audit") == (0, "0 sealed.\n")
    assert run("seal_audit", "--everything") == (0, "1 sealed.\n")
