"""/ops/health: access and content; forms never depend on it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.ops.monitoring import read_health
from pagetojob.platform.audit.findings import Finding, Kind, note
from pagetojob.platform.audit.services import record
from pagetojob.platform.runs.models import Run, ScheduledTask
from pagetojob.platform.runs.services import claim_due_tasks
from pagetojob.platform.sealing.tenant_box import file_box
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection, Lost
from pagetojob.servicetitan.vault.services import connections
from readiness.models import ClaimScan
from syncqueue.leads.models import Lead
from syncqueue.models import Kind as ItemKind
from syncqueue.models import Lane, State, SyncItem
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import reach
from tests.support.services import VAULT_KEYS
from tests.support.vault import changed_data_keys

TOKEN = "a-token-of-the-monitor-with-enough-characters"


@pytest.fixture
def monitor(settings: Any, db: None) -> Callable[[], tuple[int, dict[str, Any]]]:
    """Request the page as an external monitor, and return the status and the body."""
    settings.OPS_HEALTH_TOKEN = TOKEN

    def ask() -> tuple[int, dict[str, Any]]:
        answer = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/ops/health")
        assert "no-store" in answer["Cache-Control"]
        assert ("Retry-After" in answer) is (answer.status_code == 503)
        return answer.status_code, json.loads(answer.content)

    return ask


Ask = Callable[[], tuple[int, dict[str, Any]]]


def alive(*, nudged: int = 1, finished: int = 1) -> None:
    """Store heartbeats of these ages in seconds."""
    with scope.worker():
        ScheduledTask.objects.update_or_create(
            name="any",
            defaults={
                "last_woken_at": Now() - timedelta(seconds=nudged),
                "last_finished_at": Now() - timedelta(seconds=finished),
            },
        )


def test_all_is_well(monitor: Ask) -> None:
    alive()
    assert monitor() == (
        200,
        {
            "schema": "pagetojob.ops-health/1",
            "ok": True,
            "problems": [],
            "runbooks": [],
            "dispatcher_seconds": 1,
            "worker_seconds": 1,
            "late_tasks": [],
            "last_try_seconds": None,
            "oldest_due_seconds": None,
            "oldest_notice_seconds": None,
            "untold": 0,
            "untold_is_more": False,
            "books": {"balance": True, "missing": 0, "captured": 0},
            "overclaims": 0,
            "audit_findings": 0,
            "lanes_in_trouble": 0,
            "lanes_paused": 0,
            "hosts": [],
            "backups": {"configured": False},
        },
    )


def test_machines_that_never_showed_a_sign_are_not_well(monitor: Ask) -> None:
    status, body = monitor()
    assert status == 503
    assert body["problems"] == [
        "The dispatcher is not running.",
        "No worker has finished a periodic task for a minute.",
    ]


@pytest.mark.parametrize(
    ("nudged", "finished", "problem"), [(70, 1, "dispatcher is not running"), (1, 70, "No worker has finished")]
)
def test_a_machine_that_went_silent_is_named(monitor: Ask, nudged: int, finished: int, problem: str) -> None:
    alive(nudged=nudged, finished=finished)
    status, body = monitor()
    assert status == 503 and len(body["problems"]) == 1 and problem in body["problems"][0]


def beat(name: str, *, started: int, finished: int) -> None:
    """Store the heartbeats of a task, in minutes. It was woken ever since it last finished."""
    ages = {"last_woken_at": Now() - timedelta(minutes=started)}
    ages["last_finished_at"] = Now() - timedelta(minutes=finished)
    ages["unfinished_since"] = Now() - timedelta(minutes=finished - 1)
    with scope.worker():
        ScheduledTask.objects.create(name=name, **ages)


def test_a_heavy_task_is_no_sign_of_life_of_the_other_worker(monitor: Ask) -> None:
    beat("syncqueue.sweep_leases", started=0, finished=2)
    beat("onboarding.check_domains", started=0, finished=0)
    status, body = monitor()
    assert status == 503 and body["problems"] == ["No worker has finished a periodic task for a minute."]
    assert body["worker_seconds"] == 120


def test_a_task_that_never_ends_is_named(monitor: Ask, viewer: User, signed_in: SignIn) -> None:
    alive()
    beat("syncqueue.verify_books", started=0, finished=25 * 60)
    beat("syncqueue.count_deep", started=0, finished=17)
    beat("onboarding.check_forms", started=0, finished=15)
    beat("removed.in_this_release", started=0, finished=5000)
    status, body = monitor()
    assert status == 503 and body["problems"] == ["A periodic task has not finished for a long time."]
    assert body["late_tasks"] == ["syncqueue.verify_books", "syncqueue.count_deep"]
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "<code>syncqueue.count_deep</code>, last finished 17 minutes ago: Count open items" in page
    assert "onboarding.check_forms" not in page


def test_a_task_that_has_never_ended_is_named(monitor: Ask, viewer: User, signed_in: SignIn) -> None:
    alive()
    with scope.worker():
        for name, minutes in (("readiness.scan_claims", 17), ("audit.verify", 14)):
            created = Now() - timedelta(minutes=minutes)
            ages = {"created_at": created, "unfinished_since": created, "last_woken_at": Now()}
            ScheduledTask.objects.create(name=name, **ages)
    status, body = monitor()
    assert status == 503 and body["problems"] == ["A periodic task has not finished for a long time."]
    assert body["late_tasks"] == ["readiness.scan_claims"]
    page = signed_in(viewer).get("/ops/alarms/").text
    assert "<code>readiness.scan_claims</code>, never finished: Scan every page" in page


def test_no_task_is_late_while_none_is_started(monitor: Ask) -> None:
    beat("syncqueue.count_deep", started=60, finished=61)
    assert monitor()[1]["late_tasks"] == []


def test_no_task_is_late_when_the_dispatcher_is_back(monitor: Ask) -> None:
    """A task that had finished, and one whose last wake-up was lost, get time to finish before they are late."""
    beat("syncqueue.count_deep", started=60, finished=59)
    beat("syncqueue.verify_books", started=60, finished=80)
    assert monitor()[1]["late_tasks"] == ["syncqueue.verify_books"]
    names = ("syncqueue.count_deep", "syncqueue.verify_books")
    every = dict.fromkeys(names, timedelta(minutes=1))
    with scope.worker():
        assert len(claim_due_tasks(every)) == 2
    assert monitor()[1]["late_tasks"] == []
    with scope.worker():  # woken every minute since, and still not finished
        ScheduledTask.objects.update(
            unfinished_since=Now() - timedelta(minutes=17), last_woken_at=Now() - timedelta(minutes=1), due_at=Now()
        )
        claim_due_tasks(every)
    assert set(monitor()[1]["late_tasks"]) == set(names)


def test_a_business_that_was_not_notified_raises_the_alarm(monitor: Ask, captured: Lead) -> None:
    alive()
    with scope.worker():
        SyncItem.objects.update(created_at=Now() - timedelta(minutes=11), due_at=Now() + timedelta(hours=1))
    status, body = monitor()
    assert (status, body["untold"], body["oldest_notice_seconds"] // 60) == (503, 1, 11)
    assert body["problems"] == ["A business has not been notified of a lead within ten minutes."]


def test_what_is_due_too_long_is_heard(monitor: Ask, tenant: Tenant) -> None:
    alive()
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, due_at=Now() - timedelta(minutes=6))
    status, body = monitor()
    assert status == 503 and body["problems"] == ["An item has been due for more than five minutes."]


def test_an_unbalanced_ledger_raises_the_alarm(monitor: Ask, tenant: Tenant) -> None:
    alive()
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    status, body = monitor()
    assert (status, body["books"]) == (503, {"balance": False, "missing": 1, "captured": 1})


def test_a_lead_without_a_notice_is_heard(monitor: Ask, tenant: Tenant) -> None:
    alive()
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, kind=ItemKind.BOOKING_REQUEST, lead=make_lead(tenant=tenant))
    status, body = monitor()
    assert status == 503 and body["problems"] == ["A lead has no notice to its business."]


def test_a_cooling_lane_is_shown_but_raises_no_alarm(monitor: Ask, tenant: Tenant) -> None:
    alive()
    with scope.worker():
        Lane.objects.create(tenant=tenant, kind=ItemKind.BOOKING_REQUEST, failures=5, paused_until=Now())
    assert monitor()[0] == 200
    assert monitor()[1]["lanes_in_trouble"] == 1


def test_it_contains_counts_and_no_names(monitor: Ask, captured: Lead, tenant: Tenant) -> None:
    report = json.dumps(monitor()[1])
    for value in (captured.name, captured.phone, captured.email, captured.spoken_code, tenant.name, tenant.slug):
        assert value not in report


def test_a_broken_token_and_strangers_are_refused(
    settings: Any, signed_in: SignIn, stranger: User, editor: User, db: None
) -> None:
    settings.OPS_HEALTH_TOKEN = TOKEN
    wrong = [TOKEN[:-1], TOKEN + "x", "", "Bearer"]
    clients = [Client(headers={"Authorization": f"Bearer {token}"}) for token in wrong]
    clients += [Client(headers={"Authorization": f"Basic {TOKEN}"}), Client(), signed_in(stranger), signed_in(editor)]
    for client in clients:
        answer = client.get("/ops/health")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert "untold" not in answer.text
    settings.OPS_HEALTH_TOKEN = ""
    for token in ("", TOKEN):
        assert Client(headers={"Authorization": f"Bearer {token}"}).get("/ops/health").status_code == 401


def test_operators_may_read_it(signed_in: SignIn, viewer: User, settings: Any) -> None:
    settings.OPS_HEALTH_TOKEN = ""
    alive()
    assert signed_in(viewer).get("/ops/health").status_code == 200


def test_it_only_reads(monitor: Ask, signed_in: SignIn, viewer: User) -> None:
    assert signed_in(viewer).post("/ops/health").status_code == 405


def test_it_costs_the_same_however_much_waits(monitor: Ask, tenant: Tenant) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            monitor()
        return len(queries)

    cost()  # tries the data keys, which stay the same
    few = cost()
    with scope.tenant(tenant.pk):
        for _ in range(20):
            make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant), due_at=Now())
    assert cost() == few


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_reports_the_problem(monitor: Ask, database_away: Callable[[], None]) -> None:
    database_away()
    assert monitor() == (
        503,
        {"schema": "pagetojob.ops-health/1", "ok": False, "problems": ["The database does not respond."]},
    )


def test_a_run_that_no_worker_takes_is_heard(monitor: Ask, tenant: Tenant) -> None:
    alive()
    with scope.tenant(tenant.pk):
        Run.objects.create(tenant=tenant, kind="x")
    assert monitor()[0] == 200
    with scope.worker():
        Run.objects.update(state_since=Now() - timedelta(minutes=6))
    status, body = monitor()
    assert status == 503 and "A run has waited" in body["problems"][0]


def test_a_text_that_asserts_a_gated_claim_is_a_problem(monitor: Ask) -> None:
    alive()
    overclaims = [
        {"where": "row checklist-x", "claim": "automatic-sync", "phrase": "syncs", "safe_wording": "It is gated."}
    ]
    ClaimScan.objects.create(looked_at=1, found=overclaims)
    status, body = monitor()
    assert (status, body["overclaims"]) == (503, 1)
    assert body["problems"] == ["A text asserts a gated claim: run manage.py check_claims."]
    ClaimScan.objects.create(looked_at=1)
    assert monitor()[0] == 200


def test_tampering_with_the_audit_log_is_a_problem(monitor: Ask) -> None:
    alive()
    finding = Finding(Kind.CHANGED, 7, "The line act 7 was changed.", "act 7")
    with scope.worker():
        note([finding], first=1, last=9, whole=True)
    status, body = monitor()
    assert (status, body["audit_findings"]) == (503, 1)
    assert body["problems"] == ["The audit log does not match its seals: run manage.py verify_audit."]
    with scope.worker():
        note([], first=1, last=9, whole=True)
    assert monitor()[0] == 200


def test_a_data_key_that_cannot_be_used_is_a_problem(
    monitor: Ask, tenant: Tenant, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    alive()
    with scope.tenant(tenant.pk):
        file_box(tenant.pk, creates_key=True)
    assert monitor()[0] == 200
    with changed_data_keys():
        status, body = monitor()
        assert status == 503 and body["runbooks"] == ["/ops/alarms/#data-keys"]
        with pytest.raises(CommandError, match="1 data keys cannot be used"):
            call_command("vault_keys")
    assert f"{tenant.slug}, files: SealBroken" in capsys.readouterr().out
    assert monitor()[0] == 200
    settings.VAULT_KEYS = VAULT_KEYS.replace("now:", "later:")
    assert monitor()[1]["runbooks"] == ["/ops/alarms/#data-keys"]


def test_a_line_that_waits_for_its_seal_is_a_problem(monitor: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    alive()
    with scope.worker():
        record(action="x", subject="y", reason="z", actor="test")
    assert monitor()[0] == 200
    monkeypatch.setattr("pagetojob.platform.audit.selectors.LONGEST_UNSEALED", timedelta(minutes=-1))
    assert monitor()[1]["problems"] == ["A line of the audit log has waited for its seal for more than five minutes."]


def test_a_lost_connection_is_an_alarm_only_while_a_booking_waits(
    connected: Connection, captured: Lead, owner: User
) -> None:
    alive()
    connections.note_refusal(connection=connected, what=Lost.SCOPES, by="gateway")
    with scope.worker():
        blocked = SyncItem.objects.filter(kind=ItemKind.BOOKING_REQUEST)
        blocked.update(due_at=None, cause="")
        assert "access-lost" not in read_health().holding
        blocked.update(cause="not-connected")
        assert "access-lost" in read_health().holding
    with scope.tenant(connected.tenant_id):
        connected.refresh_from_db()
    connections.authorize(
        connection=connected, servicetitan_tenant=connected.servicetitan_tenant, scopes=connected.scopes,
        modules=connected.modules, actor=owner, reason="Back.",
    )  # fmt: skip
    with scope.worker():
        assert "access-lost" not in read_health().holding


def test_an_outcome_that_stays_unknown_is_an_alarm(monitor: Ask, tenant: Tenant) -> None:
    alive()
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant)
    with scope.worker():
        reach(item, State.UNKNOWN, cause="look-up-waits", due_at=None)
        assert "unknown-old" not in read_health().holding
        SyncItem.objects.filter(pk=item.pk).update(state_since=Now() - timedelta(minutes=31))
    status, body = monitor()
    assert status == 503 and "unknown for more than 30 minutes" in " ".join(body["problems"])
