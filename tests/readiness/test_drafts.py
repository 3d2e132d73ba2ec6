"""Editors preview a change, store it as a draft, and publish it after review."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from pagetojob.gates.models import SubjectType
from pagetojob.ops.admin_groups import GROUPS
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from readiness import models
from readiness.models import Draft
from readiness.services.runs import import_file
from tests.readiness.editing import line, prove
from tests.readiness.forms import address, fields, listing, save
from tests.readiness.reading import PAGE, read
from tests.support.cast import SignIn
from tests.support.check_runs import run_file

pytestmark = pytest.mark.usefixtures("pack")

STORES = "Secrets are sealed and destroyed on disconnect."


@pytest.fixture
def second(signed_in: SignIn) -> Client:
    person = User.objects.create_user(email="second@pagetojob.example", password="", name="Sam", staff_role="editor")
    return signed_in(person)


def versions() -> int:
    return models.PackVersion.objects.count()


def public(client: Client) -> str:
    return read(client.get(PAGE).text).text


def test_a_preview_is_the_page_as_a_save_would_publish_it_and_saves_nothing(
    staff: Client, client: Client, operator: User
) -> None:
    client.get(PAGE)
    before = versions()
    answer = save(staff, line(), current=STORES, _preview="Preview")

    text = read(answer.text).text
    assert answer.status_code == 200
    assert "Preview with your changes. Nothing is saved" in text and STORES in text
    assert "Cite or download" not in text
    assert (versions(), line().current == STORES, STORES in public(client)) == (before, False, False)
    with scope.operator(operator, reason="test"):
        assert not AuditEntry.objects.exists()


def test_a_new_row_can_be_previewed(staff: Client) -> None:
    page = staff.get(reverse("admin:readiness_runbook_add")).text
    assert "Save as draft" not in page
    facts = {"name": "Ours", "slug": "ours", "trigger": "It happens.", "promise": "It ends.", "reason": "new"}
    answer = staff.post(reverse("admin:readiness_runbook_add"), {**fields(page), **facts, "_preview": "Preview"})
    assert "Ours Trigger: It happens." in read(answer.text).text
    forged = staff.post(reverse("admin:readiness_runbook_add"), {**fields(page), **facts, "_draft": "x"}, follow=True)
    assert "Only a stored row can have a draft." in forged.text
    assert not models.Runbook.objects.filter(slug="ours").exists()


def test_a_page_with_live_parts_can_be_previewed(staff: Client, tenant: Tenant) -> None:
    entry = models.Entry.objects.filter(section__page__slug="sync-queue").first()
    assert entry
    answer = save(staff, entry, title="A new title", _preview="Preview")
    assert "A new title" in answer.text and "Preview with your changes" in answer.text


def test_a_preview_refuses_what_a_save_refuses(staff: Client) -> None:
    answer = save(staff, line(), current="We are a certified ServiceTitan partner.", _preview="Preview")
    assert "claims what is still gated" in answer.text


def test_a_draft_is_reviewed_with_its_differences_and_published_by_saving(
    staff: Client, second: Client, client: Client, editor: User
) -> None:
    client.get(PAGE)
    before = versions()
    listed = staff.post(
        address(line()),
        {**fields(staff.get(address(line())).text), "current": STORES, "reason": "clearer", "_draft": "x"},
        follow=True,
    )
    draft = Draft.objects.get()
    assert "The draft is stored. No reader sees it." in listed.text
    assert (draft.author, draft.reason, draft.title) == (editor, "clearer", "Encrypted credential and token storage")
    assert (versions(), STORES in public(client)) == (before, False)

    review = second.get(f"{address(line())}?draft={draft.pk}")
    assert f"Draft by {editor}" in review.text and "<ins>" in review.text
    shown = fields(review.text)
    assert (shown["current"], shown["reason"], shown["draft"]) == (STORES, "clearer", str(draft.pk))
    assert second.post(address(line()), {**shown, "_preview": "Preview"}).status_code == 200
    draft.refresh_from_db()
    assert draft.outcome == Draft.Outcome.WAITING

    assert second.post(address(line()), shown).status_code == 302
    draft.refresh_from_db()
    assert (draft.outcome, str(draft.closed_by), STORES in public(client)) == ("published", "Sam", True)
    assert versions() == before + 1
    assert "Draft by" not in second.get(f"{address(line())}?draft={draft.pk}").text


def test_a_draft_of_steps_holds_their_texts_but_adds_none(staff: Client) -> None:
    runbook = models.Runbook.objects.get(slug="disconnect")
    save(staff, runbook, **{"steps-0-text": "Disable everything.", "_draft": "x"})
    draft = Draft.objects.get()
    review = staff.get(f"{address(runbook)}?draft={draft.pk}")
    assert fields(review.text)["steps-0-text"] == "Disable everything."
    assert "<ins>" in review.text

    new = {"steps-TOTAL_FORMS": 4, "steps-3-text": "Tell them.", "steps-3-slug": "tell", "steps-3-position": 15}
    answer = save(staff, runbook, **new, **{"steps-3-runbook": runbook.pk, "_draft": "x"})
    assert "A draft can change texts, but not add or remove rows." in answer.text
    assert Draft.objects.count() == 1


def test_a_revised_draft_replaces_the_first_and_drafts_can_be_discarded(staff: Client) -> None:
    save(staff, line(), current=STORES, _draft="x")
    first = Draft.objects.get()
    shown = fields(staff.get(f"{address(line())}?draft={first.pk}").text)
    staff.post(address(line()), {**shown, "current": "Sealed.", "_draft": "x"})
    assert [row.outcome for row in Draft.objects.order_by("pk")] == ["discarded", ""]
    chosen = {"action": "discard", "_selected_action": [row.pk for row in Draft.objects.all()]}
    assert "Discarded: 1." in staff.post(listing(Draft), chosen, follow=True).text
    assert not Draft.objects.filter(outcome="").exists()


def test_nothing_changed_makes_no_draft(staff: Client) -> None:
    answer = staff.post(
        address(line()), {**fields(staff.get(address(line())).text), "reason": "none", "_draft": "x"}, follow=True
    )
    assert "Nothing was changed, so there is no draft." in answer.text
    assert not Draft.objects.exists()


@pytest.mark.parametrize("asked", ["", "0", "x", "9" * 30, "1\x00"])
def test_a_draft_that_does_not_exist_fills_in_nothing(staff: Client, asked: str) -> None:
    assert "Draft by" not in staff.get(address(line()), {"draft": asked}).text


def test_publishing_a_draft_of_a_status_needs_evidence_too(staff: Client, second: Client) -> None:
    proof = prove(line().anchor, kind=SubjectType.PACK, summary="A letter of the partner team.")
    assert "A status changes only by reviewed evidence" in save(staff, line(), status="partner gated", _draft="x").text
    save(staff, line(), status="partner gated", proof=proof.pk, _draft="x")
    draft = Draft.objects.get()
    shown = fields(second.get(f"{address(line())}?draft={draft.pk}").text)
    assert shown["status"] == "partner gated"
    assert "A status changes only by reviewed evidence" in second.post(address(line()), shown).text
    assert line().status == "engineering required"
    assert second.post(address(line()), {**shown, "proof": proof.pk}).status_code == 302
    assert line().status == "partner gated"
    cause = models.PackVersion.objects.latest("number").cause
    assert cause == "as reviewed Evidence for the new status: “A letter of the partner team.”"


def test_a_ready_line_whose_check_did_not_pass_is_saved_with_a_warning(staff: Client) -> None:
    row = models.ChecklistItem.objects.filter(slug="scope-to-feature-map")
    row.update(status="engineering required")
    import_file(run_file(failing=["checklist-scope-to-feature-map"]))
    assert save(staff, row.get(), status="ready now").status_code == 302
    assert "Readers see “review due” for “Scope-to-feature map”" in staff.get(listing(models.ChecklistItem)).text


# --- Lists and groups ------------------------------------------------------------------------------


def test_the_start_page_groups_the_lists_by_task(staff: Client, admin_user: User) -> None:
    html = staff.get("/admin/").text
    names = [group.name for group in GROUPS if f'id="{group.slug}"' in html]
    assert names == ["API-readiness page", "Other pages of the pack", "Evidence", "Drafts and versions", "Reviewers"]
    assert "A second person confirms each piece." in html
    other = Client()
    other.force_login(admin_user)
    assert "Contractors, their people" in other.get("/admin/").text
    assert "Pages of the pack" not in other.get("/admin/").text


def test_every_list_has_a_group_and_a_search() -> None:
    admin.autodiscover()
    registered = {model._meta.label_lower for model in admin.site._registry}
    grouped = [name for group in GROUPS for name in group.models]
    assert (set(grouped), len(grouped)) == (registered, len(set(grouped)))
    request = RequestFactory().get("/")
    without = {model for model, page in admin.site._registry.items() if not page.get_search_fields(request)}
    assert without == {models.ClaimScan}  # numbers of a day, found by date
    for model, page in admin.site._registry.items():
        page.get_search_results(request, model._base_manager.all(), "x")  # names only fields that exist


def test_every_list_is_below_150_kb(staff: Client, editor: User) -> None:
    section = models.PageSection.objects.filter(entries__isnull=False).first()
    about = {"owner": "Shared", "status": "ready now", "body": "A text. " * 40, "section": section}
    models.Entry.objects.bulk_create(
        models.Entry(slug=f"many-{number}", title="A title of usual length", **about) for number in range(200)
    )
    Draft.objects.bulk_create(
        Draft(kind="readiness.entry", row=number, title="A title", values={}, reason="A reason. " * 9, author=editor)
        for number in range(200)
    )
    sizes: dict[str, Any] = {
        model._meta.label: len(staff.get(listing(model)).content)
        for model in admin.site._registry
        if model._meta.app_label in {"readiness", "claims", "gates"}
    }
    assert {label: size for label, size in sizes.items() if size >= 150_000} == {}


def test_enter_stores_a_draft_or_saves_a_new_row(staff: Client) -> None:
    """A browser presses the first submit button of the form."""
    first = re.compile(r'<input type="submit"[^>]*name="(\w+)"')
    change, add = staff.get(address(line())).text, staff.get(reverse("admin:readiness_runbook_add")).text
    assert [result[1] for page in (change, add) if (result := first.search(page))] == ["_draft", "_save"]
    assert 'name="_preview"' in change and 'name="_preview"' in add
