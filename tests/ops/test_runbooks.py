"""Each runbook shows when and by whom it was last practiced."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from pagetojob.ops.models import Drill
from pagetojob.ops.runbooks import RUNBOOKS, DrillRefused, practices, record_drill
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from tests.support.cast import SignIn

DOCS = Path(__file__).resolve().parents[2] / "docs"
TYPED = {"runbook": "restore", "at": "2026-11-20T14:30", "outcome": "problems", "note": "The keys were slow to find."}


def test_each_runbook_is_a_page_or_an_alarm() -> None:
    assert len({row.slug for row in RUNBOOKS}) == len(RUNBOOKS)
    assert [row.slug for row in RUNBOOKS if row.guide and not (DOCS / f"{row.guide}.md").is_file()] == []


def test_an_operator_records_a_drill_and_everyone_reads_it(operator: User, viewer: User, signed_in: SignIn) -> None:
    listed = signed_in(viewer).get("/ops/runbooks/").text
    assert "No drill is recorded." in listed and '<li aria-current="page">Runbooks</li>' in listed
    assert listed.count('data-label="Runbook"') >= len(RUNBOOKS), "on a phone each row names its runbook"
    User.objects.filter(pk=operator.pk).update(time_zone="America/Phoenix")
    client = signed_in(operator)
    page = client.post("/ops/runbooks/drills", TYPED, follow=True)
    assert "Recorded: Restore a backup and resume, passed with problems." in page.text
    assert ">Nov 20, 2026, 14:30 MST</time>" in page.text and f"by {operator.name}" in page.text
    with scope.operator(operator, reason="test"):
        drill = Drill.objects.get()
    assert drill.by_id == operator.pk
    reader = signed_in(viewer)
    assert operator.name in reader.get("/ops/runbooks/").text
    assert reader.post("/ops/runbooks/drills", TYPED).status_code == 404


@pytest.mark.parametrize("wrong", [{"runbook": "none"}, {"outcome": "great"}, {"at": "2126-01-01T00:00"}, {"at": "\0"}])
def test_a_wrong_form_is_shown_again(wrong: dict[str, str], operator: User, signed_in: SignIn) -> None:
    answer = signed_in(operator).post("/ops/runbooks/drills", TYPED | wrong)
    assert answer.status_code == 422 and TYPED["note"] in answer.text


def test_a_command_records_a_drill_under_its_own_name(db: None, lead_operator: User) -> None:
    out = StringIO()
    call_command("record_drill", "restore", outcome="passed", command="bench.restore", stdout=out)
    assert out.getvalue().startswith("Recorded: restore, passed, ")
    with pytest.raises(CommandError, match="with an offset"):
        call_command("record_drill", "restore", outcome="passed", at="2026-11-20T14:30")
    with scope.operator(lead_operator, reason="test"):
        newest = {row.runbook.slug: row for row in practices()}
        assert newest["restore"].drill and newest["restore"].drill.by_label == "bench.restore"
        assert not newest["restore"].is_due and newest["secret-key"].is_due
        assert AuditEntry.objects.filter(action="ops.record_drill", actor_label="bench.restore").count() == 1


def test_a_failed_or_an_old_drill_is_due_again(operator: User) -> None:
    now = timezone.now()
    with scope.operator(operator, reason="test"):
        record_drill("restore", operator, now, "failed")
        record_drill("on-call", operator, now - timedelta(days=91), "passed")
        assert {"restore", "on-call"} <= {row.runbook.slug for row in practices() if row.is_due}
        with pytest.raises(DrillRefused):
            record_drill("no such", operator, now, "passed")
        for change in (lambda: Drill.objects.all().delete(), lambda: Drill.objects.update(outcome="passed")):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
