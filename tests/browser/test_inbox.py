"""The pages of the inbox in a real browser: looks, and what axe says."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from syncqueue.services.inbox_work import work_inbox
from tests.support.browser import keep_picture, overflows, violations
from tests.support.factories import PASSWORD
from tests.support.inbox import OTHER_SECRET, Sender

pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


def look(page: Page, name: str) -> None:
    while (folded := page.locator("main details:not([open]) > summary")).count():
        folded.first.click()
    keep_picture(page, name)
    assert violations(page) == []
    assert not overflows(page)


@pytest.mark.parametrize(("width", "looks"), [(375, "dark"), (1280, "light")])
def test_the_inbox(sender: Sender, visit: Visit, looks: str, width: int) -> None:
    for number in range(3):
        sender.send({"type": "booking.updated", "data": {"id": f"n{number}", "name": "Wanda Planted"}})
    sender.send({"type": "estimate.sold", "version": 2, "data": {"id": 1, "items": [{"name": "Wanda"}]}})
    for _ in range(4):
        sender.send(secret=OTHER_SECRET)
    sender.send(b"not json")
    work_inbox()
    sender.send({"type": "heartbeat"})
    page = visit("/account/sign-in?next=/ops/inbox/", theme=looks, width=width)
    page.get_by_label("Email").fill("operator@pagetojob.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/ops/inbox/")
    look(page, f"inbox-{width}-{looks}")
    page.get_by_role("link", name="booking.updated").first.click()
    expect(page.locator("main")).not_to_contain_text("Wanda")
    look(page, f"inbox-event-{width}-{looks}")
    page.get_by_label("Reason").first.fill("They called about it.")
    page.get_by_role("button", name="Show once").click()
    expect(page.locator("main")).to_contain_text(json.dumps("Wanda Planted"))
    look(page, f"inbox-shown-{width}-{looks}")
    page.get_by_role("link", name="Quarantine").click()
    look(page, f"inbox-quarantine-{width}-{looks}")
    page.get_by_role("link", name="Keys").click()
    look(page, f"inbox-keys-{width}-{looks}")
    page.get_by_role("link", name="Change").click()
    look(page, f"inbox-ring-{width}-{looks}")
    page.get_by_role("link", name="Keys").click()
    page.get_by_role("link", name="Verification settings").click()
    page.get_by_label("Maximum age in seconds").fill("9999")
    page.get_by_role("button", name="Save settings").click()
    expect(page.locator("main")).to_contain_text("3600")
    look(page, f"inbox-recipe-{width}-{looks}")
