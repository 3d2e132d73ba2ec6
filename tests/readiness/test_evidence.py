"""A line is “ready now” only while valid evidence supports it. Recording, lapsing and revoking show immediately."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.registry import Grade
from pagetojob.platform.tenants.models import User
from readiness import models
from readiness.services import current
from readiness.services import evidence as services
from tests.readiness.editing import pass_end_of
from tests.readiness.forms import fields, listing
from tests.readiness.reading import PAGE
from tests.support.cast import SignIn
from tests.support.factories import make_user

pytestmark = pytest.mark.usefixtures("pack")

LINE = "checklist-credential-storage"
ADD = "admin:gates_evidence_add"


@pytest.fixture
def bare() -> models.ChecklistItem:
    """Return a line that is set to “ready now” without evidence on file."""
    row = models.ChecklistItem.objects.get(slug="credential-storage")
    models.ChecklistItem.objects.filter(pk=row.pk).update(status="ready now")
    return row


def seen(client: Client, anchor: str = LINE) -> dict[str, Any]:
    """Return the row as it appears in the page's data."""
    data = client.get(f"{PAGE}.json").json()
    rows = [row for section in data["sections"] for row in section["rows"] if row["anchor"] == anchor]
    return dict(rows[0])


def given(client: Client, **changes: Any) -> dict[str, Any]:
    page = client.get(reverse(ADD, query={"subject": f"pack:{LINE}"}))
    about = {"kind": "review", "grade": "stated by us", "summary": "Two people read it.", "url": "/security"}
    return {**fields(page.text), **about, **changes}


def record(client: Client, **changes: Any) -> Any:
    return client.post(reverse(ADD), given(client, **changes))


def stored_evidence(**facts: Any) -> Evidence:
    """Store evidence directly, with any dates."""
    now = timezone.now()
    about: dict[str, Any] = {"subject_type": SubjectType.PACK, "subject": LINE, "url": "/a"}
    about |= {"kind": EvidenceKind.REVIEW}
    about |= {"grade": Grade.STATED_BY_US, "summary": "Seen.", "expires_at": now + timedelta(days=90)}
    return Evidence.objects.create(**{"received_at": now - timedelta(days=90)} | about | facts)


def confirmed() -> dict[str, Any]:
    """Return the facts of evidence that a second person confirmed."""
    return {"confirmed_by": make_user(), "confirmed_at": timezone.now()}


def at(name: str, evidence: Evidence) -> str:
    return reverse(f"admin:gates_evidence_{name}", args=[evidence.pk])


def test_two_people_make_the_line_ready_and_revoking_takes_it_back(
    staff: Client, client: Client, editor: User, bare: models.ChecklistItem, signed_in: SignIn
) -> None:
    assert seen(client)["status"] == "review due"

    assert record(staff).status_code == 302

    row = seen(client)
    assert (row["status"], row["stored_status"]) == ("review due", "ready now")
    assert row["evidence"][0]["summary"] == "Two people read it."
    assert f"Recorded by {editor.name}; not confirmed by a second person" in client.get(PAGE).text
    version = models.PackVersion.objects.latest("number")
    assert (version.author, version.cause) == (editor, f"Evidence recorded for “{bare.title}”.")

    evidence = Evidence.objects.get(subject=LINE)
    assert evidence.recorded_by == editor
    second = make_user(staff_role="editor")
    assert signed_in(second).post(at("confirm", evidence)).status_code == 302
    assert seen(client)["status"] == "ready now"
    assert f"Recorded by {editor.name}; confirmed by {second.name}." in client.get(PAGE).text
    assert editor.name not in models.PackVersion.objects.latest("number").body
    assert staff.post(at("revoke", evidence), {"reason": ""}).status_code == 200
    assert seen(client)["status"] == "ready now"
    assert staff.post(at("revoke", evidence), {"reason": "It was of another store."}).status_code == 302
    assert (seen(client)["status"], seen(client)["evidence"][0]["state"]) == ("review due", "revoked")
    assert "It was of another store." in staff.get(at("change", evidence)).text
    assert "This evidence is already revoked." in staff.post(at("revoke", evidence), {"reason": "Again."}).text


