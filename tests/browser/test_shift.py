"""A shift of 60 mixed items, worked by keyboard: keystrokes, clicks and seconds, compared with the pages before."""

import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.connectors import deliver
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import delivery
from syncqueue.services.intake import capture_request
from tests.support.browser import Visit, violations, visit_as
from tests.support.factories import appointment
from tests.support.queue import reach

pytestmark = pytest.mark.django_db(transaction=True)

#: The same shift at commit a98cfe5e, by its fastest way: saved filters, single keys, and the shortest reasons.
BEFORE = {"keystrokes": 2678, "clicks": 283}
CAPACITY = {"rule": "Emergencies after hours", "primary": "call now", "needs_review": True, "sentence": "Call us."}
#: How many items of each kind, and what is done with them.
SHIFT = {"enter": 40, "send": 8, "call": 6, "wait": 3, "cancel": 3}


class Hands:
    """Presses keys and clicks on a page, and counts both."""

    def __init__(self, page: Page) -> None:
        self.page, self.keystrokes, self.clicks = page, 0, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keystrokes += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keystrokes += len(text)

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1


def make_shift(tenant: Tenant) -> dict[str, str]:
    """Make the items, oldest first; return what to do with each, by the code of its request."""
    todo: dict[str, str] = {}
    for task, count in SHIFT.items():
        for _ in range(count):
            with scope.tenant(tenant.pk):
                binding = binding_for_page(tenant, "/ac-repair-phoenix")
                request: dict[str, Any] = {"capacity": CAPACITY} if task == "send" else {}
                lead, _ = capture_request(tenant=tenant, request=appointment(**request), binding=binding)
                todo[lead.spoken_code] = task
            if task == "call":
                with scope.worker():
                    for item in SyncItem.objects.filter(lead=lead).select_related("lead"):
                        is_notice = item.kind == Kind.BUSINESS_NOTIFICATION
                        reach(item, State.NEEDS_REVIEW if is_notice else State.MANUAL_COMPLETE, **_FACTS[is_notice])
    delivery.drain(deliver, worker="shift")
    return todo


_FACTS: dict[bool, dict[str, Any]] = {True: {"cause": "gave-up", "due_at": None}, False: {}}


def work_item(hands: Hands, task: str) -> None:
    page = hands.page
    if task in ("enter", "call"):
        with page.expect_navigation():
            hands.press("v")
        hands.press("m")
        hands.type("4711023" if task == "enter" else "Maria")
        with page.expect_navigation():
            hands.press("Enter")
    elif task == "wait":
        hands.press("s", "Tab", "Tab")
        with page.expect_navigation():
            hands.press("Enter")
    else:
        with page.expect_navigation():
            hands.press("r" if task == "send" else "c")
        hands.click(page.get_by_label("Why?"))
        hands.type("Dispatch takes it." if task == "send" else "Asked for twice.")
        with page.expect_navigation():
            hands.click(page.locator("form .button").filter(has_text="Send" if task == "send" else "Cancel"))


@pytest.mark.nightly
def test_a_shift_of_60_items_takes_half_the_keystrokes(visit: Visit, tenant: Tenant) -> None:
    todo = make_shift(tenant)
    page = visit_as(visit, "operator@pagetojob.example", "/ops/")
    hands, began, worked = Hands(page), time.monotonic(), 0
    hands.press("j")
    with page.expect_navigation():
        hands.press("o")
    assert violations(page) == []
    while todo:
        code = page.locator("h1 .copy").inner_text()
        work_item(hands, todo.pop(code))
        worked += 1
    seconds = time.monotonic() - began
    print(f"{worked} items: {hands.keystrokes} keystrokes, {hands.clicks} clicks, {seconds:.0f} s")
    assert worked == sum(SHIFT.values())
    assert hands.keystrokes <= BEFORE["keystrokes"] / 2 and hands.clicks <= BEFORE["clicks"] / 2
    with scope.worker():
        left = SyncItem.objects.filter(state__in=(State.BLOCKED, State.UNKNOWN, State.NEEDS_REVIEW)).count()
    assert left == SHIFT["wait"]
