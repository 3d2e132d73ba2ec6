"""Setup in a real browser: an operator adds a contractor and brings it live, and a visitor sends a request."""

import re

import pytest
from playwright.sync_api import Page, expect

from pagetojob.onboarding import recipients
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from syncqueue.connectors import deliver
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services.delivery import drain
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as
from tests.support.runs import work_runs

pytestmark = pytest.mark.django_db(transaction=True)
OPERATOR = "operator@pagetojob.example"
SLUG = "blue-mesa-plumbing"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def fill_in(page: Page) -> None:
    """Fill in the steps that are a form, from the business to the service area."""
    expect(page.get_by_label("State", exact=True)).to_have_value("TN")
    check_expanded_page(page, "setup-business")
    page.get_by_label("Color of buttons").fill("#ff9900")
    press(page, "Save and continue")
    expect(page.get_by_role("alert")).to_contain_text("A darker shade of it works")
    check_expanded_page(page, "setup-business-refused")
    page.get_by_label("Color of buttons").fill("#0b5cad")
    press(page, "Save and continue")
    page.get_by_label("Email").fill("office@blue-mesa.example")
    page.get_by_label("Reason").fill("setup")
    press(page, "Add and send test message")
    assert recipients.send_due_tests() == 1
    with scope.worker():
        recipients.confirm(NoticeRecipient.objects.select_related("tenant").get(email="office@blue-mesa.example"))
    page.reload()
    check_expanded_page(page, "setup-notices")
    page.get_by_role("link", name="Next step").click()
    check_expanded_page(page, "setup-hours")
    page.get_by_label("Monday").fill("08:00-17:00")
    press(page, "Save and continue")
    page.get_by_label("Service area").fill("Chattanooga area")
    page.get_by_label("Zones").fill("City: Chattanooga, Red Bank, 37402")
    check_expanded_page(page, "setup-area")
    press(page, "Save and continue")


def choose_services(page: Page) -> None:
    check_expanded_page(page, "setup-services")
    press(page, "Propose the services of Plumbing")
    check_expanded_page(page, "setup-services-proposed")
    press(page, "Add these services")
    expect(page.get_by_text("The services are being added.").first).to_be_visible()
    work_runs()
    page.reload()
    press(page, "Publish 20 changes")
    check_expanded_page(page, "setup-services-published")
    page.get_by_role("link", name="Next step").click()
    check_expanded_page(page, "setup-booking")
    page.get_by_label("Business units").fill("Plumbing Service: 1201")
    page.get_by_label("Booking providers").fill("Website: 77")
    press(page, "Save and continue")


def publish_pages(page: Page) -> None:
    check_expanded_page(page, "setup-pages")
    press(page, "Write draft of Plumbing help from Blue Mesa Plumbing for Plumbing")
    page.get_by_role("link", name="Preview on a phone").click()
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_contain_text("Plumbing help from")
    check_expanded_page(page, "setup-phone")
    press(page, "Publish")
    check_expanded_page(page, "setup-pages-published")
    page.get_by_role("link", name="Next step").click()


def launch(page: Page) -> None:
    page.get_by_label("The contractor has checked these texts").check()
    check_expanded_page(page, "setup-legal")
    press(page, "Save and continue")
    press(page, "Open preview")
    press(page, "Send a test request")
    drain(deliver, worker="test")
    page.reload()
    check_expanded_page(page, "setup-launch")
    press(page, "Go live")
    expect(page.get_by_role("status")).to_contain_text("Blue Mesa Plumbing is live.")
    check_expanded_page(page, "setup-live")


@pytest.mark.nightly  # tests/onboarding/test_walk.py takes the same steps without a browser
@WIDTHS_AND_THEMES
def test_a_contractor_goes_live_in_the_browser(visit: Visit, tenant: Tenant, theme: str, width: int) -> None:
    page = visit_as(visit, OPERATOR, "/ops/contractors/", theme=theme, width=width)
    page.get_by_role("link", name="Add a contractor").click()
    check_expanded_page(page, "setup-new")
    page.get_by_label("Trading name").fill("Blue Mesa Plumbing")
    page.get_by_label("ZIP code").fill("37402")
    page.get_by_label("Plumbing").check()
    page.get_by_label("Main phone number").fill("(423) 253-0100")
    press(page, "Create draft")
    fill_in(page)
    choose_services(page)
    publish_pages(page)
    launch(page)
    public = visit(f"/sites/{SLUG}/", theme=theme, width=width)
    check_expanded_page(public, "setup-public")
    public.get_by_label("Your name").fill("Jamie Rivera")
    public.get_by_role("textbox", name="Phone").fill("(423) 253-0199")
    public.get_by_label("I agree", exact=False).check()
    press(public, "Send my request")
    expect(public).to_have_url(re.compile("/requests/"))
    drain(deliver, worker="test")
    made = Tenant.objects.get(slug=SLUG)
    with scope.tenant(made.pk):
        item = SyncItem.objects.get(kind=Kind.BUSINESS_NOTIFICATION, lead__excluded_as="")
    assert item.state == State.DELIVERED and User.objects.filter(email=OPERATOR).exists()
