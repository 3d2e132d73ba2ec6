"""A finding taken all the way, as people do it: read, asked, answered on a phone, fixed, seen live, closed."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from drift.models import Answer, Finding, FindingState, Site
from drift.services import customer_questions, reading
from drift.services.demo import load_demo_site
from drift.services.link_codes import code_of
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, save_screenshot, visit_as
from tests.support.drift import findings, work_off

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = "operator@pagetojob.example"


@pytest.fixture
def site(tenant: Tenant, live_server: Any, settings: Any) -> Site:
    """The demo tenant's website, served by the product itself and not read yet."""
    settings.PUBLIC_URL = live_server.url
    settings.LISTED_ORIGINS = [live_server.url]
    site = load_demo_site(tenant)
    with scope.operator(User.objects.get(email=OPERATOR), reason="test"):
        Site.objects.filter(pk=site.pk).update(delay_ms=0)
    return site


def read_now(tenant: Tenant) -> None:
    """What a worker does with the reading that somebody asked for."""
    with scope.worker():
        run = Run.objects.filter(tenant=tenant, kind=reading.READ_SITE).latest("created_at")
    work_off(run)


@pytest.fixture
def asked(site: Site, tenant: Tenant) -> tuple[Finding, str]:
    """A finding that the customer has a link for, and the address of the link."""
    person = User.objects.get(email=OPERATOR)
    with scope.operator(person, reason="test"):
        run, _ = reading.start_reading(site=site, actor=person, reason="to see")
    work_off(run)
    (row,) = findings(tenant, rule="price_mismatch")
    with scope.operator(person, reason="test"):
        link = customer_questions.ask(finding=row, actor=person, reason="Which is it?")
    return row, reverse("review:answer", args=[code_of(link)])


@pytest.fixture
def phone(browser: Browser) -> Generator[BrowserContext]:
    """A phone that keeps nothing and comes from a mail program."""
    context = browser.new_context(viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    yield context
    context.close()


def read_it(page: Page, tenant: Tenant) -> None:
    page.goto(page.url.split("/ops/")[0] + reverse("drift:site", args=[tenant.slug]))
    form = page.locator("section", has=page.get_by_role("heading", name="Read now"))
    form.get_by_label("Reason").fill("To see where it stands.")
    form.get_by_role("button", name="Read site").click()
    page.wait_for_url("**/runs/**")
    read_now(tenant)


@pytest.mark.nightly
def test_a_finding_all_the_way(site: Site, tenant: Tenant, visit: Visit, phone: BrowserContext) -> None:
    desk = visit_as(visit, OPERATOR, reverse("drift:board"))
    read_it(desk, tenant)
    desk.goto(f"{desk.url.split('/ops/')[0]}{reverse('drift:board')}?rule=price_mismatch")
    check_page(desk, "drift-board")
    desk.get_by_role("link", name="Price differs", exact=True).click()
    desk.get_by_text("Ask the customer", exact=True).click()
    desk.locator("details[open]").get_by_label("Reason").fill("The price of the diagnostic differs.")
    desk.get_by_role("button", name="Create link").click()
    address = desk.locator(".drift-link").inner_text()

    customer = visit(address.removeprefix(site.base_url.split("/demo-site")[0]), context=phone)
    expect(customer.locator("main")).to_contain_text("$79")
    customer.get_by_label("Our records are right").check()
    customer.get_by_label("Anything we should know?").fill("It is $89 since May.")
    customer.get_by_role("button", name="Send answer").click()
    expect(customer.get_by_role("heading", name="Thank you")).to_be_visible()
    with scope.worker():
        assert Answer.objects.get().comment == "It is $89 since May."

    desk.reload()
    expect(desk.locator("main")).to_contain_text("It is $89 since May.")
    check_page(desk, "drift-finding")
    desk.get_by_role("button", name="Agree on fix").click()
    desk.get_by_text("Change the demo site", exact=True).click()
    desk.get_by_label("Current text").fill("AC diagnostic: $79")
    desk.get_by_label("New text").fill("AC diagnostic: $89")
    desk.get_by_role("button", name="Change text").click()
    (row,) = findings(tenant, rule="price_mismatch")
    assert row.state == FindingState.FIX_AGREED
    where = desk.url
    read_it(desk, tenant)
    desk.goto(where)
    expect(desk.locator("main")).to_contain_text("The agreed fix is live.")
    (row,) = findings(tenant, rule="price_mismatch")
    assert row.state == FindingState.CLOSED


@WIDTHS_AND_THEMES
def test_the_customers_page_fits_and_reads(asked: tuple[Finding, str], visit: Visit, theme: str, width: int) -> None:
    page = visit(asked[1], theme=theme, width=width)
    check_page(page, "drift-answer")
    page.get_by_role("button", name="Send answer").click()
    check_page(page, "drift-answer-wrong")
    page.get_by_label("The website is right").check()
    page.get_by_role("button", name="Send answer").click()
    check_page(page, "drift-answer-done")
    page.goto(page.url)
    check_page(page, "drift-answer-gone")


def paper_in_screenshot(page: Page, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
    """Return the color at the edge of the stored page in a screenshot: white, unless the picture is empty."""
    monkeypatch.setenv("PICTURES", str(folder))
    save_screenshot(page, "finding")
    box = page.locator("iframe").bounding_box()
    assert box
    with Image.open(folder / "finding-375-dark.png") as image:
        return image.convert("RGB").getpixel((int(box["x"]) + 4, int(box["y"]) + 4))


def test_the_desk_on_a_phone(
    asked: tuple[Finding, str], tenant: Tenant, visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = visit_as(visit, OPERATOR, reverse("drift:board"), theme="dark", width=375)
    check_page(page, "drift-board")
    finding = page.locator(".drift-findings tbody tr").first.bounding_box()
    assert finding and finding["height"] < 190
    page.get_by_role("link", name="Price differs", exact=True).click()
    check_page(page, "drift-finding")
    assert paper_in_screenshot(page, monkeypatch, tmp_path) == (255, 255, 255)
    page.goto(page.url.split("/ops/")[0] + reverse("drift:site", args=[tenant.slug]))
    check_page(page, "drift-site")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_contractors_report(asked: tuple[Finding, str], visit: Visit, width: int, theme: str) -> None:
    page = visit_as(visit, "owner@desert-peak.example", reverse("portal:website"), theme=theme, width=width)
    expect(page.locator("main")).to_contain_text("not read: ")
    check_page(page, "drift-report")
