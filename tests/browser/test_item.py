"""The item page and its moves in a real browser, by mouse and by keyboard, and the countdown."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.connectors import deliver
from syncqueue.leads.models import BookingRequest
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import delivery, exclusions, operate
from syncqueue.services.intake import capture_request
from tests.support.browser import (
    WIDTHS_AND_THEMES,
    Visit,
    check_page,
    save_screenshot,
    sign_in,
    tab_to,
    violations,
    visit_as,
)
from tests.support.desk import CHOICE
from tests.support.factories import appointment, make_sync_item

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR, LEAD, VIEWER = (f"{who}@pagetojob.example" for who in ("operator", "lead", "viewer"))


def booking(tenant: Tenant, **changes: Any) -> SyncItem:
    """A booking request that came in and was worked off."""
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, "/ac-repair-phoenix")
        lead, _ = capture_request(tenant=tenant, request=appointment(**changes), binding=binding)
    delivery.drain(deliver, worker="ops-1:4711")
    with scope.worker():
        return SyncItem.objects.select_related("lead", "tenant").get(kind=Kind.BOOKING_REQUEST, lead=lead)


def unknown(tenant: Tenant) -> SyncItem:
    item = booking(tenant)
    with scope.worker():
        states.move(item, State.QUEUED, due_at=None)
        states.move(item, State.SENDING, lease_until=timezone.now())
        states.move(
            item,
            State.UNKNOWN,
            lease_until=None,
            cause="",
            missing=[],
            error_class="unknown",
            last_error="The connection was lost after the booking had been handed over.",
        )
    return item


def who(email: str) -> User:
    return User.objects.get(email=email)


def desk(
    visit: Visit, item: SyncItem, *, email: str, width: int = 1280, theme: str = "light", name: str = "item"
) -> Page:
    return visit_as(visit, email, reverse(f"ops:{name}", args=[item.public_id]), width=width, theme=theme)


@WIDTHS_AND_THEMES
def test_blocked_then_by_hand_then_undone(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    item = booking(tenant, suspected=["too fast"], as_typed={"preferred_date": "31/31"})
    page = desk(visit, item, email=OPERATOR, width=width, theme=theme)
    check_page(page, "item-blocked")
    page.get_by_role("button", name="Mark as done").click()
    page.get_by_role("alert").wait_for()
    check_page(page, "item-blocked-errors")
    page.get_by_label("Reference in that system").fill("Booking 4711")
    page.get_by_role("button", name="Mark as done").click()
    page.get_by_text("s left").wait_for()
    check_page(page, "item-done")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone. The item is blocked again.").wait_for()
    check_page(page, "item-undone")


def test_an_item_without_a_request_shows_its_facts_next_to_its_actions(visit: Visit, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, kind=Kind.TAXONOMY_IMPORT)
    page = desk(visit, item, email=OPERATOR)
    actions, facts = page.locator(".act").first.bounding_box(), page.locator("#facts").bounding_box()
    assert actions and facts
    assert facts["x"] > actions["x"] + actions["width"] and facts["y"] < actions["y"] + 60
    check_page(page, "item-without-request")
    page.set_viewport_size({"width": 375, "height": 900})
    actions, facts = page.locator(".act").first.bounding_box(), page.locator("#facts").bounding_box()
    assert actions and facts and facts["y"] > actions["y"] + actions["height"]


def test_the_primary_actions_are_on_the_first_screen_of_a_phone(visit: Visit, tenant: Tenant) -> None:
    page = desk(visit, booking(tenant, capacity=CHOICE), email=OPERATOR, width=375)
    page.set_viewport_size({"width": 375, "height": 667})
    for name in ("Send", "Mark as done"):
        expect(page.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Mark as done").click()
    expect(page.get_by_label("Reference in that system")).to_be_focused()
    expect(page.get_by_role("button", name="Mark as done")).to_be_in_viewport(ratio=1)
    expect(page.locator(".act-bar")).to_be_hidden()


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_a_capacity_review_is_sent_on_after_a_look(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    item = booking(tenant, capacity=CHOICE)
    with scope.tenant(tenant.pk):
        newer = PageBinding.objects.get(slug="ac-repair-phoenix")
        newer.pk, newer.version, newer.campaign = None, 2, None
        newer.save()
    operator = who(OPERATOR)
    with scope.operator(operator, reason="test"):
        BookingRequest.objects.update(binding=newer)
        operate.add_note(item=item, actor=operator, text="Dispatch was asked at 10:15; Rosa calls back.")
    page = desk(visit, item, email=OPERATOR, width=width, theme=theme)
    check_page(page, "item-capacity")
    page.get_by_role("link", name="Send").click()
    page.get_by_role("heading", name="Content to be sent").wait_for()
    check_page(page, "move-resend")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").wait_for()
    check_page(page, "move-resend-errors")
    page.get_by_label("Why?").fill("Dispatch takes it.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Queued. It is sent within seconds.").wait_for()
    check_page(page, "item-resent")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_an_unknown_outcome_and_its_second_person(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    item = unknown(tenant)
    page = desk(visit, item, email=OPERATOR, width=width, theme=theme)
    check_page(page, "item-unknown")
    page.get_by_role("link", name="Request resend").click()
    check_page(page, "move-ask")
    page.get_by_label("Why?").fill("Not found under its reference.")
    page.get_by_role("button", name="Request resend").click()
    page.get_by_text("Olive Ortega requested a resend").wait_for()
    other = desk(visit, item, email=LEAD, width=width, theme=theme)
    check_page(other, "item-unknown-asked")
    other.get_by_role("link", name="Confirm resend").click()
    check_page(other, "move-confirm")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_cancelled_excluded_and_the_viewer(visit: Visit, tenant: Tenant, width: int, theme: str) -> None:
    cancelled, excluded = booking(tenant), booking(tenant, suspected=["honeypot", "no page"])
    page = desk(visit, cancelled, email=OPERATOR, width=width, theme=theme, name="cancel")
    check_page(page, "move-cancel")
    page.get_by_label("Why?").fill("The visitor called and does not need it any more.")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Canceled, with your reason").wait_for()
    check_page(page, "item-cancelled")
    page.goto(page.url.replace(str(cancelled.public_id), str(excluded.public_id)) + "/exclude")
    check_page(page, "move-exclude")
    operator = who(OPERATOR)
    with scope.operator(operator, reason="test"):
        exclusions.exclude(item=excluded, actor=operator, excluded_as="spam", reason="Sells roofs.")
    page.goto(page.url.removesuffix("/exclude"))
    check_page(page, "item-excluded")
    check_page(desk(visit, excluded, email=VIEWER, width=width, theme=theme), "item-viewer")


@pytest.mark.nightly
def test_the_keys_lead_to_the_moves_and_can_be_switched_off(visit: Visit, tenant: Tenant) -> None:
    item = booking(tenant, capacity=CHOICE)
    page = desk(visit, item, email=OPERATOR)
    page.keyboard.press("m")
    expect(page.get_by_label("Reference in that system")).to_be_focused()
    page.keyboard.type("rcnum?")
    assert page.get_by_label("Reference in that system").input_value() == "rcnum?", "keys are text in a field"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("s")
    expect(page.get_by_label("Snooze for")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("n")
    expect(page.get_by_label("Note", exact=True)).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("u")
    page.keyboard.press("Control+c")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert violations(page) == []
    save_screenshot(page, "item-keys")
    page.keyboard.press("c")
    page.get_by_label("Use single-key shortcuts on this device").uncheck()
    page.keyboard.press("Escape")
    address = page.url
    for key in "rcmn?":
        page.keyboard.press(key)
    assert page.url == address and page.get_by_role("dialog").count() == 0
    page.reload()
    page.keyboard.press("r")
    assert page.url == address, "it stays switched off"
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_label("Use single-key shortcuts on this device").check()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    page.wait_for_url("**/resend")


def test_the_whole_move_by_keyboard_alone(visit: Visit, tenant: Tenant) -> None:
    item = booking(tenant)
    page = desk(visit, item, email=OPERATOR)
    page.keyboard.press("c")
    page.wait_for_url("**/cancel")
    tab_to(page, page.locator("[name=reason]"))
    page.keyboard.type("Asked for twice.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Canceled, with your reason").wait_for()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_text("Undone. The item is blocked again.").wait_for()


def test_the_undo_button_goes_when_the_minute_is_over(visit: Visit, tenant: Tenant) -> None:
    item = booking(tenant)
    operator = who(OPERATOR)
    with scope.operator(operator, reason="test"):
        operate.cancel(item=item, actor=operator, reason="x")
    page = visit("/account/sign-in")
    page.clock.install()
    sign_in(page, OPERATOR)
    page.goto(page.url.split("/ops")[0].rstrip("/") + reverse("ops:item", args=[item.public_id]))
    button = page.get_by_role("button", name="Undo")
    button.focus()
    page.clock.run_for(61_000)
    expect(button).to_be_hidden()
    expect(page.get_by_text("The minute to undo has passed")).to_be_focused()


def test_without_scripts_everything_works(browser: Any, visit: Visit, tenant: Tenant) -> None:
    item = booking(tenant, capacity=CHOICE)
    context = browser.new_context(java_script_enabled=False)
    try:
        page = visit(reverse("ops:item", args=[item.public_id]), context=context)
        sign_in(page, OPERATOR)
        assert page.get_by_role("button", name="Shortcuts").count() == 0
        page.get_by_role("link", name="Send").click()
        page.get_by_label("Why?").fill("Dispatch takes it.")
        page.get_by_role("button", name="Send").click()
        page.get_by_text("Queued. It is sent within seconds.").wait_for()
    finally:
        context.close()


def test_the_first_view_is_light(visit: Visit, tenant: Tenant) -> None:
    item = booking(tenant, capacity=CHOICE)
    page = desk(visit, item, email=OPERATOR)
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.reload()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 100_000
