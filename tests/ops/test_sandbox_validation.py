"""The sandbox validation harness against the simulator: results, seals, resumption, and no way to a gate."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pagetojob.gates.registry import Access, Environment, Gate, Grade
from pagetojob.ops.sandbox import harness
from pagetojob.ops.sandbox.trial import Trial
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.accounts import NUMBER, SIMULATOR_TENANT, VARIABLES, own_account
from pagetojob.servicetitan.validation.models import CaseResult, ValidationRun
from pagetojob.servicetitan.validation.protocol import CASES
from pagetojob.servicetitan.validation.selectors import is_sound
from pagetojob.servicetitan.vault.models import Connection
from syncqueue.leads.models import Lead
from syncqueue.notices import escalation
from tests.support.factories import make_user
from tests.support.gates import prove
from tests.support.standin import StandInProcess

pytestmark = pytest.mark.django_db(transaction=True)
SLUGS = [case.slug for case in CASES]


@pytest.fixture(autouse=True)
def quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    settings.FIRST_LOOK_UP_SECONDS = settings.SECOND_LOOK_UP_SECONDS = 0.2
    monkeypatch.setattr("pagetojob.ops.sandbox.cases_sending._EARLY_SECONDS", (0.0,))
    monkeypatch.setattr("pagetojob.ops.sandbox.harness.code_version", lambda: "c" * 64)


def validate(*arguments: str, environment: str = "simulator") -> dict[str, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("validate_sandbox", "--environment", environment, *arguments, stdout=out)
    except CommandError:
        if not out.getvalue():
            raise
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert all(list(line) == ["case", "result", "grade", "evidence"] for line in lines)
    return {line["case"]: line for line in lines}


def only(slug: str, *arguments: str) -> dict[str, Any]:
    """The line of one case, in a new run."""
    return validate("--new", "--case", slug, *arguments)[slug]


@pytest.mark.nightly
def test_a_full_run_is_sealed_and_leaves_no_connection(standin: StandInProcess) -> None:
    lines = validate()
    assert list(lines) == SLUGS
    assert {line["grade"] for line in lines.values()} == {"simulator"}
    blocked = {"webhook-replay": "event of the other side", "revenue-attribution": "no completed job"}
    for slug, line in lines.items():
        assert line["result"] == ("blocked" if slug in blocked else "passed"), line
        assert blocked.get(slug, "") in line["evidence"].get("reason", "")
    handoff = lines["booking-handoff"]["evidence"]
    assert set(handoff["creates_by_reference"].values()) == set(handoff["bookings_by_reference"].values()) == {1}
    assert len(standin.book(int(SIMULATOR_TENANT))["bookings"]) == 3, "each reference has one booking there"
    assert lines["taxonomy-import"]["evidence"]["writes"] == 0
    limits = lines["retries-and-limits"]["evidence"]
    assert limits["highest_second"] <= limits["limit"] == 60 and limits["waited"] >= limits["asked_to_wait"]
    assert {cause.get("sent", 0) for cause in limits["causes"].values()} == {0}
    with scope.worker():
        run = ValidationRun.objects.get()
        assert run.finished_at and is_sound(run)
        tenant = Tenant.objects.get(slug="sandbox-validation")
        assert not Connection.objects.filter(tenant=tenant).exclude(state="disconnected").exists()
        stored = json.dumps([[row.evidence, row.requests] for row in run.results.all()])
    assert f"/tenant/{SIMULATOR_TENANT}" not in stored and "cs2." not in stored and "555-0142" not in stored


def test_a_run_raises_no_alarm_about_its_own_request(standin: StandInProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only("disconnect-and-deletion")["result"] == "passed"
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("syncqueue.notices.escalation.timezone.now", lambda: later)
    assert escalation.escalate_due() == 0
    with scope.worker():
        assert Lead.objects.filter(tenant__slug="sandbox-validation").exists()
        assert not escalation.late_requests().exists()


def test_the_command_runs_with_two_staff_admins_and_stores_no_operator(standin: StandInProcess) -> None:
    for name in ("first", "second"):
        make_user(email=f"{name}@pagetojob.example", staff_role="admin")
    assert only("disconnect-and-deletion")["result"] == "passed"
    assert User.objects.get(email="sandbox-validation@pagetojob.example").ops_role == ""


def test_a_chain_there_and_an_event_unblock_the_two_cases(standin: StandInProcess) -> None:
    assert only("booking-handoff")["result"] == "passed"
    booking = standin.book(int(SIMULATOR_TENANT))["bookings"][0]["id"]
    standin.control("POST", f"convert/{SIMULATOR_TENANT}/{booking}", {"total": "250.00", "paid": True})
    line = only("revenue-attribution")
    assert (line["result"], line["evidence"]["chains"], line["evidence"]["total"]) == ("passed", 1, "250.00")
    assert line["evidence"]["restated_seal"] != line["evidence"]["figure_seal"]


@pytest.mark.parametrize(
    ("slug", "plan", "promise"),
    [
        ("token-exchange", {"revoked": True}, "promise 11"),
        ("booking-handoff", {"missing_scopes": ["tn.crm.bookings:w"]}, "promise 3"),
        ("taxonomy-import", {"missing_scopes": ["tn.dis.zones:r"]}, ""),
    ],
)
def test_a_case_that_fails_names_the_promise_and_the_next_step(
    standin: StandInProcess, slug: str, plan: dict[str, Any], promise: str
) -> None:
    standin.plan(tenant=int(SIMULATOR_TENANT), **plan)
    line = only(slug)
    assert line["result"] == ("failed" if promise else "blocked"), line
    assert promise in line["evidence"].get("promise_at_risk", "")
    assert bool(promise) == bool(line["evidence"].get("next_step"))


def test_an_interrupted_run_continues_where_it_was(standin: StandInProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def work(slug: str, *, dies: bool = False) -> Callable[[Trial], None]:
        def run(trial: Trial) -> None:
            if dies:
                raise KeyboardInterrupt
            ran.append(slug)

        return run

    monkeypatch.setattr(harness, "_WORK", {slug: work(slug, dies=slug == SLUGS[3]) for slug in SLUGS})
    with pytest.raises(KeyboardInterrupt):
        validate()
    assert ran == SLUGS[:3]
    monkeypatch.setattr(harness, "_WORK", {slug: work(slug) for slug in SLUGS})
    lines = validate()
    assert ran == SLUGS and list(lines) == SLUGS
    assert {line["result"] for line in lines.values()} == {"failed"}, "no evidence, so none of them passed"
    with scope.worker():
        run = ValidationRun.objects.get()
        assert is_sound(run)
        ValidationRun.objects.create(
            environment=Environment.SIMULATOR, code="c" * 64, worker="other", busy_until="2100-01-01T00:00:00Z"
        )
    with pytest.raises(CommandError, match="Another process"):
        validate()


def test_the_database_keeps_results_and_their_grade(standin: StandInProcess) -> None:
    only("taxonomy-import")
    with scope.worker():
        row = CaseResult.objects.get()
        assert row.grade == Grade.SIMULATOR
        for change in ({"result": "failed"}, {"grade": Grade.SANDBOX}):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                CaseResult.objects.filter(pk=row.pk).update(**change)
        row.pk, row.case, row.grade, row.public_id = None, "booking-handoff", Grade.SANDBOX.value, row.run.public_id
        with pytest.raises(IntegrityError, match="caseresult_grade_fits_environment"), transaction.atomic():
            row.save(force_insert=True)
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied"), transaction.atomic():
        cursor.execute("DELETE FROM validation_caseresult")


@pytest.mark.nightly
def test_a_server_with_errors_fails_no_case(standin: StandInProcess) -> None:
    rates = {"drop-after": 0.25, "server-error": 0.1, "server-error-after": 0.1, "not-signed-in": 0.05}
    standin.plan(tenant=int(SIMULATOR_TENANT), rates=rates, seed=4)
    line = only("booking-handoff")
    assert line["result"] == "passed", line
    assert len(standin.book(int(SIMULATOR_TENANT))["bookings"]) == 3


def test_at_the_integration_addresses_the_same_run_is_graded_simulator(
    standin: StandInProcess, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SERVICETITAN_INTEGRATION_AUTH_URL = settings.SERVICETITAN_INTEGRATION_API_URL = standin.url
    settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = ""
    for requirement in (Access.DEVELOPER, Gate.SECURE_STORAGE):
        prove(requirement)
    assert "There is no account" in only_in_integration("token-exchange")["evidence"]["reason"]
    account = own_account("43")
    monkeypatch.setenv(NUMBER, account.tenant)
    for kind, name in VARIABLES.items():
        monkeypatch.setenv(name, account.secrets[kind].reveal())
    for slug in ("token-exchange", "taxonomy-import", "booking-handoff", "disconnect-and-deletion"):
        line = only_in_integration(slug)
        assert (line["result"], line["grade"]) == ("passed", "simulator"), line
        assert line["evidence"]["environment"] == "integration"


def only_in_integration(slug: str) -> dict[str, Any]:
    return validate("--new", "--case", slug, environment="integration")[slug]


def test_without_its_gates_the_integration_environment_is_not_called(standin: StandInProcess, settings: Any) -> None:
    settings.SERVICETITAN_INTEGRATION_AUTH_URL = settings.SERVICETITAN_INTEGRATION_API_URL = standin.url
    lines = validate(environment="integration")
    assert {(line["result"], line["grade"]) for line in lines.values()} == {("blocked", "simulator")}
    assert all("developer access" in line["evidence"]["reason"] for line in lines.values())
    assert sum(line["evidence"]["requests_sent"] for line in lines.values()) == 0
    with pytest.raises(CommandError, match="never in production"):
        validate(environment="production")
