"""The pages of contractors in a real browser, and what a visitor of a preview and of a paused website sees."""

import pytest
from playwright.sync_api import expect

from pagetojob.onboarding import recipients
from pagetojob.onboarding.contractors import prepare
from pagetojob.onboarding.previews import create_preview, preview_address
from pagetojob.onboarding.setup.steps import BY_SLUG
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = "operator@pagetojob.example"


@pytest.fixture
def acme(tenant: Tenant) -> Tenant:
    """A contractor in preview, with one address that failed and a preview link."""
    made = make_tenant(state=Lifecycle.PREVIEW, slug="acme-air", name="Acme Air Conditioning & Refrigeration")
    prepare(made)
    by = User.objects.get(email=OPERATOR)
    with scope.operator(by, "a test"):
        recipients.add_recipient(
            tenant=made, email="front-desk@acme-air-conditioning.example", label="Front desk", by=by, reason="asked"
        )
        create_preview(tenant=made, by=by)
    with scope.worker():
        NoticeRecipient.objects.update(test_error="The mail server rejected the recipient.", test_due_at=None)
    return made


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_operators_pages(acme: Tenant, visit: Visit, theme: str, width: int) -> None:
    page = visit_as(visit, OPERATOR, "/ops/contractors/", theme=theme, width=width)
    check_expanded_page(page, "onboarding-list")
    page.get_by_role("link", name=acme.name).click()
    check_expanded_page(page, "onboarding-contractor")
    page.get_by_role("button", name="Go live").click()
    check_expanded_page(page, "onboarding-reason")
    page.get_by_label("Reason").fill("The contractor agreed.")
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_role("alert")).to_contain_text("Not ready to go live: phone number")
    check_expanded_page(page, "onboarding-refused")
    for name in BY_SLUG:
        page.goto(page.url.partition("/ops/")[0] + f"/ops/contractors/{acme.slug}/setup/{name}")
        check_expanded_page(page, f"onboarding-{name}")


@WIDTHS_AND_THEMES
def test_the_link_of_a_test_message(acme: Tenant, visit: Visit, theme: str, width: int) -> None:
    with scope.worker():
        recipient = NoticeRecipient.objects.get(tenant=acme)
    path = "/" + recipients.confirmation_address(recipient).partition("://")[2].partition("/")[2]
    page = visit(path, theme=theme, width=width)
    check_expanded_page(page, "onboarding-confirm")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("This address is confirmed")
    check_expanded_page(page, "onboarding-confirmed")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_what_visitors_see(acme: Tenant, visit: Visit, tenant: Tenant, theme: str, width: int) -> None:
    by = User.objects.get(email=OPERATOR)
    with scope.operator(by, "a test"):
        address = preview_address(acme, create_preview(tenant=acme, by=by))
    page = visit("/" + address.partition("://")[2].partition("/")[2], theme=theme, width=width)
    check_expanded_page(page, "site-preview")
    page.get_by_label("Your name").fill("Jamie Rivera")
    page.get_by_role("textbox", name="Phone").fill("(602) 555-0199")
    page.get_by_label("I agree", exact=False).check()
    page.get_by_role("button", name="Send my request").click()
    expect(page.get_by_text("This is a test request.")).to_be_visible()
    check_expanded_page(page, "site-received-test")
    page.goto(page.url.partition("/sites/")[0] + f"/sites/{tenant.slug}/legal/privacy")
    check_expanded_page(page, "site-legal")
    Tenant.objects.filter(pk=tenant.pk).update(state=Lifecycle.PAUSED, version=tenant.version + 1)
    page.goto(page.url.partition("/sites/")[0] + f"/sites/{tenant.slug}/")
    expect(page.get_by_text("Online requests are paused.")).to_be_visible()
    check_expanded_page(page, "site-paused")
    page.goto(page.url + "request-appointment")
    check_expanded_page(page, "site-paused-form")
