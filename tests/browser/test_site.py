"""The tenant's website as people and buyers see it, on a phone and on a desk, light and dark."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from pagetojob.gates.models import Flag
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.leads.models import BookingRequest, Lead
from tests.support.browser import (
    MAX_LAYOUT_SHIFT,
    WIDTHS_AND_THEMES,
    Visit,
    check_page,
    focused_text,
    layout_shift,
    layout_shift_in_pieces,
    weight,
)
from tests.support.factories import make_taxonomy_item

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "/sites/desert-peak"
PAGES = {
    "home": "/",
    "service": "/ac-repair-phoenix",
    "emergency": "/emergency-ac-repair",
    "offer": "/offers/summer-cooling-check",
    "area": "/areas/queen-creek",
    "area-paused": "/areas/buckeye",
    "services": "/services",
    "service-made": "/services/duct-cleaning",
    "areas": "/areas",
    "offers": "/offers",
    "about": "/about",
    "contact": "/contact",
    "privacy": "/legal/privacy",
    "request": "/request-appointment",
}
MONDAY_NIGHT = datetime(2026, 6, 23, 4, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def filled(tenant: Tenant) -> None:
    """Fill in what the demo leaves empty: licenses, trades, further numbers, holidays, days of the offer."""
    with scope.tenant(tenant.pk):
        profile = BusinessProfile.objects.get(tenant=tenant)
        profile.trades, profile.license_numbers = ["cooling", "heating"], [{"label": "AZ ROC", "number": "318842"}]
        profile.other_phones = [{"label": "Billing", "number": "(602) 555-0111"}]
        next_year = timezone.now().year + 1
        profile.hours |= {
            "holidays": {f"{next_year}-01-01": "New Year's Day", f"{next_year}-07-04": "Independence Day"}
        }
        profile.save()
        offer = TaxonomyItem.objects.get(tenant=tenant, family=Family.OFFER)
        offer.facts |= {"ends": f"{next_year}-09-30"}
        for item in (offer, make_taxonomy_item(tenant=tenant, name="Duct Cleaning")):
            item.published = item.to_publish()
            item.save()


@WIDTHS_AND_THEMES
def test_every_kind_of_page(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    """Whole, clean, under 100 kB with everything it loads, and nothing moves while it loads."""
    page = visit("/healthz", width=width, theme=theme)
    base = page.url.removesuffix("/healthz") + SITE
    for name, path in PAGES.items():
        page.goto(base + path)
        assert (0 < weight(page) < 100_000, layout_shift(page)) == (True, 0), name
        check_page(page, f"site-{name}")
        assert page.get_by_role("heading", level=1).count() == 1, name


@pytest.mark.parametrize("width", [375, pytest.param(1280, marks=pytest.mark.nightly)])
def test_nothing_moves_while_a_page_arrives_in_pieces(visit: Visit, tenant: Tenant, width: int) -> None:
    """The footer, the office hours and the head of the page stay where they first appear."""
    page = visit(f"{SITE}/about", width=width)
    assert layout_shift_in_pieces(page) < MAX_LAYOUT_SHIFT


@WIDTHS_AND_THEMES
def test_a_page_that_only_asks_to_call(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="booking-request-fallback").update(killed=True)
    page = visit(SITE + "/ac-repair-phoenix", width=width, theme=theme)
    check_page(page, "site-killed")
    assert page.get_by_role("button", name="Send my request").count() == 0


@WIDTHS_AND_THEMES
def test_a_page_without_a_database(
    visit: Visit, tenant: Tenant, database_away: Callable[[], None], width: int, theme: str
) -> None:
    visit(SITE + "/", width=width, theme=theme)
    database_away()
    page = visit(SITE + "/ac-repair-phoenix", width=width, theme=theme)
    check_page(page, "site-unavailable")
    assert page.get_by_role("link", name="Call now (602) 555-0100").is_visible()


def test_on_a_phone_the_calls_to_action_wait_at_the_foot_once_the_hero_is_gone(visit: Visit, tenant: Tenant) -> None:
    page = visit(SITE + "/ac-repair-phoenix", width=375, theme="dark")
    bar = page.locator(".callbar")
    assert not bar.is_visible()
    page.get_by_role("heading", name="How it works").evaluate("title => title.scrollIntoView({behavior: 'instant'})")
    bar.get_by_role("link", name="Call now").wait_for()
    check_page(page, "site-scrolled")
    page.get_by_label("Your name").focus()
    assert not bar.is_visible()


def test_the_form_on_the_page_makes_a_lead_of_that_page(visit: Visit, tenant: Tenant) -> None:
    page = visit(SITE + "/maintenance-tune-up?utm_source=google", width=375)
    page.get_by_role("link", name="Request the next available appointment").first.click()
    page.get_by_label("No hurry").check()
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.get_by_role("textbox", name="Phone").fill("(602) 555-0142")
    page.get_by_label("I agree", exact=False).check()
    page.get_by_role("button", name="Send my request").click()
    page.get_by_role("heading", name="Thank you. We've saved your request.").wait_for()
    with scope.tenant(tenant.pk):
        lead, booking = Lead.objects.get(), BookingRequest.objects.select_related("binding").get()
    assert booking.binding is not None
    assert (booking.binding.slug, booking.service) == ("maintenance-tune-up", "Maintenance Tune-Up")
    assert lead.source["utm_source"] == "google"


def test_the_website_by_keyboard_alone(visit: Visit, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the address bar to the first call to action, and on to the form's first field."""
    monkeypatch.setattr(timezone, "now", lambda: MONDAY_NIGHT)
    page = visit(SITE + "/ac-repair-phoenix")
    page.keyboard.press("Tab")
    assert focused_text(page) == "Skip to the main content"
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert "Request the next available" in focused_text(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "service"
