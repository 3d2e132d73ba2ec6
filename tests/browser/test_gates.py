"""The pages of gates and the portal in a real browser, and a switch of two presses."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pagetojob.gates.registry import FLAGS, Access, Environment, Gate
from pagetojob.gates.services import decide
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as
from tests.support.gates import A_DAY, prove, wish

pytestmark = pytest.mark.django_db(transaction=True)
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


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_operators_pages(half_way: Tenant, visit: Visit, theme: str, width: int) -> None:
    page = visit_as(visit, "lead@pagetojob.example", "/ops/gates/", theme=theme, width=width)
    check_expanded_page(page, "gates-list")
    page.get_by_role("link", name=half_way.name).click()
    check_expanded_page(page, "gates-tenant")
    page.get_by_role("link", name="Record evidence").click()
    page.get_by_role("button", name="Record evidence").click()
    check_expanded_page(page, "gates-evidence-new")
    page.goto(page.url.replace("evidence/new", ""))
    page.get_by_role("link", name="Review and confirm").click()
    check_expanded_page(page, "gates-evidence-confirm")


def test_two_presses_switch_a_feature_off(half_way: Tenant, visit: Visit) -> None:
    page = visit_as(visit, "operator@pagetojob.example", PAGE, width=375)
    page.get_by_role("link", name=re.compile("Switch off.*Drift monitor")).click()
    check_expanded_page(page, "gates-kill")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("Drift monitor: switched off.")
    with scope.tenant(half_way.pk):
        assert not decide("drift-monitor", half_way, Environment.PRODUCTION).open


@WIDTHS_AND_THEMES
def test_the_portal(half_way: Tenant, visit: Visit, theme: str, width: int) -> None:
    page = visit_as(visit, "owner@desert-peak.example", "/portal/gates/", theme=theme, width=width)
    check_expanded_page(page, "portal-gates")
