"""Alarms, lanes, charts and a tenant's status in a real browser."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from playwright.sync_api import expect

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.models import Kind, Lane, TallyHour, What
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, visit_as
from tests.support.queue import fill_queue

pytestmark = pytest.mark.django_db(transaction=True)


def a_life(tenant: Tenant) -> None:
    """Three tenants with a past of two days, a lane that rests and one that somebody paused."""
    tenants = fill_queue(tenant, rounds=2)
    person = User.objects.get(email="operator@pagetojob.example")
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    with scope.worker():
        for number, one in enumerate(tenants):
            Lane.objects.create(tenant=one, kind=Kind.BUSINESS_NOTIFICATION, served_at=Now())
            resting = {"failures": 5, "paused_until": Now() + timedelta(minutes=2)} if number == 1 else {}
            Lane.objects.create(tenant=one, kind=Kind.BOOKING_REQUEST, per_minute=3600, tokens=120, **resting)
        Lane.objects.filter(tenant=tenants[2], kind=Kind.BUSINESS_NOTIFICATION).update(
            held_at=Now(), held_by=person, held_reason="Their mail server moves until noon."
        )
        TallyHour.objects.bulk_create(
            TallyHour(
                hour=now - timedelta(hours=back), kind=Kind.BOOKING_REQUEST, what=what, label=label, n=n, seconds=n
            )
            for back in range(47)
            for what, label, n in (
                (What.OUTCOME, "delivered", 40 + back * 7 % 50),
                (What.OUTCOME, "retrying", back % 9),
                (What.FAILURE, "booking-away", back % 9),
                (What.FAILURE, "gate-shut", 3),
                (What.TOOK, "0.25", 60),
                (What.TOOK, ("1", "5", "30")[back % 3], 9),
                (What.WAITED, ("0.5", "1", "2.5")[back % 3], 50),
            )
        )


def test_a_contractor_reads_how_safe_its_requests_are(tenant: Tenant, visit: Visit) -> None:
    fill_queue(tenant, rounds=1)
    page = visit_as(visit, "owner@desert-peak.example", "/portal/status/", width=375)
    check_page(page, "portal-status")


def test_a_time_fits_into_its_card_on_a_phone(tenant: Tenant, visit: Visit) -> None:
    a_life(tenant)
    User.objects.filter(email="operator@pagetojob.example").update(time_zone="America/Anchorage")
    with scope.worker():
        Lane.objects.update(served_at=datetime(2026, 8, 28, 20, 40, 48, tzinfo=UTC))
    page = visit_as(visit, "operator@pagetojob.example", "/ops/lanes/", width=375)
    assert page.locator('[data-label="Last served"] time').count()
    fits = "wraps => wraps.every(wrap => wrap.scrollWidth <= wrap.clientWidth)"
    assert page.locator(".table-wrap").evaluate_all(fits)


def test_a_phone_begins_a_long_chart_at_its_newest_end_and_explains_it(tenant: Tenant, visit: Visit) -> None:
    a_life(tenant)
    page = visit_as(visit, "operator@pagetojob.example", "/ops/charts/", width=375)
    scroll = page.locator(".chart__scroll").first
    newest = scroll.locator("rect").last.bounding_box()
    assert newest and newest["x"] + newest["width"] <= 375
    assert scroll.evaluate("box => box.scrollWidth > box.clientWidth")
    expect(page.get_by_text("Newest on the right.").first).to_be_visible()
    for width in (620, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert scroll.evaluate("box => box.scrollWidth <= box.clientWidth")
        expect(page.get_by_text("Newest on the right.").first).to_be_hidden()


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_boards(tenant: Tenant, visit: Visit, theme: str, width: int) -> None:
    a_life(tenant)
    page = visit_as(visit, "operator@pagetojob.example", "/ops/alarms/", theme=theme, width=width)
    check_page(page, "alarms")
    page.get_by_role("link", name="Charts").click()
    page.get_by_text("Show table").first.click()
    check_page(page, "charts")
    page.get_by_role("link", name="Drills").click()
    check_page(page, "drills")
    page.get_by_role("link", name="Lanes").click()
    check_page(page, "lanes")
    page.get_by_role("link", name="Pause").first.click()
    check_page(page, "lane-pause")
    page.get_by_label("Why?").fill("Their office asked for it.")
    page.get_by_role("button", name="Pause lane").click()
    expect(page.locator("main")).to_contain_text("Their office asked for it.")
    page.goto(page.url.replace("/lanes/", f"/status/{tenant.slug}"))
    check_page(page, "status")
    page.goto(page.url.replace(f"/status/{tenant.slug}", "/"))
    check_page(page, "ops")
