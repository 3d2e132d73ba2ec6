"""The pages of the inbox in a real browser."""

import json

import pytest
from playwright.sync_api import expect

from syncqueue.services.inbox_work import work_inbox
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as
from tests.support.inbox import OTHER_SECRET, Sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_inbox(sender: Sender, visit: Visit, theme: str, width: int) -> None:
    for number in range(3):
        sender.send({"type": "booking.updated", "data": {"id": f"n{number}", "name": "Wanda Planted"}})
    sender.send({"type": "estimate.sold", "version": 2, "data": {"id": 1, "items": [{"name": "Wanda"}]}})
    for _ in range(4):
        sender.send(secret=OTHER_SECRET)
    sender.send(b"not json")
    work_inbox()
    sender.send({"type": "heartbeat"})
    page = visit_as(visit, "operator@pagetojob.example", "/ops/inbox/", theme=theme, width=width)
    check_expanded_page(page, "inbox")
    page.get_by_role("link", name="booking.updated").first.click()
    expect(page.locator("main")).not_to_contain_text("Wanda")
    check_expanded_page(page, "inbox-event")
    page.get_by_label("Reason").first.fill("They called about it.")
    page.get_by_role("button", name="Show once").click()
    expect(page.locator("main")).to_contain_text(json.dumps("Wanda Planted"))
    check_expanded_page(page, "inbox-shown")
    page.get_by_role("link", name="Quarantine").click()
    check_expanded_page(page, "inbox-quarantine")
    page.get_by_role("link", name="Keys").click()
    check_expanded_page(page, "inbox-keys")
    page.get_by_role("link", name="Change").click()
    check_expanded_page(page, "inbox-ring")
    page.get_by_role("link", name="Keys").click()
    page.get_by_role("link", name="Verification settings").click()
    page.get_by_label("Maximum age in seconds").fill("9999")
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator("main")).to_contain_text("3600")
    check_expanded_page(page, "inbox-recipe")
