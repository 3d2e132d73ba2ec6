"""Evidence is recorded once, confirmed by a second person, revoked for good. The database keeps to it by itself."""

import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from pagetojob.gates.attachments import LARGEST_ATTACHMENT, EvidenceRefused, read_attachment
from pagetojob.gates.models import Evidence, EvidenceFile, EvidenceKind, SubjectType
from pagetojob.gates.proof import Proof, confirm, record_evidence, revoke, why_not_confirm
from pagetojob.gates.registry import GATES, Gate, Grade
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.factories import make_user
from tests.support.pictures import exif, jpeg, opened, png

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"


def proof(**changes: Any) -> Proof:
    facts: dict[str, Any] = {
        "subject_type": SubjectType.PACK,
        "subject": "checklist-credential-storage",
        "kind": EvidenceKind.REVIEW,
        "grade": Grade.STATED_BY_US,
        "summary": "Two people read the code and the tests.",
        "expires_at": timezone.now() + timedelta(days=180),
        "url": "https://www.example.com/review",
    }
    return Proof(**facts | changes)


def of_gate(gate: Gate = Gate.SECURE_STORAGE, **changes: Any) -> Proof:
    return proof(subject_type=SubjectType.GATE, subject=gate.value, **changes)


def test_records_who_what_and_when(editor: User, operator: User) -> None:
    evidence = record_evidence(proof=proof(observed_from=date(2026, 6, 1), observed_to=date(2026, 6, 30)), actor=editor)
    assert (evidence.recorded_by, evidence.confirmed_by, evidence.tenant_id) == (editor, None, None)
    with scope.operator(operator, reason="test"):
        line = AuditEntry.objects.get(action="gates.evidence.record")
    assert (line.actor_id, line.reason) == (editor.pk, "Two people read the code and the tests.")
    assert line.changes["subject"] == [None, "checklist-credential-storage"]


def test_tenant_evidence_belongs_to_that_tenant_only(editor: User, tenant: Tenant, other_tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        given = of_gate(Gate.PRIVACY_REVIEW, grade=Grade.CONFIRMED_BY_CUSTOMER)
        evidence = record_evidence(proof=given, actor=editor, tenant=tenant)
        assert Evidence.objects.filter(pk=evidence.pk).exists()
    with scope.tenant(other_tenant.pk):
        assert not Evidence.objects.filter(pk=evidence.pk).exists()
    assert not Evidence.objects.filter(pk=evidence.pk).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at"),
        ({"expires_at": datetime(2099, 1, 1, tzinfo=UTC)}, "expires_at"),
        ({"observed_from": date(2026, 6, 2), "observed_to": date(2026, 6, 1)}, "observed_to"),
        ({"observed_from": date(2098, 6, 1)}, "observed_from"),
        ({"summary": "  "}, "summary"),
        ({"summary": "client_secret=hunter2hunter2"}, "summary"),
        ({"url": ""}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "//elsewhere.example/x"}, "url"),
        ({"url": "/\\elsewhere.example"}, "url"),
        ({"url": "data:text/html,x"}, "url"),
        ({"url": "https://exa mple.com/"}, "url"),
        ({"url": "ftp://www.example.com/"}, "url"),
        ({"url": 'https://www.example.com/"onclick=x'}, "url"),
        ({"subject_type": SubjectType.GATE, "subject": "no such gate"}, "subject"),
        ({"subject_type": SubjectType.GATE, "subject": "partner approval"}, "grade"),
        (
            {"subject_type": SubjectType.GATE, "subject": "sandbox validation passed", "grade": Grade.SIMULATOR},
            "grade",
        ),
        ({"subject_type": SubjectType.GATE, "subject": "privacy review"}, "subject"),
        (
            {"subject_type": SubjectType.GATE, "subject": "secure credential storage", "covers": ("Accounting",)},
            "covers",
        ),
        ({"covers": ("Accounting",)}, "covers"),
    ],
)
def test_invalid_evidence_is_refused_with_its_field(editor: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(EvidenceRefused) as refused:
        record_evidence(proof=proof(**changes), actor=editor)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("gate", "covers", "field"),
    [
        (Gate.SECURE_STORAGE, (), "subject"),
        (Gate.SCOPES_GRANTED, (), "covers"),
        (Gate.SCOPES_GRANTED, ("tn.crm.bookings:w", "tn.crm.everything:w"), "covers"),
        (Gate.MODULE_ELIGIBLE, ("tn.crm.bookings:w",), "covers"),
        (Gate.PRIVACY_REVIEW, ("Accounting",), "covers"),
    ],
)
def test_tenant_evidence_is_accepted_only_for_tenant_gates(
    editor: User, tenant: Tenant, gate: Gate, covers: tuple[str, ...], field: str
) -> None:
    with scope.tenant(tenant.pk), pytest.raises(EvidenceRefused) as refused:
        record_evidence(proof=of_gate(gate, grade=Grade.THIRD_PARTY, covers=covers), actor=editor, tenant=tenant)
    assert refused.value.field == field


