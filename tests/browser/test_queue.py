"""The operators' dashboard in a real browser: looked at, kept up to date, and used by keyboard alone."""

from functools import partial

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.models import State, SyncItem
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, save_screenshot, sign_in, violations, visit_as
from tests.support.factories import make_lead, make_sync_item
from tests.support.queue import fill_queue, reach

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = "operator@pagetojob.example"
#: Longer than the list waits before it asks for changes.
REFRESH_MS = 5500


@pytest.fixture
def desk(visit: Visit) -> Visit:
    """Open the list of all items, signed in as an operator."""
    return partial(visit_as, visit, OPERATOR, "/ops/?all=yes")


@WIDTHS_AND_THEMES
def test_the_desk_full_and_empty(desk: Visit, tenant: Tenant, width: int, theme: str) -> None:
    page = desk(width=width, theme=theme)
    check_page(page, "ops-empty")
    fill_queue(tenant)
    page.reload()
    check_page(page, "ops-full")
    page.locator("summary", has_text="By contractor").click()
    page.locator("summary", has_text="Filter").click()
    check_page(page, "ops-filter")
    page.get_by_label("State", exact=True).select_option("blocked")
    page.get_by_label("Contractor’s short name").fill("blue-mesa")
    page.get_by_role("button", name="Show", exact=True).click()
    page.locator("summary", has_text="Save this view").click()
    page.get_by_label("Name of the view").fill("Blocked at Blue Mesa")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as “Blocked at Blue Mesa”").wait_for()
    check_page(page, "ops-filtered")
    page.goto(page.url.partition("?")[0] + "?cause=database-lost&suspected=yes")
    check_page(page, "ops-none")
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    page.goto(page.url.partition("?")[0])
    check_page(page, "ops-wrong")


def test_at_320_px_the_header_is_a_single_row_and_no_word_of_a_counter_is_broken(desk: Visit, tenant: Tenant) -> None:
    page = desk(width=320, theme="light")
    tools = [page.locator(".site-header " + name).bounding_box() for name in (".brand", ".site-menu", ".header-tools")]
    middles = [box["y"] + box["height"] / 2 for box in tools if box]
    assert len(middles) == 3 and max(middles) - min(middles) < 4, middles
    expect(page.get_by_role("link", name="PageToJob")).to_be_visible()
    broken = """labels => labels.filter(label => {
      label.style.overflowWrap = "normal";
      return label.scrollWidth > label.clientWidth;
    }).map(label => label.textContent)"""
    assert page.locator(".ops-tiles .tile__label").evaluate_all(broken) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@WIDTHS_AND_THEMES
def test_searching(desk: Visit, tenant: Tenant, width: int, theme: str) -> None:
    fill_queue(tenant, rounds=1)
    page = desk(width=width, theme=theme)
    page.get_by_role("searchbox").fill("602 555 0199")
    page.get_by_role("button", name="Search").click()
    check_page(page, "search-nothing")
    with scope.tenant(tenant.pk):
        for _ in range(3):
            lead = make_lead(tenant=tenant, phone_e164="+16025550199", email="jamie@example.com")
            make_sync_item(tenant=tenant, lead=lead)
    page.get_by_role("searchbox").fill("(602) 555-0199")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".found__lead")).to_have_count(3)
    assert "602" not in page.url.rpartition(":")[2].partition("/")[2]
    check_page(page, "search-found")


@pytest.fixture
def few(tenant: Tenant) -> list[SyncItem]:
    """Three items, the newest first."""
    with scope.tenant(tenant.pk):
        made = [make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant)) for _ in range(3)]
    return made[::-1]


@pytest.fixture
def watched(desk: Visit, few: list[SyncItem]) -> Page:
    """Open the list of three items with a clock that a test can move forward."""
    page = desk()
    page.clock.install()
    page.reload()
    return page


def row_of(page: Page, item: SyncItem) -> Locator:
    return page.locator(f'tr[data-item="{item.public_id}"]')


def codes(page: Page) -> list[str]:
    return list(page.locator("tr[data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)"))


def test_the_list_is_kept_up_to_date_in_place(watched: Page, tenant: Tenant, few: list[SyncItem]) -> None:
    page = watched
    before = codes(page)
    assert before == [str(item.public_id) for item in few]
    with scope.worker():
        reach(few[1], State.BLOCKED, cause="gate-shut")
    with scope.tenant(tenant.pk):
        make_sync_item(tenant=tenant, created_at=timezone.now())
    page.clock.fast_forward(REFRESH_MS)
    changed = row_of(page, few[1])
    expect(changed.locator(".chip")).to_have_text("blocked")
    expect(changed).to_contain_text("Automatic sending isn't approved yet")
    expect(changed.locator(".row-changed")).to_have_text("changed")
    expect(row_of(page, few[0]).locator(".row-changed")).to_have_count(0)
    expect(page.locator('a [data-tile="blocked"]')).to_have_text("1")
    expect(page.locator("[data-live-said]")).to_have_text("1 item changed, 1 new.")
    assert codes(page) == before
    save_screenshot(page, "ops-live")
    assert violations(page) == []
    page.get_by_role("link", name="1 new item — show").click()
    expect(page.locator("tr[data-item]")).to_have_count(4)


