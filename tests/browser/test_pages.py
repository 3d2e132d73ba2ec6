"""Every page in a real browser: no axe violation, no CSP complaint, no sideways scrolling, both themes."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, SyncItem
from tests.support.browser import (
    DESKTOP,
    PHONE,
    THEMES,
    WIDTHS_AND_THEMES,
    Visit,
    check_page,
    focused_text,
    save_screenshot,
    tab_to,
    visit_as,
    weight,
)

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = {
    "home": "/",
    "request": "/sites/desert-peak/request-appointment?page=/ac-repair-phoenix",
    "sign-in": "/account/sign-in",
    "not-found": "/no-such-page",
    "pack-not-found": "/servicetitan-ready-websites/no-such-page",
    "pack-old": "/servicetitan-ready-websites/changes/1/api-readiness",
}


@WIDTHS_AND_THEMES
def test_public_pages(visit: Visit, pack: None, tenant: Tenant, width: int, theme: str) -> None:
    """Check the pages that test_site.py and test_pack.py do not open."""
    page = visit("/healthz", width=width, theme=theme)
    base = page.url.removesuffix("/healthz")
    for name, path in PUBLIC.items():
        page.goto(base + path)
        assert 0 < weight(page) < 100_000, name  # with everything it loads
        check_page(page, name)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_main_job_by_hand(
    visit: Visit, tenant: Tenant, work_off: Callable[[], int], width: int, theme: str
) -> None:
    page = visit(PUBLIC["request"], width=width, theme=theme)
    page.get_by_role("button", name="Send my request").click()
    assert page.get_by_role("alert").is_visible()
    check_page(page, "request-errors")
    page.get_by_label("No hurry").check()  # by night, dispatch looks at an emergency first
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.get_by_role("textbox", name="Phone").fill("(602) 555-0142")
    page.get_by_label("I agree", exact=False).check()
    page.get_by_role("button", name="Send my request").click()
    page.get_by_role("heading", name="Thank you. We've saved your request.").wait_for()
    check_page(page, "received")
    work_off()

    desk = visit_as(visit, "operator@pagetojob.example", "/ops/", width=width, theme=theme)
    desk.get_by_text("By contractor").click()
    check_page(desk, "ops-list")
    with scope.worker():
        lead = Lead.objects.get(phone="(602) 555-0142")
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST, lead=lead)
    desk.goto(desk.url.split("/ops/")[0] + reverse("ops:item", args=[item.public_id]))
    check_page(desk, "ops-item")
    desk.get_by_role("button", name="Mark as done").click()
    check_page(desk, "ops-item-errors")
    desk.get_by_label("Reference in that system").fill("Booking 4711")
    desk.get_by_role("button", name="Mark as done").click()
    desk.get_by_text("Marked as done, with your proof.").wait_for()
    check_page(desk, "ops-item-done")


@WIDTHS_AND_THEMES
def test_the_form_while_the_database_is_away(
    visit: Visit, tenant: Tenant, database_away: Callable[[], None], width: int, theme: str
) -> None:
    page = visit(PUBLIC["request"], width=width, theme=theme)
    page.get_by_label("Emergency: as soon as possible").check()
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.get_by_role("textbox", name="Phone").fill("(602) 555-0142")
    page.get_by_label("I agree", exact=False).check()
    database_away()
    page.get_by_role("button", name="Send my request").click()
    page.get_by_text("Your request has not been saved").wait_for()
    assert page.get_by_label("Your name").input_value() == "Jamie Rivera"
    check_page(page, "request-unavailable")


def test_the_main_job_by_keyboard_alone(visit: Visit, tenant: Tenant) -> None:
    page = visit(PUBLIC["request"])
    page.keyboard.press("Tab")
    assert focused_text(page) == "Skip to the main content"
    page.get_by_label("What do you need?").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # urgency
    for label, typed in (("What's the problem?", "No cold air"), ("Your name", "Jamie"), ("Phone", "6025550199")):
        tab_to(page, page.get_by_role("textbox", name=label))
        page.keyboard.type(typed)
    tab_to(page, page.get_by_label("I agree"))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Thank you. We've saved your request.").wait_for()
    with scope.tenant(tenant.pk):
        lead = Lead.objects.get()
    assert (lead.name, lead.phone, lead.message) == ("Jamie", "6025550199", "No cold air")


def test_the_style_page_for_staff(visit: Visit, tenant: Tenant) -> None:
    """Measure the contrast of every component in both themes, at both widths."""
    page = visit_as(visit, "editor@pagetojob.example", "/styleguide/")
    page.get_by_role("heading", name="Components").wait_for()
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            check_page(page, "style", contrast=True)


@pytest.mark.parametrize("who", ["editor", "admin"])
def test_admin_is_clean_under_the_csp(visit: Visit, pack: None, tenant: Tenant, who: str) -> None:
    page = visit_as(visit, f"{who}@pagetojob.example", "/admin/")
    page.get_by_role("heading", name="Staff pages by task").wait_for()
    save_screenshot(page, f"admin-{who}")
    page.get_by_role("link", name="Checklist items" if who == "editor" else "Users", exact=True).first.click()
    save_screenshot(page, f"admin-{who}-list")
    page.locator("#result_list tbody a").first.click()
    page.locator("form").first.wait_for()
    save_screenshot(page, f"admin-{who}-form")
