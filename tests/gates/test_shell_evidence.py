"""At the shell no one is signed in: such evidence is marked, and two signed-in people confirm it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from pagetojob.gates.attachments import EvidenceRefused
from pagetojob.gates.evidence import gate_proof
from pagetojob.gates.models import Evidence
from pagetojob.gates.proof import confirm
from pagetojob.gates.registry import Gate
from pagetojob.gates.selectors import gate_facts
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from readiness.evidence_status import shown
from tests.support.cast import SignIn
from tests.support.factories import make_user


@pytest.fixture
def second_lead(db: None) -> User:
    return make_user(ops_role="lead", name="Second Lead")


def day() -> str:
    return str((timezone.now() + timedelta(days=30)).date())


def record(tenant: Tenant, named: User) -> Evidence:
    """Record evidence of the tenant at the shell, in the name of this person."""
    what = ("--kind", "confirmation", "--grade", "confirmed by customer", "--summary", "Signed.", "--url", "/review")
    whose = ("--tenant", tenant.slug, "--recorded-by", named.email, "--last-day", day())
    call_command("evidence", "add", "--gate", "privacy review", *what, *whose, verbosity=0)
    with scope.tenant(tenant.pk):
        return Evidence.objects.get(tenant=tenant)


@pytest.fixture
def row(tenant: Tenant, operator: User) -> Evidence:
    return record(tenant, operator)


def page(row: Evidence) -> str:
    return f"/ops/gates/desert-peak/evidence/{row.public_id}/confirm"


def is_open(tenant: Tenant) -> bool:
    with scope.tenant(tenant.pk):
        facts = gate_facts(tenant)
    proof = gate_proof(Gate.PRIVACY_REVIEW, facts.evidence, needed=frozenset(), now=timezone.now())
    return proof.until is not None


def test_the_author_cannot_confirm_it_alone(
    signed_in: SignIn, tenant: Tenant, row: Evidence, lead_operator: User, second_lead: User
) -> None:
    author = signed_in(lead_operator)
    assert "recorded at the shell" in author.get(page(row)).text
    assert "once another person confirms it too" in author.post(page(row), follow=True).text
    assert not is_open(tenant)
    listed = author.get("/ops/gates/desert-peak/").text
    assert "at the shell, in the name of" in listed and f"by {lead_operator}" in listed and "to confirm" in listed
    refused = author.post(page(row))
    assert refused.status_code == 422 and "Someone else must confirm it too." in refused.text
    assert not is_open(tenant)
    assert "It counts from now on." in signed_in(second_lead).post(page(row), follow=True).text
    assert is_open(tenant)


def test_the_person_named_may_confirm_with_another(tenant: Tenant, lead_operator: User, second_lead: User) -> None:
    row = record(tenant, lead_operator)
    with scope.tenant(tenant.pk):
        confirm(evidence=row, actor=lead_operator)
        assert row.confirmed_at is None
        with pytest.raises(EvidenceRefused):
            confirm(evidence=row, actor=lead_operator)
        confirm(evidence=row, actor=second_lead)
        assert row.confirmed_at


def test_the_audit_line_names_the_command_line(row: Evidence, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        line = AuditEntry.objects.get(action="gates.evidence.record")
    assert (line.actor_id, line.actor_label) == (None, "command line")
    assert line.changes["named"] == [None, f"tenants.user:{operator.public_id}"]


def test_the_database_wants_two_people(tenant: Tenant, row: Evidence, lead_operator: User, second_lead: User) -> None:
    now = timezone.now()
    with scope.tenant(tenant.pk):
        rows = Evidence.objects.filter(pk=row.pk)
        with pytest.raises(IntegrityError, match="evidence_shell_two_people"), transaction.atomic():
            rows.update(confirmed_by=lead_operator, confirmed_at=now)
        confirm(evidence=row, actor=lead_operator)
        with pytest.raises(IntegrityError, match="evidence_shell_two_people"), transaction.atomic():
            rows.update(confirmed_by=lead_operator, confirmed_at=now)
        for change in ({"first_confirmed_by": second_lead}, {"first_confirmed_at": now}, {"recorded_at_shell": False}):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)


def test_only_evidence_of_the_shell_has_a_first_confirmation(lead_operator: User) -> None:
    facts = {"subject_type": "pack", "subject": "x", "kind": "review", "grade": "stated by us", "summary": "x"}
    row = Evidence.objects.create(**facts, url="/x", expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(IntegrityError, match="evidence_first_confirmed_whole"), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).update(first_confirmed_by=lead_operator, first_confirmed_at=timezone.now())


def test_the_admin_and_the_public_pages_mark_it(
    signed_in: SignIn, editor: User, lead_operator: User, second_lead: User
) -> None:
    what = ("--kind", "document", "--grade", "issued by third party", "--summary", "A letter.", "--url", "/letter")
    whose = ("--gate", "partner approval", "--recorded-by", editor.email, "--last-day", day())
    call_command("evidence", "add", *what, *whose, verbosity=0)
    row = Evidence.objects.get()
    client, address = signed_in(editor), f"/admin/gates/evidence/{row.pk}/"
    assert f"at the shell: {editor}" in client.get("/admin/gates/evidence/").text
    assert "someone at the shell, in the name of" in client.get(f"{address}change/").text
    facts: dict[str, Any] = Evidence.objects.values().get() | {"public_id": str(row.public_id)}
    facts |= {name: facts[name].isoformat() for name in ("received_at", "expires_at")}
    assert shown(facts, timezone.now())["recorded_by"] == "PageToJob staff, recorded at the shell"
    assert "first of two people" in signed_in(lead_operator).post(f"{address}confirm/", follow=True).text
    row.refresh_from_db()
    assert row.first_confirmed_by == lead_operator and row.confirmed_at is None
    assert f"first: {lead_operator}" in client.get("/admin/gates/evidence/").text
    assert "second person" in signed_in(second_lead).post(f"{address}confirm/", follow=True).text
    row.refresh_from_db()
    assert row.confirmed_by == second_lead
