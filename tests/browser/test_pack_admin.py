"""Staff at work on the pack in a real browser: an overclaim refused, an edit made public, evidence with two people."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from pagetojob.gates.models import Evidence
from pagetojob.platform.tenants.models import User
from readiness import models
from readiness.services import load_pack
from tests.readiness.forms import address
from tests.readiness.reading import PAGE
from tests.support.browser import keep_picture, overflows, violations
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Page]
LINE = "credential-storage"


@pytest.fixture(autouse=True)
def loaded(transactional_db: None) -> None:
    load_pack()


def line() -> models.ChecklistItem:
    return models.ChecklistItem.objects.get(slug=LINE)


def as_person(visit: Visit, path: str, person: User, *, theme: str = "light", width: int = 1280) -> Page:
    """Open a path and sign in on the way, at the admin's own page or at ours."""
    page = visit(path, theme=theme, width=width)
    page.locator("input[type=email], input[name=username]").first.fill(person.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").or_(page.get_by_role("button", name="Log in")).click()
    page.wait_for_url(lambda url: "login" not in url and "/account/" not in url)
    return page


def look(page: Page, name: str, theme: str = "light") -> None:
    keep_picture(page, f"admin-{name}-{theme}")
    assert violations(page) == []


def test_an_overclaim_is_refused_and_an_honest_edit_is_public(visit: Visit, theme: str) -> None:
    editor = make_user(staff_role="editor", name="Eda Editor")
    page = as_person(visit, address(line()), editor, theme=theme)
    look(page, "line", theme)

    page.get_by_label("Current state:").fill("PageToJob is a certified ServiceTitan partner.")
    page.get_by_label("Reason for the change").fill("as reviewed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist mark")).to_contain_text("certified ServiceTitan partner")
    expect(page.get_by_label("Current state:")).to_have_value("PageToJob is a certified ServiceTitan partner.")
    look(page, "overclaim", theme)

    page.get_by_label("Current state:").fill("Secrets are sealed; none of ServiceTitan is on file.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_contain_text("was changed successfully")
    look(page, "list", theme)

    reader = visit(PAGE, theme=theme)
    expect(reader.locator(f"#checklist-{LINE}")).to_contain_text("Secrets are sealed; none of ServiceTitan is on file.")
    page.goto(page.url.partition("/admin/")[0] + address(line(), "history"))
    expect(page.locator("article").first).to_contain_text("Eda Editor")
    look(page, "history", theme)
    page.get_by_role("link", name="Restore this wording").first.click()
    expect(page.get_by_role("status")).to_contain_text("Nothing has changed yet")
    look(page, "restore", theme)


def test_evidence_is_recorded_by_one_and_confirmed_by_another(visit: Visit, theme: str) -> None:
    models.ChecklistItem.objects.filter(slug=LINE).update(status="ready now")
    editor = make_user(staff_role="editor", name="Eda Editor")
    page = as_person(visit, reverse("admin:gates_evidence_changelist"), editor, theme=theme)
    look(page, "evidence-list", theme)
    page.get_by_role("link", name=f"Record evidence for {line().title}").click()
    page.get_by_label("Kind:").select_option("review")
    page.get_by_label("Grade:").select_option("stated by us")
    page.get_by_label("Summary:").fill("Two people read the code.")
    page.get_by_label("File:").set_input_files(
        {"name": "r.txt", "mimeType": "text/plain", "buffer": b"Read and found good."}
    )
    look(page, "evidence-form", theme)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="the page to confirm it").wait_for()
    reader = visit(PAGE, theme=theme)
    expect(reader.locator(f"#checklist-{LINE}")).to_contain_text("ready now")

    evidence = Evidence.objects.get(subject=f"checklist-{LINE}")
    page.get_by_role("link", name="the page to confirm it").click()
    expect(page.get_by_text("You recorded this evidence, so someone else must confirm it.")).to_be_visible()
    look(page, "confirm-own", theme)

    lead = make_user(ops_role="lead", name="Lea Lead")
    second = as_person(visit, reverse("admin:gates_evidence_confirm", args=[evidence.pk]), lead, theme=theme)
    look(second, "confirm", theme)
    second.get_by_role("button", name="Confirm evidence").click()
    expect(second.get_by_text("You are recorded as the second person.")).to_be_visible()
    page.goto(page.url.partition("/admin/")[0] + reverse("admin:gates_evidence_change", args=[evidence.pk]))
    expect(page.get_by_text("by Lea Lead on")).to_be_visible()
    look(page, "evidence", theme)
    page.get_by_role("link", name="Revoke").click()
    look(page, "revoke", theme)


@pytest.mark.parametrize("width", [375, 1280])
def test_our_own_pages_fit_a_phone(visit: Visit, width: int) -> None:
    editor = make_user(staff_role="editor")
    answer = models.PartnerAnswer.objects.create(
        slug="ours", title="What do you keep?", owner="PageToJob", status="partner gated", answer="Ids and amounts."
    )
    page = as_person(visit, reverse("admin:readiness_partneranswer_attest", args=[answer.pk]), editor, width=width)
    look(page, f"attest-{width}")
    assert not overflows(page)
    page.get_by_label("Your job title at PageToJob").fill("Head of product")
    page.get_by_role("button", name="Attest this answer").click()
    expect(page.get_by_text("Readers see your name.")).to_be_visible()
    look(page, f"attested-{width}")
    page.goto(page.url.partition("/admin/")[0] + address(answer, "history"))
    look(page, f"attest-history-{width}")
    assert not overflows(page)