def test_covered_scopes_are_stored_and_audited(editor: User, tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        given = of_gate(Gate.SCOPES_GRANTED, grade=Grade.THIRD_PARTY, covers=("tn.crm.bookings:w",))
        evidence = record_evidence(proof=given, actor=editor, tenant=tenant)
        evidence.refresh_from_db()
        assert evidence.covers == ["tn.crm.bookings:w"]
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.get(tenant=tenant, action="gates.evidence.record").changes["covers"] == [
            None,
            "tn.crm.bookings:w",
        ]


def test_the_database_wants_two_people_behind_a_gate_even_when_no_one_recorded_it(lead_operator: User) -> None:
    facts: dict[str, Any] = {"subject_type": SubjectType.GATE, "subject": "secure credential storage"}
    facts |= {"kind": "review", "grade": Grade.THIRD_PARTY, "summary": "x", "url": "/x"}
    evidence = Evidence.objects.create(**facts, expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(IntegrityError, match="evidence_gate_two_people"), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(confirmed_by=lead_operator, confirmed_at=timezone.now())


@pytest.mark.parametrize(
    "url", ["/servicetitan-ready-websites/security#x", "https://a.example/b?c=d#e", "http://a.example"]
)
def test_own_or_web_address_is_accepted(editor: User, url: str) -> None:
    assert record_evidence(proof=proof(url=url), actor=editor).url == url


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (PDF, "application/pdf"),
        ("Prüfung bestanden.\r\n\tJa.".encode(), "text/plain"),
    ],
)
def test_file_type_is_detected_from_content(editor: User, content: bytes, content_type: str) -> None:
    given = read_attachment(BytesIO(content), "review.exe")
    evidence = record_evidence(proof=proof(url="", attachment=given), actor=editor)
    assert evidence.file
    assert (evidence.file.content_type, bytes(evidence.file.content)) == (content_type, content)
    assert evidence.sha256 == evidence.file.sha256 == given.sha256


@pytest.mark.parametrize(("make", "content_type"), [(jpeg, "image/jpeg"), (png, "image/png")])
def test_only_the_pixels_of_an_image_are_stored(editor: User, make: Callable[..., bytes], content_type: str) -> None:
    sent = make((300, 4000), exif=exif()) + b"<script>alert(1)</script>"
    assert b"Phone of Maria" in sent
    evidence = record_evidence(proof=proof(url="", attachment=read_attachment(BytesIO(sent), "plan.exe")), actor=editor)
    assert evidence.file
    stored = bytes(evidence.file.content)
    assert evidence.file.content_type == content_type
    assert evidence.file.name == ("plan.exe.jpg" if make is jpeg else "plan.exe.png")
    assert evidence.sha256 == hashlib.sha256(stored).hexdigest()
    assert opened(stored).size == (300, 4000)
    assert b"Phone of Maria" not in stored and b"script" not in stored


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n....", b"\xff\xd8\xff\xe0....", jpeg()[:200]])
def test_a_damaged_image_is_refused(content: bytes) -> None:
    with pytest.raises(EvidenceRefused, match="The image is damaged"):
        read_attachment(BytesIO(content), "plan.png")


def test_an_image_that_cannot_be_read_within_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(EvidenceRefused, match="too much memory or time"):
        read_attachment(BytesIO(png()), "plan.png")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"text with \x00 in it",
        b"\xfe\xffU\x00",
        b"GIF89a\x01\x02",
        b"a" * (LARGEST_ATTACHMENT + 1),
    ],
    ids=["empty", "program", "zip", "nul", "utf-16", "gif", "too large"],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(EvidenceRefused, match=r"The file (is empty|is larger|must be)"):
        read_attachment(BytesIO(content), "proof.pdf")


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("review.PDF", "review.PDF"),
        ("review", "review.pdf"),
        ("review.html", "review.html.pdf"),
        ("", "unnamed.pdf"),
        ("r" * 300, "r" * 190 + ".pdf"),
    ],
)
def test_a_file_has_the_extension_of_its_content(name: str, stored: str) -> None:
    assert read_attachment(BytesIO(PDF), name).name == stored


def test_largest_file_is_stored(editor: User) -> None:
    given = read_attachment(BytesIO(b"a" * LARGEST_ATTACHMENT), "log.txt")
    evidence = record_evidence(proof=proof(attachment=given), actor=editor)
    assert evidence.file and len(evidence.file.content) == LARGEST_ATTACHMENT


