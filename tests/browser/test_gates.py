"""The pages of gates and the portal in a real browser: looks, two presses, and what axe says."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from pagetojob.gates.registry import FLAGS, Access, Environment, Gate
from pagetojob.gates.services import decide
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from tests.support.browser import keep_picture, overflows, violations
from tests.support.factories import PASSWORD
from tests.support.gates import A_DAY, prove, wish

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]
LOOKS = pytest.mark.parametrize(("width", "looks"), [(375, "dark"), (1280, "light")])
PAGE = "/ops/gates/desert-peak/"


@pytest.fixture
def half_way(tenant: Tenant) -> Tenant:
    """A tenant that wants to send: some things are proven, one waits for its second person, one has lapsed."""
    wish(tenant, *FLAGS)
    for done in (Gate.SECURE_STORAGE, Gate.SANDBOX_VALIDATION, Access.DEVELOPER):
        prove(done, expires_at=timezone.now() + 90 * A_DAY)
    prove(Gate.CUSTOMER_AUTHORIZATION, tenant=tenant, summary="The admin wrote that we may.")
    prove(Gate.SCOPES_GRANTED, tenant=tenant, covers=["tn.crm.bookings:r", "tn.crm.bookings:w"])
    prove(Gate.PRIVACY_REVIEW, tenant=tenant, confirmed=False)
    prove(Gate.MODULE_ELIGIBLE, tenant=tenant, lapsed=True)
    wish(tenant, "campaign-proof", killed=True)
    return tenant


def signed_in_as(email: str, visit: Visit, path: str, **looks: object) -> Page:
    page = visit(f"/account/sign-in?next={path}", **looks)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")
    return page


def look(page: Page, name: str) -> None:
    """With everything unfolded, which is when most can be wrong."""
    while (folded := page.locator("main details:not([open]) > summary")).count():
        folded.first.click()
    keep_picture(page, name)
    assert violations(page) == []
    assert not overflows(page)


@LOOKS
def test_the_operators_pages(half_way: Tenant, visit: Visit, looks: str, width: int) -> None:
    page = signed_in_as("lead@pagetojob.example", visit, "/ops/gates/", theme=looks, width=width)
    look(page, f"gates-list-{width}-{looks}")
    page.get_by_role("link", name=half_way.name).click()
    look(page, f"gates-tenant-{width}-{looks}")
    page.get_by_role("link", name="Record evidence").click()
    page.get_by_role("button", name="Record evidence").click()
    look(page, f"gates-evidence-new-{width}-{looks}")
    page.goto(page.url.replace("evidence/new", ""))
    page.get_by_role("link", name="Review and confirm").click()
    look(page, f"gates-evidence-confirm-{width}-{looks}")


def test_two_presses_switch_a_feature_off(half_way: Tenant, visit: Visit) -> None:
    page = signed_in_as("operator@pagetojob.example", visit, PAGE, width=375)
    page.get_by_role("link", name=re.compile("Switch off.*Drift monitor")).click()
    look(page, "gates-kill-375")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("Drift monitor: switched off.")
    with scope.tenant(half_way.pk):
        assert not decide("drift-monitor", half_way, Environment.PRODUCTION).open


@LOOKS
def test_the_portal(half_way: Tenant, visit: Visit, looks: str, width: int) -> None:
    page = signed_in_as("owner@desert-peak.example", visit, "/portal/gates/", theme=looks, width=width)
    look(page, f"portal-gates-{width}-{looks}")
