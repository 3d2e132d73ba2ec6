"""No path leads from a simulator-grade validation run to a gate; a passed run of sandbox grade is accepted."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pagetojob.gates.attachments import EvidenceRefused, read_attachment
from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.proof import Proof, record_evidence
from pagetojob.gates.registry import GATES, REQUIREMENTS, Access, Environment, Gate, Grade
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.client.environments import grade_of
from pagetojob.servicetitan.validation import results
from pagetojob.servicetitan.validation.models import ValidationRun
from pagetojob.servicetitan.validation.protocol import CASES, Result
from pagetojob.servicetitan.validation.selectors import why_not_proof
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db
#: The requirements that sandbox-grade evidence can meet.
SANDBOX_GATES = [name for name, definition in REQUIREMENTS.items() if Grade.SANDBOX in definition.accepts]


def a_run(grade: Grade, *, failed: str = "") -> ValidationRun:
    """A finished run in the integration environment, in which every case passed but one."""
    with scope.worker():
        run = ValidationRun.objects.create(environment=Environment.INTEGRATION, code="c" * 64)
        for case in CASES:
            is_failed = case.slug == failed
            results.store(
                run,
                case=case.slug,
                result=Result.FAILED if is_failed else Result.PASSED,
                grade=grade,
                reason="Not as expected." if is_failed else "",
                evidence={},
                requests=[],
                began_at=timezone.now(),
            )
        results.close(run)
    return run


def proof(subject: str, **facts: object) -> Proof:
    expires_at = timezone.now() + timedelta(days=30)
    kind, stated = EvidenceKind.DOCUMENT, {"summary": "The protocol was run.", "url": "https://example.com/run"} | facts
    return Proof(SubjectType.GATE, subject, kind, Grade.SANDBOX, expires_at=expires_at, **stated)  # type: ignore[arg-type]


@pytest.fixture
def lead(db: None) -> User:
    return make_user(ops_role="lead")


def record(given: Proof, actor: User) -> Evidence:
    with scope.operator(actor, reason="test"):
        return record_evidence(proof=given, actor=actor)


def test_no_gate_accepts_simulator_grade_and_the_database_refuses_it(lead: User) -> None:
    assert not any(Grade.SIMULATOR in definition.accepts for definition in REQUIREMENTS.values())
    for subject in (*GATES, *Access):
        given = proof(subject)
        with pytest.raises(EvidenceRefused, match=r"accepts only|for each tenant"):
            record(replace(given, grade=Grade.SIMULATOR), lead)
        with pytest.raises(IntegrityError, match="evidence_no_stand_in"), transaction.atomic():
            Evidence.objects.create(**_row(given) | {"grade": Grade.SIMULATOR.value})


def _row(given: Proof) -> dict[str, object]:
    return {name: getattr(given, name) for name in ("subject_type", "subject", "kind", "summary", "url", "expires_at")}


@pytest.mark.parametrize("subject", SANDBOX_GATES)
@pytest.mark.parametrize("named", ["address", "summary", "seal", "file"])
@pytest.mark.parametrize("run", ["simulator", "failed case"])
def test_evidence_that_names_such_a_run_is_refused(lead: User, subject: str, named: str, run: str) -> None:
    row = a_run(Grade.SIMULATOR) if run == "simulator" else a_run(Grade.SANDBOX, failed=CASES[2].slug)
    seal = row.results.order_by("id").values_list("seal", flat=True)[3]
    cases: dict[str, dict[str, object]] = {
        "address": {"url": f"https://example.com/ops/sandbox/{row.public_id}/"},
        "summary": {"summary": f"Run {str(row.public_id).upper()}."},
        "seal": {"summary": f"The seal is {seal}"},
        "file": {"attachment": read_attachment(BytesIO(f'[{{"seal": "{seal}"}}]'.encode()), "run.txt")},
    }
    with pytest.raises(EvidenceRefused, match="simulator-grade" if run == "simulator" else CASES[2].slug):
        record(proof(subject, **cases[named]), lead)
    assert not Evidence.objects.filter(subject=subject).exists()


def test_neither_the_shell_nor_the_page_of_a_gate_takes_it(lead: User, tmp_path: Path) -> None:
    run = a_run(Grade.SIMULATOR)
    (tmp_path / "run.txt").write_text(f"run {run.public_id}")
    with pytest.raises(CommandError, match="simulator-grade"):
        call_command(
            *("evidence", "add", "--gate", Gate.SANDBOX_VALIDATION, "--kind", "document"),
            *("--grade", Grade.SANDBOX, "--summary", "A run.", "--last-day", "2027-05-31"),
            *("--file", str(tmp_path / "run.txt"), "--recorded-by", lead.email),
        )
    assert not Evidence.objects.filter(subject=Gate.SANDBOX_VALIDATION).exists()


def test_a_passed_run_of_sandbox_grade_is_accepted_and_still_needs_a_second_person(lead: User) -> None:
    run = a_run(Grade.SANDBOX)
    assert why_not_proof(run) == ""
    row = record(proof(Gate.SANDBOX_VALIDATION, summary=f"Run {run.public_id}."), lead)
    assert row.confirmed_at is None
    run.code = "d" * 64
    assert results.seal_of(run.results.all()[0]) != run.results.all()[0].seal, "the seal covers the code"


@pytest.mark.parametrize("environment", list(Environment))
def test_a_result_has_no_sandbox_grade_outside_the_integration_environment(environment: Environment) -> None:
    is_ours = environment is Environment.INTEGRATION
    host = "api-integration.servicetitan.io"
    assert (grade_of(environment, host, tls_verified=True, overridden=False) is Grade.SANDBOX) == is_ours
    assert grade_of(environment, host, tls_verified=True, overridden=True) is Grade.SIMULATOR
    assert grade_of(environment, host, tls_verified=False, overridden=False) is Grade.SIMULATOR
    if is_ours:
        return
    with (
        pytest.raises(IntegrityError, match=r"caseresult_grade|validation_environment"),
        transaction.atomic(),
        scope.worker(),
    ):
        run = ValidationRun.objects.create(environment=environment, code="c" * 64)
        results.store(
            run,
            case=CASES[0].slug,
            result=Result.PASSED,
            grade=Grade.SANDBOX,
            reason="",
            evidence={},
            requests=[],
            began_at=timezone.now(),
        )


def test_a_run_records_no_evidence_by_itself(tenant: Tenant, lead: User) -> None:
    a_run(Grade.SANDBOX)
    assert not Evidence.objects.exists()


def test_the_pages_show_results_and_start_a_run(client: Client, lead: User) -> None:
    run = a_run(Grade.SIMULATOR)
    client.force_login(lead)
    page = client.get("/ops/sandbox/").text
    assert page.count("passed") >= len(CASES) and "simulator" in page
    shown = client.get(f"/ops/sandbox/{run.public_id}/").text
    assert "opens no gate" in shown and CASES[0].steps[0] in shown
    assert client.get(f"/ops/sandbox/{run.public_id}/run.json").json()[0]["grade"] == "simulator"
    assert client.post("/ops/sandbox/run", {"environment": "production", "reason": "x"}).status_code == 422
    answer = client.post("/ops/sandbox/run", {"environment": "stand-in", "reason": "Try."}, follow=True)
    assert "The run is queued." in answer.text
