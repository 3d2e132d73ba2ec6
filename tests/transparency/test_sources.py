"""What we seal reaches the log in the transaction that seals it, and is offered with its proof."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pagetojob.gates.registry import Environment, Grade
from pagetojob.platform.canonical import canonical_ascii_json
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.servicetitan.validation import results
from pagetojob.servicetitan.validation.models import CaseResult, ValidationRun
from pagetojob.servicetitan.validation.protocol import CASES, Result
from pagetojob.transparency import services, verify
from pagetojob.transparency.models import EntryKind, LogSubmission
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from readiness.models import PackVersion
from readiness.services.current import current
from tests.support.factories import make_user

SIGNER = new_signer("log.example", LOG)


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = SIGNER.secret()
    settings.LOG_WITNESS_KEYS = settings.LOG_REVOKED_KEYS = ""


def test_a_version_of_the_pack_is_offered_with_its_proof(pack: None, client: Client) -> None:
    number = current().number
    address = f"/servicetitan-ready-websites/changes/{number}/with-proof.zip"
    waiting = client.get(address)
    assert waiting.status_code == 409 and waiting["Retry-After"] == "60" and "within a minute" in waiting.text
    assert "<h1>The file is not ready yet</h1>" in waiting.text and "Reload this page" in waiting.text
    services.sequence()
    content = client.get(address).content
    assert verify.verify(content, verify.Trust([SIGNER.key]))["valid"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read(f"pack-{number}.json").decode() == PackVersion.objects.get(number=number).body


def test_every_version_is_submitted(pack: None) -> None:
    submitted = LogSubmission.objects.filter(kind=EntryKind.PACK_VERSION).values_list("name", "sha256")
    assert set(submitted) == {(str(row.number), row.sha256) for row in PackVersion.objects.all()}


def run_of(case: str) -> ValidationRun:
    """An open run of sandbox validation with the result of one case."""
    with scope.worker():
        run = ValidationRun.objects.create(environment=Environment.INTEGRATION, code="c" * 64)
        evidence = {"rate": 0.1, "name": "Zo\u00eb"}
        facts: dict[str, Any] = {"reason": "", "evidence": evidence, "requests": [{"path": "/tenant/*/jobs"}]}
        results.store(run, case=case, result=Result.PASSED, grade=Grade.SIMULATOR, began_at=timezone.now(), **facts)
    return run


def test_a_validation_run_is_in_the_log_and_its_seals_can_be_computed(
    db: None, signed_in: Callable[[User], Client]
) -> None:
    run = run_of(CASES[0].slug)
    client, address = signed_in(make_user(ops_role="viewer")), f"/ops/sandbox/{run.public_id}"
    assert client.get(f"{address}/with-proof.zip").status_code == 404, "it has not ended"
    assert "with-proof.zip" not in client.get(f"{address}/").text
    with scope.worker():
        results.close(run)
    assert f"{address}/with-proof.zip" in client.get(f"{address}/").text
    services.sequence()
    content = client.get(f"{address}/with-proof.zip").content
    verified = verify.verify(content, verify.Trust([SIGNER.key]), name=f"validation-{run.public_id}-with-proof.zip")
    assert {"check": "name", "result": "as its content states"} in verified["checks"]
    assert verified["valid"] and any(line["result"].startswith("validation-run") for line in verified["checks"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = json.loads(archive.read(f"validation-{run.public_id}.json"))
    seals = [hashlib.sha256(canonical_ascii_json(row["sealed"])).hexdigest() for row in rows]
    assert seals == [row["seal"] for row in rows] == list(CaseResult.objects.values_list("seal", flat=True))


def test_a_run_that_newer_code_replaces_is_in_the_log_too(db: None) -> None:
    run = run_of(CASES[0].slug)
    with scope.worker():
        results.open_run(Environment.INTEGRATION, code="d" * 64, worker="w", has_ended=lambda name: True, renew=False)
    submitted = LogSubmission.objects.filter(kind=EntryKind.VALIDATION_RUN).values_list("sha256", flat=True)
    assert list(submitted) == [hashlib.sha256(results.document_of(run)).hexdigest()]


def test_a_run_that_ends_without_a_result_is_not_in_the_log(db: None) -> None:
    with scope.worker():
        run = ValidationRun.objects.create(environment=Environment.INTEGRATION, code="c" * 64)
        results.close(run)
    assert run.finished_at and not LogSubmission.objects.filter(kind=EntryKind.VALIDATION_RUN).exists()
