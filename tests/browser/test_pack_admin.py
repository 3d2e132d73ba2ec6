"""Staff at work on the pack in a real browser: an overclaim refused, an edit made public, evidence with two people."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pagetojob.gates.models import Evidence
from readiness import models
from tests.readiness.forms import address
from tests.readiness.reading import PAGE
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, visit_as
from tests.support.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("pack")]

LINE = "credential-storage"


def line() -> models.ChecklistItem:
    return models.ChecklistItem.objects.get(slug=LINE)


def test_an_overclaim_is_refused_and_an_honest_edit_is_public(visit: Visit) -> None:
    editor = make_user(staff_role="editor", name="Eda Editor")
    page = visit_as(visit, editor.email, address(line()))
    check_page(page, "admin-line")

    page.get_by_label("Current state:").fill("PageToJob is a certified ServiceTitan partner.")
    page.get_by_label("Reason for the change").fill("as reviewed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist mark")).to_contain_text("certified ServiceTitan partner")
    expect(page.get_by_label("Current state:")).to_have_value("PageToJob is a certified ServiceTitan partner.")
    check_page(page, "admin-overclaim")

    page.get_by_label("Current state:").fill("Secrets are sealed; none of ServiceTitan is on file.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("was changed successfully")
    check_page(page, "admin-list")

    reader = visit(PAGE)
    expect(reader.locator(f"#checklist-{LINE}")).to_contain_text("Secrets are sealed; none of ServiceTitan is on file.")
    page.goto(page.url.partition("/admin/")[0] + address(line(), "history"))
    expect(page.locator("article").first).to_contain_text("Eda Editor")
    check_page(page, "admin-history")
    page.get_by_role("link", name="Restore this wording").first.click()
    expect(page.get_by_role("status")).to_contain_text("Nothing has changed yet")
    check_page(page, "admin-restore")


@pytest.mark.nightly
def test_evidence_is_recorded_by_one_and_confirmed_by_another(visit: Visit) -> None:
    models.ChecklistItem.objects.filter(slug=LINE).update(status="ready now")
    editor = make_user(staff_role="editor", name="Eda Editor")
    page = visit_as(visit, editor.email, reverse("admin:gates_evidence_changelist"), theme="dark")
    check_page(page, "admin-evidence-list")
    page.get_by_role("link", name=f"Record evidence for {line().title}").click()
    page.get_by_label("Kind:").select_option("review")
    page.get_by_label("Grade:").select_option("stated by us")
    page.get_by_label("Summary:").fill("Two people read the code.")
    page.get_by_label("File:").set_input_files(
        {"name": "r.txt", "mimeType": "text/plain", "buffer": b"Read and found good."}
    )
    check_page(page, "admin-evidence-form")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="the page to confirm it").wait_for()
    reader = visit(PAGE)
    expect(reader.locator(f"#checklist-{LINE}")).to_contain_text("1 not confirmed by a second person")

    evidence = Evidence.objects.get(subject=f"checklist-{LINE}")
    page.get_by_role("link", name="the page to confirm it").click()
    expect(page.get_by_text("You recorded this evidence, so someone else must confirm it.")).to_be_visible()
    check_page(page, "admin-confirm-own")

    lead = make_user(ops_role="lead", name="Lea Lead")
    second = visit_as(visit, lead.email, reverse("admin:gates_evidence_confirm", args=[evidence.pk]), theme="dark")
    check_page(second, "admin-confirm")
    second.get_by_role("button", name="Confirm evidence").click()
    expect(second.get_by_text("You are recorded as the second person.")).to_be_visible()
    page.goto(page.url.partition("/admin/")[0] + reverse("admin:gates_evidence_change", args=[evidence.pk]))
    expect(page.get_by_text("by Lea Lead on")).to_be_visible()
    check_page(page, "admin-evidence")
    page.get_by_role("link", name="Revoke").click()
    check_page(page, "admin-revoke")


@WIDTHS_AND_THEMES
def test_our_own_pages_fit_a_phone(visit: Visit, width: int, theme: str) -> None:
    editor = make_user(staff_role="editor")
    answer = models.PartnerAnswer.objects.create(
        slug="ours", title="What do you keep?", owner="PageToJob", status="partner gated", answer="Ids and amounts."
    )
    attest = reverse("admin:readiness_partneranswer_attest", args=[answer.pk])
    page = visit_as(visit, editor.email, attest, width=width, theme=theme)
    check_page(page, "admin-attest")
    page.get_by_label("Your job title at PageToJob").fill("Head of product")
    page.get_by_role("button", name="Attest this answer").click()
    expect(page.get_by_text("Readers see your name.")).to_be_visible()
    check_page(page, "admin-attested")
    page.goto(page.url.partition("/admin/")[0] + address(answer, "history"))
    check_page(page, "admin-attest-history")
