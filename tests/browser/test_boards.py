"""Alarms, lanes, charts and a tenant's status in a real browser: looks, and what axe says."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from playwright.sync_api import Page, expect

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.models import Kind, Lane, TallyHour, What
from tests.support.browser import keep_picture, overflows, violations
from tests.support.factories import PASSWORD
from tests.support.queue import fill_queue

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


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


def look(page: Page, name: str) -> None:
    expect(page.locator("h1")).to_be_visible()
    assert violations(page) == []
    assert not overflows(page)
    keep_picture(page, name)


def test_a_contractor_reads_how_safe_its_requests_are(tenant: Tenant, visit: Visit) -> None:
    fill_queue(tenant, rounds=1)
    page = visit("/account/sign-in?next=/portal/requests/", theme="light", width=375)
    page.get_by_label("Email").fill("owner@desert-peak.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/requests/")
    look(page, "portal-requests-375-light")


@pytest.mark.parametrize(("width", "looks"), [(375, "dark"), (1280, "light")])
def test_the_boards(tenant: Tenant, visit: Visit, looks: str, width: int) -> None:
    a_life(tenant)
    page = visit("/account/sign-in?next=/ops/alarms/", theme=looks, width=width)
    page.get_by_label("Email").fill("operator@pagetojob.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/ops/alarms/")
    look(page, f"alarms-{width}-{looks}")
    page.get_by_role("link", name="Charts").click()
    page.get_by_text("Show table").first.click()
    look(page, f"charts-{width}-{looks}")
    page.get_by_role("link", name="Drills").click()
    look(page, f"drills-{width}-{looks}")
    page.get_by_role("link", name="Lanes").click()
    look(page, f"lanes-{width}-{looks}")
    page.get_by_role("link", name="Pause").first.click()
    look(page, f"lane-pause-{width}-{looks}")
    page.get_by_label("Why?").fill("Their office asked for it.")
    page.get_by_role("button", name="Pause the lane").click()
    expect(page.locator("main")).to_contain_text("Their office asked for it.")
    page.goto(page.url.replace("/lanes/", f"/status/{tenant.slug}"))
    look(page, f"status-{width}-{looks}")
    page.goto(page.url.replace(f"/status/{tenant.slug}", "/"))
    look(page, f"ops-{width}-{looks}")