def test_lapsing_takes_it_back_by_itself_and_is_announced(
    client: Client, bare: models.ChecklistItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = stored_evidence(**confirmed())
    assert seen(client)["status"] == "ready now"
    before = models.PackVersion.objects.latest("number").number
    pass_end_of(evidence, monkeypatch)
    row = seen(client)
    assert (row["status"], row["evidence"][0]["state"]) == ("review due", "lapsed")
    version = models.PackVersion.objects.latest("number")
    assert (version.number, version.cause, version.author) == (before + 1, "Evidence lapsed.", None)


def test_a_cached_page_expires_when_its_evidence_lapses(
    client: Client, bare: models.ChecklistItem, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = stored_evidence(**confirmed())
    seen(client)
    settings.PACK_RECHECK_SECONDS = 3600
    assert seen(client)["status"] == "ready now"
    pass_end_of(evidence, monkeypatch)
    assert seen(client)["status"] == "review due"
    current.forget()


def test_evidence_that_lapsed_before_carries_nothing(client: Client, bare: models.ChecklistItem) -> None:
    stored_evidence(expires_at=timezone.now() - timedelta(days=1), **confirmed())
    assert seen(client)["status"] == "review due"
    stored_evidence(**confirmed())
    assert seen(client)["status"] == "ready now"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"last_day": "2020-01-01"}, "last_day", "must be in the future"),
        ({"last_day": "2099-01-01"}, "last_day", "three years at most"),
        ({"last_day": "soon"}, "last_day", "Enter a valid date"),
        ({"url": ""}, "url", "Enter an address or upload a file."),
        ({"url": "javascript:alert(1)"}, "url", "starts with https://"),
        ({"summary": ""}, "summary", "This field is required"),
        ({"observed_from": "2026-02-02", "observed_to": "2026-02-01"}, "observed_to", "before the first"),
        ({"subject": "pack:no-such-line"}, "subject", "Select a valid choice"),
        ({"subject": "gate:partner approval"}, "grade", "of the grade “issued by third party”"),
    ],
)
def test_errors_are_shown_at_their_fields_and_input_is_preserved(
    staff: Client, changes: dict[str, str], field: str, sentence: str
) -> None:
    before = Evidence.objects.count()
    answer = record(staff, **{"summary": "Typed with care.", **changes})
    assert answer.status_code == 200
    assert sentence in str(answer.context["adminform"].form.errors[field])
    assert fields(answer.text)["summary"] == changes.get("summary", "Typed with care.")
    assert Evidence.objects.count() == before


def test_evidence_is_valid_for_half_a_year_by_default(staff: Client) -> None:
    record(staff)
    lasts = Evidence.objects.get(subject=LINE).expires_at - timezone.now()
    assert timedelta(days=180) < lasts <= timedelta(days=181)


def test_a_file_is_stored_with_its_hash_and_served_only_to_staff(
    staff: Client, client: Client, admin_user: User, signed_in: SignIn
) -> None:
    page = b"<html><script>alert(1)</script></html>"
    record(staff, url="", attached=SimpleUploadedFile("../review.html", page, "text/html"))
    evidence = Evidence.objects.get(subject=LINE)
    assert evidence.file and evidence.sha256 == evidence.file.sha256
    assert seen(client)["evidence"][0]["sha256"] == evidence.sha256

    answer = staff.get(at("file", evidence))
    assert b"".join(answer) == page
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Disposition"] == 'attachment; filename="review.html.txt"'
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == ("nosniff", "sandbox")
    assert client.get(at("file", evidence)).status_code == 302
    assert signed_in(admin_user).get(at("file", evidence)).status_code == 403
    assert staff.get(at("file", stored_evidence())).status_code == 404


@pytest.mark.parametrize("content", [b"MZ\x90\x00\x03", b"PK\x03\x04", b"", b"a" * (10 * 1024 * 1024 + 1)])
def test_a_file_of_another_kind_or_size_is_refused(staff: Client, content: bytes) -> None:
    answer = record(staff, attached=SimpleUploadedFile("proof.pdf", content, "application/pdf"))
    assert answer.status_code == 200
    assert "file " in str(answer.context["adminform"].form.errors["attached"])
    assert not Evidence.objects.filter(subject=LINE).exists()


def test_it_is_read_and_never_edited(staff: Client) -> None:
    evidence = stored_evidence(summary="As it was.")
    page = staff.get(at("change", evidence)).text
    assert "As it was." in page
    assert 'name="summary"' not in page
    assert staff.post(at("change", evidence), {"summary": "Other."}).status_code == 403
    assert staff.post(reverse("admin:gates_evidence_delete", args=[evidence.pk]), {"post": "yes"}).status_code == 403


def test_another_person_confirms_and_readers_see_that(staff: Client, client: Client, signed_in: SignIn) -> None:
    record(staff)
    evidence = Evidence.objects.get(subject=LINE)
    assert "someone else must confirm it" in staff.get(at("confirm", evidence)).text
    assert staff.post(at("confirm", evidence)).status_code == 409
    assert not seen(client)["evidence"][0]["confirmed"]

    other = signed_in(make_user(staff_role="editor"))
    assert other.get(at("confirm", evidence)).status_code == 200
    assert not seen(client)["evidence"][0]["confirmed"]
    assert other.post(at("confirm", evidence)).status_code == 302

    assert seen(client)["evidence"][0]["confirmed"]
    assert "already confirmed" in other.get(at("confirm", evidence)).text


