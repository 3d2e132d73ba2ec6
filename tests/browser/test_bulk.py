"""Bindings, bulk moves and runs in a real browser: looked at at both widths and in both themes, and without scripts."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, checkpoint, claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.connectors import deliver
from syncqueue.models import State, SyncItem
from syncqueue.services.delivery import drain
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, sign_in, visit_as
from tests.syncqueue.bindings import capture_blocked
from tests.syncqueue.bulk_runs import BLOCKED, make_items

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = "operator@pagetojob.example"
DESK = reverse("ops:list", query=BLOCKED)
#: ops-run.js asks for news of an open run this often.
REFRESH_MS = 2000


def hand_run_to_a_worker() -> None:
    with scope.worker():
        run = claim_run()
    assert run is not None
    work_run(run)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_a_binding_is_corrected_and_releases_what_it_held(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    first, *_ = capture_blocked(tenant, 4)
    page = visit_as(visit, OPERATOR, reverse("ops:binding", args=[first.public_id]), width=width, theme=theme)
    check_page(page, "binding-form")
    page.get_by_role("button", name="Preview").click()
    page.evaluate("document.querySelectorAll('[required]').forEach((one) => one.removeAttribute('required'))")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("alert").wait_for()
    check_page(page, "binding-errors")
    page.get_by_label("Job type").select_option(label="AC Repair")
    page.get_by_label("Business unit").select_option(label="Residential HVAC")
    page.get_by_label("Booking provider").select_option(label="PageToJob appointment request")
    page.get_by_label("Why?").fill("the page sells AC repair")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Releases 4 items").wait_for()
    check_page(page, "binding-preview")
    page.get_by_role("button", name="Apply and release one").click()
    page.get_by_role("heading", name="3 other items").wait_for()
    expect(page.get_by_role("button", name="Release 3 items")).to_be_disabled()
    check_page(page, "binding-release-waiting")
    drain(deliver, worker="test")
    page.get_by_text("It passes: its binding no longer blocks it.").wait_for()
    check_page(page, "binding-release-passes")
    page.get_by_label("Why?").fill("the first one passed")
    page.get_by_role("button", name="Release 3 items").click()
    page.get_by_text("Waiting for a worker.").wait_for()
    hand_run_to_a_worker()
    page.get_by_text("Finished.").wait_for()
    expect(page.get_by_role("button", name="Stop this run")).to_be_hidden()
    check_page(page, "run-release-done")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_many_items_are_cancelled_as_a_run(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    items = make_items(tenant, 30, cause="gate-shut")
    page = visit_as(visit, OPERATOR, reverse("ops:list", query={"state": "blocked"}), width=width, theme=theme)
    page.clock.install()
    check_page(page, "bulk-all-tenants")
    page.goto(page.url.partition("/ops/")[0] + DESK)
    page.get_by_label("Bulk actions").select_option(label="Cancel")
    check_page(page, "bulk-list")
    page.get_by_role("button", name="Preview all").click()
    page.get_by_role("heading", name="Cancel 30 items").wait_for()
    check_page(page, "bulk-preview")
    page.get_by_label("Why?").fill("a test of the form that ran over night")
    page.get_by_label("the number of items, to confirm").fill("29")
    page.get_by_role("button", name="Cancel 30 items").click()
    page.get_by_role("alert").wait_for()
    check_page(page, "bulk-preview-errors")
    page.get_by_label("the number of items, to confirm").fill("30")
    page.get_by_role("button", name="Cancel 30 items").click()
    page.get_by_text("Waiting for a worker.").wait_for()

    with scope.worker():
        run = claim_run()
        assert run is not None
        tally = {"at": 12, "done": 11, "skipped": {"Someone else has changed it.": 1}, "examples": []}
        checkpoint(run, Progress(done=12, total=30, cursor=tally | {"examples": [[items[3].pk, "Moved."]]}))
    page.clock.fast_forward(REFRESH_MS)
    page.get_by_text("In progress.").wait_for()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 12)
    check_page(page, "run-running")
    work_run(run)
    page.clock.fast_forward(REFRESH_MS)
    page.get_by_text("Finished.").wait_for()
    check_page(page, "run-done")
    page.get_by_role("link", name="Back to the list").click()
    page.get_by_role("heading", name="Outbox items").wait_for()
    assert "state=blocked&tenant=desert-peak" in page.url
    page.goto(page.url.partition("/ops/")[0] + reverse("ops:runs"))
    check_page(page, "run-list")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_a_stopped_run_says_why(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    first, _, bad, _ = capture_blocked(tenant, 4)
    page = visit_as(visit, OPERATOR, reverse("ops:binding", args=[first.public_id]), width=width, theme=theme)
    page.get_by_label("Job type").select_option(label="AC Repair")
    page.get_by_label("Business unit").select_option(label="Residential HVAC")
    page.get_by_label("Booking provider").select_option(label="PageToJob appointment request")
    page.get_by_label("Why?").fill("the page sells AC repair")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Apply and release one").click()
    page.get_by_role("heading", name="3 other items").wait_for()
    drain(deliver, worker="test")
    page.get_by_label("Why?").fill("the first one passed")
    page.get_by_role("button", name="Release 3 items").click()
    page.get_by_text("Waiting for a worker.").wait_for()
    with scope.tenant(tenant.pk):
        bad.lead.__class__.objects.filter(pk=bad.lead_id).update(phone="", phone_e164="", email="", street="")
    hand_run_to_a_worker()
    page.get_by_text("would still be blocked").wait_for()
    check_page(page, "run-stopped")


def test_it_works_without_scripts(browser: Browser, visit: Visit, tenant: Tenant) -> None:
    items = make_items(tenant, 3)
    context = browser.new_context(java_script_enabled=False)
    page = visit(DESK, context=context)
    sign_in(page, OPERATOR)
    for item in items[:2]:
        page.locator(f'input[value="{item.public_id}"]').check()
    page.get_by_label("Bulk actions").select_option(label="Cancel")
    page.get_by_role("button", name="Preview selected").click()
    page.get_by_label("Why?").fill("two of three")
    page.get_by_role("button", name="Cancel 2 items").click()
    page.get_by_text("Waiting for a worker.").wait_for()
    hand_run_to_a_worker()
    page.get_by_role("link", name="Refresh").click()
    page.get_by_text("Finished.").wait_for()
    with scope.worker():
        assert SyncItem.objects.filter(state=State.CANCELLED).count() == 2
        assert Run.objects.count() == 1
    context.close()


def test_it_works_by_keyboard_alone(visit: Visit, tenant: Tenant) -> None:
    make_items(tenant, 2)
    page = visit_as(visit, OPERATOR, DESK)
    page.get_by_label("Bulk actions").focus()
    for key in (*["ArrowDown"] * 4, "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("heading", name="Cancel 2 items").wait_for()
    page.get_by_label("Why?").focus()
    page.keyboard.type("both of them")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Waiting for a worker.").wait_for()
    page.get_by_label("Reason for stopping").focus()
    page.keyboard.type("the wrong list")
    page.keyboard.press("Enter")
    page.get_by_text("Stopped. Completed changes remain.").wait_for()
