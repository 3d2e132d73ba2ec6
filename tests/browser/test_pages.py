"""Every page in a real browser: no axe violation, no CSP complaint, no sideways scrolling, both themes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, SyncItem
from tests.support.browser import keep_picture, overflows, violations
from tests.support.factories import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Page]
PUBLIC = {
    "home": "/",
    "readiness": "/servicetitan-ready-websites/api-readiness",
    "readiness-landing": "/servicetitan-ready-websites/",
    "request": "/sites/desert-peak/request-appointment?page=/ac-repair-phoenix",
    "sign-in": "/account/sign-in",
    "not-found": "/no-such-page",
    "pack-not-found": "/servicetitan-ready-websites/no-such-page",
    "pack-old": "/servicetitan-ready-websites/changes/1/api-readiness",
}


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/account/" not in url)


def look(page: Page, name: str, theme: str, width: int) -> None:
    keep_picture(page, f"{name}-{width}-{theme}")
    assert violations(page) == []
    assert not overflows(page)


@pytest.fixture
def pack(db: None) -> None:
    call_command("load_readiness", verbosity=0)


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages(  # noqa: PLR0917 - fixtures
    visit: Visit, pack: None, tenant: Tenant, name: str, width: int, theme: str
) -> None:
    look(visit(PUBLIC[name], width=width, theme=theme), name, theme, width)


@pytest.mark.parametrize("width", [375, 1280])
def test_the_main_job_by_hand(
    visit: Visit, tenant: Tenant, work_off: Callable[[], int], width: int, theme: str
) -> None:
    page = visit(PUBLIC["request"], width=width, theme=theme)
    page.get_by_role("button", name="Send my request").click()
    assert page.get_by_role("alert").is_visible()
    look(page, "request-errors", theme, width)
    page.get_by_label("Emergency: as soon as possible").check()
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.get_by_label("Phone", exact=False).first.fill("(602) 555-0142")
    page.get_by_label("I agree", exact=False).check()
    page.get_by_role("button", name="Send my request").click()
    page.get_by_role("heading", name="Thank you. We've saved your request.").wait_for()
    look(page, "received", theme, width)
    work_off()

    desk = visit("/ops/", width=width, theme=theme)
    sign_in(desk, "operator@pagetojob.example")
    desk.get_by_text("By tenant").click()
    look(desk, "ops-list", theme, width)
    with scope.worker():
        lead = Lead.objects.get(phone="(602) 555-0142")
        item = SyncItem.objects.get(kind=Kind.BOOKING_REQUEST, lead=lead)
    desk.goto(desk.url.split("/ops/")[0] + reverse("ops:item", args=[item.public_id]))
    look(desk, "ops-item", theme, width)
    desk.get_by_role("button", name="Mark as done").click()
    look(desk, "ops-item-errors", theme, width)
    desk.get_by_label("Where did you enter it?").fill("ServiceTitan, Calls screen")
    desk.get_by_label("Reference in that system").fill("Booking 4711")
    desk.get_by_label("Reason for doing it manually").fill("the gate is shut")
    desk.get_by_role("button", name="Mark as done").click()
    desk.get_by_text("Marked as done, with your proof.").wait_for()
    look(desk, "ops-item-done", theme, width)


@pytest.mark.parametrize("width", [375, 1280])
def test_the_form_while_the_database_is_away(
    visit: Visit, tenant: Tenant, database_away: Callable[[], None], width: int, theme: str
) -> None:
    page = visit(PUBLIC["request"], width=width, theme=theme)
    page.get_by_label("Emergency: as soon as possible").check()
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.get_by_label("Phone", exact=False).first.fill("(602) 555-0142")
    page.get_by_label("I agree", exact=False).check()
    database_away()
    page.get_by_role("button", name="Send my request").click()
    page.get_by_text("Your request has not been saved").wait_for()
    assert page.get_by_label("Your name").input_value() == "Jamie Rivera"
    look(page, "request-unavailable", theme, width)


def test_the_main_job_by_keyboard_alone(visit: Visit, tenant: Tenant) -> None:
    page = visit(PUBLIC["request"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main content"
    page.get_by_label("What do you need?").focus()
    for keys in (
        ["Tab", "Space"],  # urgency
        ["Tab"],  # the number to call
        ["Tab", "Tab", "Tab"],  # date: three parts and its picker
        ["Tab", "Tab", "Tab"],
        list("No cold air"),
        ["Tab", "Tab", *"Jamie"],  # past the photos
        ["Tab", *"6025550199"],
        ["Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Space"],
        ["Enter"],
    ):
        for key in keys:
            page.keyboard.press(key)
    page.get_by_role("heading", name="Thank you. We've saved your request.").wait_for()
    with scope.tenant(tenant.pk):
        lead = Lead.objects.get()
    assert (lead.name, lead.phone, lead.message) == ("Jamie", "6025550199", "No cold air")


@pytest.mark.parametrize("width", [375, 1280])
def test_the_style_page_for_staff(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    page = visit("/styleguide/", width=width, theme=theme)
    sign_in(page, "editor@pagetojob.example")
    page.get_by_role("heading", name="Components").wait_for()
    look(page, "style", theme, width)


@pytest.mark.parametrize("who", ["editor", "admin"])
def test_admin_is_clean_under_the_csp(visit: Visit, pack: None, tenant: Tenant, who: str) -> None:
    page = visit("/admin/")
    page.get_by_label("Email").fill(f"{who}@pagetojob.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Site administration").wait_for()
    keep_picture(page, f"admin-{who}")
    page.get_by_role("link", name="Checklist items" if who == "editor" else "Users", exact=True).first.click()
    keep_picture(page, f"admin-{who}-list")
    page.locator("#result_list tbody a").first.click()
    page.locator("form").first.wait_for()
    keep_picture(page, f"admin-{who}-form")


def test_first_views_are_light(visit: Visit, pack: None, tenant: Tenant) -> None:
    """Under 100 kB with everything it loads."""
    for path in PUBLIC.values():
        page = visit("/healthz")
        sizes: list[int] = []

        def weigh(response: Any, sizes: list[int] = sizes) -> None:
            sizes.append(len(response.body()))

        page.on("response", weigh)
        page.goto(page.url.replace("/healthz", path))
        page.wait_for_load_state("networkidle")
        assert 0 < sum(sizes) < 100_000, (path, sizes)
