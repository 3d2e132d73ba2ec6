"""Promises 6 and 7 in the document: evidence that supports a gate, a line and a claim, and that nothing less does."""

from typing import Any

import pytest
from django.utils import timezone

from pagetojob.claims.models import Claim
from pagetojob.claims.registry import CLAIMS
from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.registry import Gate, Grade
from readiness import models
from readiness.services import scan
from readiness.services.current import current
from tests.readiness.editing import A_DAY, open_gate
from tests.support.factories import make_user

pytestmark = pytest.mark.usefixtures("pack")
GATE = Gate.PARTNER_APPROVAL


@pytest.fixture
def line() -> models.ConnectionGate:
    """Store a row that explains a gate and that a person marks as ready."""
    row = models.ConnectionGate.objects.filter(gate=GATE).first()
    assert row
    models.ConnectionGate.objects.filter(pk=row.pk).update(status="ready now")
    return row


def status_of(line: models.ConnectionGate) -> str:
    section = current().section("connection", "gates")
    assert section
    return next(str(row["status"]) for row in section.rows if row["anchor"] == line.anchor)


def on_file(**facts: Any) -> Evidence:
    about: dict[str, Any] = {
        "subject_type": SubjectType.GATE,
        "subject": GATE.value,
        "kind": EvidenceKind.APPROVAL,
        "url": "/letter",
    }
    about |= {"grade": Grade.THIRD_PARTY, "summary": "A letter.", "expires_at": timezone.now() + A_DAY}
    return Evidence.objects.create(**about | facts)


def test_a_gate_called_ready_is_ready_on_what_opens_it_and_on_nothing_less(line: models.ConnectionGate) -> None:
    assert status_of(line) == "review due"

    evidence = on_file(recorded_by=make_user(email="first@example.com"))
    assert status_of(line) == "review due", "nobody has confirmed it"
    on_file(subject_type=SubjectType.PACK, subject=line.anchor)
    assert status_of(line) == "review due", "a line of the pack is no gate"

    Evidence.objects.filter(pk=evidence.pk).update(
        confirmed_by=make_user(email="second@example.com"), confirmed_at=evidence.received_at
    )
    assert status_of(line) == "ready now"


def test_evidence_of_the_wrong_grade_opens_no_gate(line: models.ConnectionGate) -> None:
    evidence = on_file(grade=Grade.STATED_BY_US, recorded_by=make_user())
    Evidence.objects.filter(pk=evidence.pk).update(confirmed_by=make_user(), confirmed_at=evidence.received_at)
    assert status_of(line) == "review due"


def test_what_is_recorded_for_a_line_is_shown_for_no_gate_of_its_name() -> None:
    on_file(subject_type=SubjectType.PACK, subject=GATE.value)
    section = current().section("claims", "gates")
    assert section
    assert [row["evidence"] for row in section.rows] == [[]] * len(section.rows)


def test_a_claim_without_text_is_still_gated() -> None:
    Claim.objects.filter(slug="marketplace-approval").delete()
    models.ChecklistItem.objects.filter(slug="app-approval-path").update(
        current="PageToJob is a certified ServiceTitan marketplace partner."
    )
    assert current().gated_claims == set(CLAIMS)
    _, findings, _ = scan.judge(scan.rows(current()), gated=current().gated_claims)
    assert {finding.claim for finding in findings} == {"marketplace-approval"}


def test_a_claim_whose_gate_is_open_may_be_made() -> None:
    open_gate(GATE)
    assert current().gated_claims == set(CLAIMS) - {"marketplace-approval"}


def test_no_public_page_speaks_for_what_each_customer_proves() -> None:
    gated = {"automatic-sync", "closed-loop-revenue", "live-authorization", "webhook-processing"}
    for gate in Gate:
        open_gate(gate)
    section = current().section("claims", "gates")
    assert section
    closed = {row["title"].lower() for row in section.rows if row["state"] == "shut"}
    assert closed >= {"customer authorization", "module eligible", "scopes granted", "privacy review"}
    assert current().gated_claims >= gated
