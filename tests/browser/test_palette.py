"""The command palette by keyboard alone, the banner of an outdated page, help and the reference of the API."""

import re

import pytest
from playwright.sync_api import expect

from pagetojob.platform.tenants.models import Tenant, User
from tests.support.browser import Visit, check_page, save_screenshot, violations, visit_as
from tests.support.cast import SignIn
from tests.support.desk import captured_as, mark_as_done, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.nightly]
OPERATOR = "operator@pagetojob.example"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_palette_is_used_by_keyboard_alone(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    item = captured_as(tenant)
    assert item.lead
    page = visit_as(visit, OPERATOR, "/ops/alarms/", width=width, theme=theme)
    opener = page.get_by_role("link", name="Search")
    opener.focus()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search or go to")
    expect(box).to_be_focused()
    expect(page.get_by_role("option").first).to_be_visible()
    save_screenshot(page, f"palette-commands-{width}-{theme}")
    assert violations(page) == []
    box.fill("rivera")
    expect(page.get_by_role("option", name=re.compile(item.lead.spoken_code))).to_be_visible()
    expect(page.locator("[data-palette-status]")).to_have_text(re.compile(r"^\d+ results?\.$"))
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    expect(box).to_be_focused()
    save_screenshot(page, f"palette-results-{width}-{theme}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("/")
    box.fill("zzqqj")
    expect(page.locator("[data-palette-status]")).to_have_text("No results.")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert violations(page) == []
    box.fill(item.lead.spoken_code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/search?for=*")
    check_page(page, f"search-{width}-{theme}")
    page.keyboard.press("Control+k")
    box.fill("go to lanes")
    expect(page.get_by_role("option")).to_have_text(["Lanes"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ops/lanes/")


def test_a_banner_appears_and_typed_text_stays(
    visit: Visit, tenant: Tenant, lead_operator: User, signed_in: SignIn
) -> None:
    item = captured_as(tenant)
    work()
    page = visit_as(visit, OPERATOR, f"/ops/items/{item.public_id}")
    note = page.get_by_label("Note", exact=True)
    note.fill("half a sent")
    assert mark_as_done(signed_in(lead_operator), item).status_code == 302
    expect(page.locator("[data-watch-said]")).to_contain_text(f"{lead_operator.name} changed this item", timeout=6000)
    expect(note).to_have_value("half a sent")
    expect(note).to_be_focused()
    assert violations(page) == []


def test_a_table_of_two_columns_fits_a_phone(visit: Visit, tenant: Tenant) -> None:
    box = visit_as(visit, OPERATOR, "/help/glossary", width=375).locator(".guide__table").first
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("width", [375, 1280])
def test_help_status_and_reference(visit: Visit, tenant: Tenant, width: int) -> None:
    for path in ("/help/", "/help/operate", "/ops/runbooks/"):
        check_page(visit_as(visit, OPERATOR, path, width=width), f"{path.strip('/').replace('/', '-')}-{width}")
    check_page(visit("/status", width=width), f"status-{width}")
    page = visit("/help/api", width=width)
    expect(page.get_by_text("Send one visitor's request")).to_be_visible(timeout=15000)
    save_screenshot(page, f"help-api-{width}")