def test_a_lead_who_is_no_staff_confirms_a_gate_and_it_opens(
    staff: Client, client: Client, lead_operator: User, viewer: User, signed_in: SignIn
) -> None:
    record(staff, subject="gate:secure credential storage")
    evidence = Evidence.objects.get(subject="secure credential storage", recorded_by__isnull=False)
    Evidence.objects.filter(subject_type=SubjectType.GATE).exclude(pk=evidence.pk).update(
        revoked_at=timezone.now(), revoked_reason="Only this one."
    )
    assert "secure credential storage" not in services_open()

    another = signed_in(make_user(staff_role="editor"))
    assert another.post(at("confirm", evidence)).status_code == 409
    assert signed_in(viewer).get(at("confirm", evidence)).status_code == 403
    assert client.get(at("confirm", evidence))["Location"].startswith(reverse("core:sign-in"))
    lead = signed_in(lead_operator)
    assert lead.get(reverse("admin:gates_evidence_changelist")).status_code == 302  # not staff
    assert lead.post(at("confirm", evidence), follow=True).status_code == 200
    assert lead.get(at("revoke", evidence)).status_code == 302

    assert "secure credential storage" in services_open()
    version = models.PackVersion.objects.latest("number")
    assert version.author == lead_operator


def test_another_website_cannot_confirm_in_a_lead_s_name(lead_operator: User) -> None:
    evidence = stored_evidence()
    lead = Client(enforce_csrf_checks=True)
    lead.force_login(lead_operator)
    assert lead.post(at("confirm", evidence)).status_code == 403
    evidence.refresh_from_db()
    assert evidence.confirmed_at is None


def services_open() -> set[str]:
    """Return the currently open gates, as claims count them."""
    from readiness import evidence_status
    from readiness.services.gather import gather

    return {gate.value for gate, rows in evidence_status.gates(gather()["evidence"], timezone.now()).items() if rows}


def test_what_lapsed_and_what_lapses_soon_comes_first(staff: Client) -> None:
    stored_evidence(subject="checklist-f", revoked_at=timezone.now(), revoked_reason="Wrong.")
    now = timezone.now()
    subjects = {
        "checklist-a": now + timedelta(days=100),
        "checklist-b": now + timedelta(days=5),
        "checklist-c": now - timedelta(days=5),
        "checklist-d": now + timedelta(days=20),
    }
    for subject, expires_at in subjects.items():
        stored_evidence(subject=subject, expires_at=expires_at)
    stored_evidence(subject="checklist-e", expires_at=now - timedelta(days=9))
    stored_evidence(subject="checklist-e", expires_at=now + timedelta(days=200))
    html = staff.get(listing(Evidence)).text
    rows = html[html.index('id="result_list"') :]
    order = sorted(subjects, key=rows.index)
    assert order == ["checklist-c", "checklist-b", "checklist-d", "checklist-a"]
    assert rows.index("chip--replaced") > rows.index("checklist-a")
    assert [row.subject for row in services.lapses_next(2)] == ["checklist-b", "checklist-d"]
    box = html[: html.index('id="result_list"')]
    assert box.index("checklist-b") < box.index("checklist-d")
    for state, anchor in (("lapsed", "checklist-c"), ("due", "checklist-d"), ("valid", "checklist-a")):
        filtered = staff.get(listing(Evidence, state=state)).text
        shown = filtered[filtered.index('id="result_list"') :]
        assert [subject for subject in subjects if subject in shown and subject != "checklist-b"] == [anchor]
    for state in ("replaced", "revoked"):
        assert f"chip--{state}" in staff.get(listing(Evidence, state=state)).text


def test_the_list_shows_lines_that_need_a_review(staff: Client, bare: models.ChecklistItem) -> None:
    html = staff.get(listing(Evidence)).text
    assert f'aria-label="Record evidence for {bare.title}"' in html


def test_the_list_costs_the_same_however_long_it_is(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(listing(Evidence)).status_code == 200
        return len(captured)

    staff.get(PAGE)
    queries()
    before = queries()
    people = [make_user(staff_role="editor") for _ in range(6)]
    for number in range(30):
        stored_evidence(subject=f"checklist-n{number}", recorded_by=people[number % 6])
    staff.get(PAGE)
    assert queries() == before


def test_those_who_may_not_record_do_not(client: Client, admin_user: User, signed_in: SignIn) -> None:
    assert client.get(reverse(ADD)).status_code == 302
    other = signed_in(admin_user)
    assert other.get(reverse(ADD)).status_code == 403
    assert other.post(at("revoke", stored_evidence()), {"reason": "Mine."}).status_code == 403
    assert other.get(listing(Evidence)).status_code == 403
