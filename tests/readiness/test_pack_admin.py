"""Staff edit the pack in Django admin, and readers see it immediately."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from readiness import models
from readiness.admin.base import PackAdmin
from readiness.admin.forms import StatusForm
from readiness.models.base import STORED_STATUSES
from tests.readiness.editing import line, prove
from tests.readiness.forms import address, fields, listing, save
from tests.readiness.reading import PAGE, read

pytestmark = pytest.mark.usefixtures("pack")

admin.autodiscover()
OURS = [model for model, page in admin.site._registry.items() if isinstance(page, PackAdmin)]
PLACED = [models.ChecklistItem, models.PartnerMaterial, models.Runbook, models.DataBoundary, Claim, Disclaimer]


def newest() -> models.PackVersion:
    version = models.PackVersion.objects.first()
    assert version
    return version


def test_every_row_a_reader_sees_has_its_page_in_the_admin() -> None:
    shown = {model for model in models.__dict__.values() if isinstance(model, type)}
    rows = {model for model in shown if issubclass(model, models.PackRow) and not model._meta.abstract}
    assert set(OURS) == rows | {models.AsBuiltNote, Claim, Disclaimer}


def test_an_edit_is_on_the_page_at_once_and_a_version_of_its_own(staff: Client, client: Client, editor: User) -> None:
    before = newest().number

    answer = save(staff, line(), current="Secrets are sealed & destroyed on disconnect.", reason="reviewed on Monday")

    assert answer.status_code == 302
    assert "Secrets are sealed & destroyed on disconnect." in read(client.get(PAGE).text).text
    version = newest()
    assert (version.number, version.cause, version.author_id) == (before + 1, "reviewed on Monday", editor.pk)


@pytest.mark.django_db(transaction=True)
def test_the_saving_process_refreshes_on_commit(staff: Client, client: Client, settings: Any) -> None:
    client.get(PAGE)
    settings.PACK_RECHECK_SECONDS = 3600
    client.get(PAGE)
    save(staff, line(), current="Sealed for good.")
    assert "Sealed for good." in client.get(PAGE).text


def test_an_edit_has_a_name_and_a_reason_in_the_audit_log(staff: Client, editor: User, operator: User) -> None:
    proof = prove(line().anchor, kind=SubjectType.PACK, summary="A letter of the partner team.")
    save(staff, line(), status="partner gated", proof=proof.pk, reason="reviewed on Monday")
    save(staff, models.Runbook.objects.get(slug="disconnect"), **{"steps-0-text": "Disable everything."})
    claim = Claim.objects.create(slug="ours", text="A claim of ours")
    staff.post(address(claim, "delete"), {"reason": "not needed"})

    with scope.operator(operator, reason="test"):
        status, step, removal = AuditEntry.objects.order_by("id")
    reason = "reviewed on Monday Evidence for the new status: “A letter of the partner team.”"
    assert (status.actor_id, status.reason) == (editor.pk, reason)
    assert status.changes["status"] == ["engineering required", "partner gated"]
    assert str(proof.public_id) in str(status.changes["proof"])
    assert "Disable everything." in str(step.changes)
    assert (removal.action, removal.reason) == ("claims.claim.delete", "not needed")


def test_without_a_reason_nothing_changes(staff: Client) -> None:
    before = newest().number
    answer = save(staff, line(), title="Other", reason=" ")
    assert "Enter a reason. It is recorded in the audit log." in answer.text
    assert line().title == "Encrypted credential and token storage"
    assert newest().number == before


def test_a_new_position_is_on_the_page_at_once(staff: Client, client: Client) -> None:
    save(staff, models.ChecklistItem.objects.get(slug="privacy-retention-deletion"), position=1)
    text = read(client.get(PAGE).text).text
    assert text.index("Privacy, retention, and deletion policy") < text.index("ServiceTitan app approval path")


def test_steps_are_edited_and_added_with_their_runbook(staff: Client, client: Client) -> None:
    runbook = models.Runbook.objects.get(slug="disconnect")
    new = {"steps-TOTAL_FORMS": 4, "steps-3-text": "Tell the customer.", "steps-3-slug": "tell-customer"}
    new |= {"steps-3-position": 15, "steps-3-runbook": runbook.pk, "steps-0-text": "Disable everything."}

    assert save(staff, runbook, **new).status_code == 302

    text = read(client.get(PAGE).text).text
    assert "Disable everything. Tell the customer. Keep manual booking fallback" in text


@pytest.mark.parametrize("status", sorted({value for value, _ in STORED_STATUSES} - {"engineering required"}))
def test_no_status_changes_without_reviewed_evidence(staff: Client, status: str) -> None:
    assert "A status changes only by reviewed evidence" in save(staff, line(), status=status).text
    revoked = prove(line().anchor, kind=SubjectType.PACK)
    Evidence.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now(), revoked_reason="It was of another line.")
    unconfirmed = prove(line().anchor, kind=SubjectType.PACK, is_confirmed=False)
    elsewhere = prove("checklist-app-approval-path", kind=SubjectType.PACK)
    for other in (revoked, unconfirmed, elsewhere):
        assert "Select a valid choice" in save(staff, line(), status=status, proof=other.pk).text
    assert line().status == "engineering required"
    proof = prove(line().anchor, kind=SubjectType.PACK)
    assert save(staff, line(), status=status, proof=proof.pk).status_code == 302
    assert line().status == status


def test_a_single_person_lowers_a_ready_line_with_a_reason(staff: Client) -> None:
    ready = models.ChecklistItem.objects.filter(slug="scope-to-feature-map")
    assert ready.get().status == "ready now"
    assert "Enter a reason" in save(staff, ready.get(), status="review required", reason="").text
    assert save(staff, ready.get(), status="review required").status_code == 302
    assert ready.get().status == "review required"
    assert "A status changes only by reviewed evidence" in save(staff, ready.get(), status="partner gated").text


def test_a_line_becomes_ready_by_its_check_and_a_new_line_does_not(staff: Client, client: Client) -> None:
    checked = models.ChecklistItem.objects.filter(slug="scope-to-feature-map")
    checked.update(status="engineering required")
    assert save(staff, checked.get(), status="ready now").status_code == 302
    assert checked.get().status == "ready now"
    new = {"slug": "ours", "title": "Ours", "owner": "PageToJob", "current": "So it is.", "next_step": "None."}
    new |= {"status": "ready now", "position": "5", "reason": "A new line."}
    answer = staff.post(reverse("admin:readiness_checklistitem_add"), new)
    assert "A new line cannot begin as “ready now”" in answer.text
    assert not models.ChecklistItem.objects.filter(slug="ours").exists()


def test_the_form_of_every_row_with_a_status_asks_for_evidence() -> None:
    pages = admin.site._registry.items()
    with_status = {model: page for model, page in pages if issubclass(model, models.StatusRow)}
    assert len(with_status) > 9
    assert [model for model, page in with_status.items() if not issubclass(page.form, StatusForm)] == []


def test_review_due_cannot_be_set_manually(staff: Client) -> None:
    assert "Select a valid choice" in save(staff, line(), status="review due").text
    assert line().status == "engineering required"


def test_a_slug_never_changes(staff: Client) -> None:
    save(staff, line(), slug="other", title="Storage")
    row = models.ChecklistItem.objects.get(title="Storage")
    assert row.slug == "credential-storage"


def test_what_came_with_the_pack_cannot_be_removed(staff: Client) -> None:
    claim = Claim.objects.get(slug="closed-loop-revenue")
    assert staff.post(address(claim, "delete"), {"reason": "away"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [claim.pk], "post": "yes", "reason": "away"}
    answer = staff.post(listing(Claim), chosen, follow=True)
    assert "Rows that came with the pack can be reworded but not removed." in answer.text
    runbook = models.Runbook.objects.get(slug="disconnect")
    assert "can be reworded but not removed" in save(staff, runbook, **{"steps-0-DELETE": "on"}).text
    assert Claim.objects.filter(pk=claim.pk).exists()
    assert runbook.steps.count() == 3


def test_what_staff_added_goes_with_a_reason_and_a_version(staff: Client, client: Client) -> None:
    runbook = models.Runbook.objects.create(slug="ours", name="Our runbook", trigger="It happens.", promise="It ends.")
    models.RunbookStep.objects.create(runbook=runbook, slug="one", text="Do it.")
    assert "Our runbook" in client.get(PAGE).text
    before = newest().number

    assert "Enter a reason. It is stored in the history." in staff.post(address(runbook, "delete"), {"reason": ""}).text
    assert models.Runbook.objects.filter(pk=runbook.pk).exists()
    assert staff.post(address(runbook, "delete"), {"reason": "told twice"}).status_code == 302

    assert not models.Runbook.objects.filter(pk=runbook.pk).exists()
    assert "Our runbook" not in client.get(PAGE).text
    assert (newest().number, newest().cause) == (before + 1, "told twice")


def test_several_rows_are_removed_in_the_same_version(staff: Client) -> None:
    rows = [Claim.objects.create(slug=f"ours-{number}", text=f"Claim {number} of ours") for number in range(3)]
    staff.get(PAGE)
    before = newest().number
    chosen: dict[str, Any] = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    assert "Remove 3 gated claims" in staff.post(listing(Claim), chosen | {"index": 0}).text
    staff.post(listing(Claim), chosen | {"post": "yes", "reason": "tidied up"})
    assert not Claim.objects.filter(slug__startswith="ours-").exists()
    assert (newest().number, newest().cause) == (before + 1, "tidied up")


def test_rows_are_moved_with_a_reason(staff: Client, client: Client, operator: User) -> None:
    order = list(models.ChecklistItem.objects.values_list("slug", flat=True))
    third = models.ChecklistItem.objects.get(slug=order[2])
    move: dict[str, Any] = {"action": "move_up", "_selected_action": [third.pk], "index": 0}

    assert "Enter a reason" in staff.post(listing(models.ChecklistItem), move, follow=True).text
    assert list(models.ChecklistItem.objects.values_list("slug", flat=True)) == order
    staff.post(listing(models.ChecklistItem), move | {"reason": "more urgent"})

    moved = [order[0], order[2], order[1], *order[3:]]
    assert list(models.ChecklistItem.objects.values_list("slug", flat=True)) == moved
    assert newest().cause == "more urgent"
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.get().changes == {order[2]: [30, 20], order[1]: [20, 30]}
    text = client.get(PAGE).text
    assert text.index(f'id="checklist-{order[2]}"') < text.index(f'id="checklist-{order[1]}"')


def test_rows_with_the_same_position_can_be_moved_apart(staff: Client) -> None:
    models.PartnerMaterial.objects.update(position=1000)
    order = list(models.PartnerMaterial.objects.values_list("slug", flat=True))
    last = models.PartnerMaterial.objects.get(slug=order[-1])
    chosen = {"action": "move_up", "_selected_action": [last.pk], "index": 0, "reason": "first things first"}
    staff.post(listing(models.PartnerMaterial), chosen)
    assert list(models.PartnerMaterial.objects.values_list("slug", flat=True)) == [*order[:-2], order[-1], order[-2]]
    staff.post(listing(models.PartnerMaterial), chosen | {"action": "move_down"})
    assert list(models.PartnerMaterial.objects.values_list("slug", flat=True)) == order


def test_entries_move_within_their_section_only(staff: Client) -> None:
    page = models.Page.objects.get(slug="landing")
    sections = [models.PageSection.objects.create(page=page, slug=slug, heading=slug) for slug in ("one", "two")]
    for number, section in enumerate(sections * 2):
        models.Entry.objects.create(slug=f"e{number}", title=f"Entry {number}", section=section, position=number)
    first = models.Entry.objects.get(slug="e1")
    chosen = {"action": "move_up", "_selected_action": [first.pk], "index": 0, "reason": "up"}
    assert "The order has not changed." in staff.post(listing(models.Entry), chosen, follow=True).text
    second = models.Entry.objects.get(slug="e3")
    staff.post(listing(models.Entry), chosen | {"_selected_action": [second.pk]})
    assert [entry.slug for entry in sections[1].entries.all()] == ["e3", "e1"]


@pytest.mark.parametrize("model", PLACED)
def test_view_on_site_leads_to_the_anchor(staff: Client, model: Any) -> None:
    row = model._base_manager.first()
    html = staff.get(address(row)).text
    link = html.split('class="viewsitelink"')[0].rsplit('href="', 1)[1].split('"')[0]
    path, _, anchor = link.partition("#")
    assert anchor in read(staff.get(path).text).ids


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_list_and_form_opens_and_explains_itself(staff: Client, model: Any) -> None:
    row = model._base_manager.first()
    if row is None:
        pytest.skip("The content has no such row yet.")
    html = staff.get(listing(model, q=row.slug)).text
    assert html.count('name="_selected_action"') >= 1 or model is models.Page
    form = staff.get(address(row))
    assert form.status_code == 200
    shown = form.context["adminform"].form
    assert [name for name, field in shown.fields.items() if not field.help_text] == []
    for formset in form.context["inline_admin_formsets"]:
        names = formset.formset.empty_form.fields.items()
        assert [name for name, field in names if not field.help_text and name not in {"id", "DELETE"}][1:] == []
    assert 'class="note"' in form.text


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_a_form_sent_back_as_it_is_changes_nothing(staff: Client, client: Client, model: Any) -> None:
    row = model._base_manager.first()
    if row is None:
        pytest.skip("The content has no such row yet.")
    client.get(PAGE)
    before = newest().number
    answer = save(staff, row)
    assert answer.status_code == 302, answer.context["errors"]
    assert newest().number == before


def test_a_list_takes_the_same_queries_however_many_rows(staff: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(listing(models.ChecklistItem)).status_code == 200
        return len(queries)

    staff.get(PAGE)
    count()
    before = count()
    for number in range(40):
        models.ChecklistItem.objects.create(
            slug=f"new-{number}",
            title="New",
            owner="Customer",
            status="ready now",
            current="It is.",
            next_step="Go on.",
        )
    staff.get(PAGE)
    assert count() == before
    assert before <= 12


def test_lists_are_filtered_by_what_readers_see(staff: Client) -> None:
    models.ChecklistItem.objects.create(
        slug="bare", title="Bare line", owner="Customer", status="ready now", current="It is.", next_step="Go on."
    )
    due = staff.get(listing(models.ChecklistItem, shown="review due")).text
    assert "Bare line" in due
    assert "Encrypted credential" not in due
    ready = staff.get(listing(models.ChecklistItem, shown="ready now")).text
    assert "Bare line" not in ready
    assert "Bare line" in staff.get(listing(models.ChecklistItem, evidence="none", status="ready now")).text
    assert "Bare line" not in staff.get(listing(models.ChecklistItem, evidence="valid")).text
    assert "Bare line" in staff.get(listing(models.ChecklistItem, status="ready now", owner="Customer")).text
    assert staff.get(listing(models.ChecklistItem, shown="no such word")).status_code == 200


def test_no_list_saves_edits_without_a_reason() -> None:
    assert [page for page in admin.site._registry.values() if isinstance(page, PackAdmin) and page.list_editable] == []


def test_sections_and_pages_are_neither_added_nor_removed(staff: Client) -> None:
    page = models.Page.objects.get(slug="api-readiness")
    assert staff.get(reverse("admin:readiness_page_add")).status_code == 403
    assert staff.post(address(page, "delete"), {"reason": "away"}).status_code == 403
    answer = save(staff, page, **{"sections-0-heading": "In short", "sections-0-DELETE": "on"})
    assert answer.status_code == 302
    assert page.sections.filter(heading="In short").exists()


def test_only_staff_can_be_reviewers(staff: Client, owner: User, operator: User, editor: User) -> None:
    form = staff.get(address(line())).context["adminform"].form
    offered = set(form.fields["reviewer"].queryset)
    assert {operator, editor} <= offered
    assert owner not in offered
    assert save(staff, line(), reviewer=owner.pk).status_code == 200
    save(staff, line(), reviewer=editor.pk)
    assert line().reviewer == editor


def test_others_cannot_edit(client: Client, admin_user: User, operator: User) -> None:
    row = line()
    assert client.post(address(row), {"title": "Theirs"}).status_code == 302
    for user, status in ((admin_user, 403), (operator, 302)):
        other = Client()
        other.force_login(user)
        for model in OURS:
            assert other.get(listing(model)).status_code == status
        assert other.post(address(row), {"title": "Theirs", "reason": "why"}).status_code == status
    assert line().title == "Encrypted credential and token storage"


def test_system_records_are_read_only(staff: Client) -> None:
    for model in (models.PackVersion, models.PackFile, models.EvidenceNotice, models.ClaimScan):
        assert staff.get(listing(model)).status_code == 200
        assert staff.get(reverse(f"admin:readiness_{model._meta.model_name}_add")).status_code == 403
    version = newest()
    assert version.sha256 in staff.get(address(version)).text
    assert staff.post(address(version), {"cause": "other"}).status_code == 403


def test_a_note_belongs_to_a_visible_line(staff: Client, client: Client) -> None:
    page = staff.get(reverse("admin:readiness_asbuiltnote_add")).text
    free = "checklist-credential-storage"
    models.AsBuiltNote.objects.filter(slug=free).delete()
    note = {"slug": free, "dated": "2026-11-24", "text": "A sealed store exists.", "reason": "it was built"}
    assert staff.post(reverse("admin:readiness_asbuiltnote_add"), {**fields(page), **note}).status_code == 302
    assert "A sealed store exists." in client.get(PAGE).text
    wrong = note | {"slug": "checklist-no-such-line"}
    answer = staff.post(reverse("admin:readiness_asbuiltnote_add"), {**fields(page), **wrong})
    assert "Select a valid choice" in answer.text