def test_a_lost_item_turns_an_open_page_red(watched: Page, tenant: Tenant) -> None:
    page = watched
    expect(page.locator(".sum")).to_contain_text("balanced")
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    page.clock.fast_forward(61_000)
    expect(page.get_by_role("alert").first).to_contain_text("The ledger does not balance: 1 captured")
    expect(page.locator(".sum__missing")).to_contain_text("1")
    assert violations(page) == []


def test_the_list_rests_when_asked_to_and_says_when_it_cannot_refresh(watched: Page) -> None:
    page = watched
    asked: list[int] = []
    page.on("response", lambda answer: asked.append(answer.status) if "/ops/live" in answer.url else None)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-live-sign]")).to_have_text("Paused")
    page.clock.fast_forward(REFRESH_MS)
    page.wait_for_timeout(300)  # for a request that must not be sent
    assert asked == []
    with page.expect_response("**/ops/live**"):
        page.get_by_role("button", name="Resume").click()
    expect(page.locator("[data-live-sign]")).to_have_text("Live")
    page.get_by_role("button", name="Pause").click()
    with page.expect_response("**/ops/live**"):
        page.get_by_role("button", name="Resume").click()
    assert asked == [200, 304]
    page.get_by_role("button", name="Pause").click()
    page.context.clear_cookies()
    page.route("**/ops/live**", lambda route: route.fulfill(status=503))
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("[data-live-sign]")).to_contain_text("Not refreshing")
    assert violations(page) == []


def test_the_list_is_used_by_keyboard_alone(desk: Visit, tenant: Tenant, few: list[SyncItem]) -> None:
    page = desk()
    press = page.keyboard.press
    focused = "document.activeElement.closest('tr')?.dataset.item"
    for key, place in (("j", 0), ("j", 1), ("ArrowDown", 2), ("j", 2), ("k", 1), ("ArrowUp", 0)):
        press(key)
        assert page.evaluate(focused) == str(few[place].public_id), key
    press("x")
    expect(row_of(page, few[0]).get_by_role("checkbox")).to_be_checked()
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    save_screenshot(page, "ops-keys")
    assert violations(page) == []
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press("/")
    page.keyboard.type("jx?")
    expect(page.get_by_role("combobox", name="Search or go to")).to_have_value("jx?")
    press("Escape")
    assert page.evaluate(focused) == str(few[0].public_id)
    press("o")
    page.wait_for_url(f"**/ops/items/{few[0].public_id}")
    page.go_back()
    press("g")
    press("b")
    page.wait_for_url("**/ops/?state=blocked")
    press("f")
    assert page.evaluate("document.activeElement.id") == "f-state"
    press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    press("g")
    press("a")
    page.wait_for_url("**/ops/?all=yes")


def test_single_keys_can_be_turned_off_for_good(desk: Visit, tenant: Tenant, few: list[SyncItem]) -> None:
    page = desk()
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_label("Use single-key shortcuts on this device").uncheck()
    page.get_by_role("button", name="Close").click()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.closest('tr, form')") is None
        page.reload()
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_label("Use single-key shortcuts on this device").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr') !== null")


@pytest.mark.nightly
def test_the_desk_works_without_scripts(browser: Browser, visit: Visit, tenant: Tenant, few: list[SyncItem]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    try:
        page = visit("/ops/?all=yes", context=context)
        sign_in(page, OPERATOR)
        for name in ("Pause", "Shortcuts"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)
        page.get_by_role("link", name="Refresh").click()
        page.locator("summary", has_text="Filter").click()
        page.get_by_label("State", exact=True).select_option("queued")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("tr[data-item]")).to_have_count(3)
        page.locator("summary", has_text="Export as CSV").click()
        page.get_by_label("Purpose of the file").fill("weekly review")
        with page.expect_download() as download:
            page.get_by_role("button", name="Export", exact=True).click()
        assert download.value.suggested_filename.endswith("state-queued.csv")
    finally:
        context.close()


@pytest.mark.nightly
def test_the_full_desk_is_light(desk: Visit, tenant: Tenant) -> None:
    """Under 100 kB with everything it loads, as it goes over the wire."""
    fill_queue(tenant)
    page = desk()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
    page.reload(wait_until="networkidle")
    assert 0 < sum(sizes) < 100_000, sizes