def test_item_evidence_is_confirmed_by_another_editor_or_a_lead(
    editor: User, admin_user: User, operator: User, lead_operator: User
) -> None:
    evidence = record_evidence(proof=proof(), actor=editor)
    other = make_user(staff_role="editor")
    assert [why_not_confirm(evidence, person) == "" for person in (other, lead_operator)] == [True, True]
    assert all(why_not_confirm(evidence, person) for person in (editor, admin_user, operator))
    assert why_not_confirm(evidence, make_user(staff_role="editor", is_active=False))
    confirm(evidence=evidence, actor=other)
    assert (evidence.confirmed_by, why_not_confirm(evidence, lead_operator)) == (
        other,
        "This evidence is already confirmed.",
    )


def test_gate_evidence_is_confirmed_only_by_a_lead(editor: User, operator: User, lead_operator: User) -> None:
    evidence = record_evidence(proof=of_gate(), actor=editor)
    for person in (editor, operator, make_user(staff_role="editor")):
        with pytest.raises(EvidenceRefused):
            confirm(evidence=evidence, actor=person)
    confirm(evidence=evidence, actor=lead_operator)
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.get(action="gates.evidence.confirm").actor_id == lead_operator.pk


@pytest.mark.parametrize("at_shell", [False, True])
def test_evidence_of_a_person_who_left_is_not_confirmed(editor: User, lead_operator: User, at_shell: bool) -> None:
    evidence = record_evidence(proof=of_gate(at_shell=at_shell), actor=editor)
    former = make_user(ops_role="lead") if at_shell else editor
    if at_shell:
        confirm(evidence=evidence, actor=former)
    User.objects.filter(pk=former.pk).update(ops_role="", staff_role="")
    with pytest.raises(EvidenceRefused, match="no longer has the role"):
        confirm(evidence=evidence, actor=lead_operator)


def test_no_one_confirms_their_own_evidence(db: None) -> None:
    both = make_user(staff_role="editor", ops_role="lead")
    evidence = record_evidence(proof=of_gate(), actor=both)
    with pytest.raises(EvidenceRefused, match="someone else"):
        confirm(evidence=evidence, actor=both)
    with pytest.raises(IntegrityError, match="evidence_two_people"), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(confirmed_by=both, confirmed_at=timezone.now())


def test_evidence_is_confirmed_and_revoked_once(editor: User, lead_operator: User) -> None:
    evidence = record_evidence(proof=proof(), actor=editor)
    stale = Evidence.objects.get(pk=evidence.pk)
    confirm(evidence=evidence, actor=lead_operator)
    with pytest.raises(EvidenceRefused, match="already confirmed"):
        confirm(evidence=stale, actor=lead_operator)
    with pytest.raises(EvidenceRefused, match="why"):
        revoke(evidence=evidence, actor=editor, reason=" ")
    revoke(evidence=evidence, actor=editor, reason="The file was of another review.")
    with pytest.raises(EvidenceRefused, match="already revoked"):
        revoke(evidence=stale, actor=editor, reason="Again.")
    assert (evidence.revoked_by, evidence.revoked_reason) == (editor, "The file was of another review.")


def test_expired_or_revoked_evidence_cannot_be_confirmed(editor: User, lead_operator: User) -> None:
    evidence = record_evidence(proof=proof(), actor=editor)
    later = timezone.now() + timedelta(days=181)
    assert "expired" in why_not_confirm(evidence, lead_operator, now=later)
    revoke(evidence=evidence, actor=editor, reason="Wrong.")
    with pytest.raises(EvidenceRefused, match="revoked"):
        confirm(evidence=evidence, actor=lead_operator)


@pytest.mark.parametrize(
    "change",
    [{"summary": "Other."}, {"expires_at": datetime(2098, 1, 1, tzinfo=UTC)}, {"grade": "issued by third party"}],
)
def test_database_rejects_edits_of_evidence(editor: User, change: dict[str, Any]) -> None:
    evidence = record_evidence(proof=proof(), actor=editor)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).delete()


def test_database_rejects_undoing_a_revocation(editor: User) -> None:
    evidence = record_evidence(proof=proof(), actor=editor)
    revoke(evidence=evidence, actor=editor, reason="Wrong.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(revoked_at=None, revoked_by=None, revoked_reason="")


def test_database_rejects_changes_of_a_file(editor: User) -> None:
    given = read_attachment(BytesIO(PDF), "review.pdf")
    evidence = record_evidence(proof=proof(attachment=given), actor=editor)
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidenceFile.objects.filter(pk=evidence.file_id or 0).update(content=b"other")


def test_evidence_for_a_gate_raises_the_epoch_of_every_tenant(editor: User, tenant: Tenant) -> None:
    tenant.refresh_from_db()
    before = tenant.gates_epoch
    evidence = record_evidence(proof=of_gate(), actor=editor)
    tenant.refresh_from_db()
    assert tenant.gates_epoch == before + 1
    revoke(evidence=evidence, actor=editor, reason="Wrong.")
    tenant.refresh_from_db()
    assert tenant.gates_epoch == before + 2
    assert all(Grade.SIMULATOR not in gate.accepts for gate in GATES.values())
