"""Names and texts that are HTML, or long without a space, on every page at 375 pixels: shown as text, in the page."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from playwright.sync_api import Page

from pagetojob.platform.tenants.models import Tenant, User
from tests.isolation.addresses import Address, addresses
from tests.isolation.world import settle
from tests.support.browser import Visit, overflows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.nightly]
WORD = '"><b id=injected>' + "W" * 40
INJECTED = "document.getElementById('injected') !== null"
#: Pages of a person, by the start of their names; None is a visitor.
PAGES = {
    "owner": ("portal:", "accounts:", "core:"),
    "lead_operator": (
        *("ops:", "drift:", "onboarding:", "domains:", "gates:", "connections:", "titanmap:", "attribution:"),
        *("statements:", "packets:", "retention:", "core:", "sandbox:", "versions:", "facts:"),
    ),
    "admin_user": ("admin:tenants", "admin:accounts"),
    "": ("intake:", "notice-link:", "onboarding-link:", "review:"),
}
#: Number of pages that open, of those. A page that is not found or refuses its reader would check nothing.
OPENED_AT_LEAST = {"owner": 32, "lead_operator": 130, "admin_user": 27, "": 5}
#: Pages that report with 503 that a part does not work: here no worker runs, and a busy machine is not ready in time.
REPORTS = ("core:status", "core:readyz", "core:ops-health")
#: Files, and pages that end the session.
_NO_PAGES = ("zip", "pdf", "csv", "json", "jsonl", "logout", "sign-out", "file", "export")


def pages_of(starts: tuple[str, ...]) -> Iterator[Address]:
    for address in addresses():
        if address.name.startswith(starts) and not address.route.strip("/").endswith(_NO_PAGES):
            yield address


def problem_of(page: Page) -> str:
    if page.evaluate(INJECTED):
        return "runs HTML of a name"
    return "is wider than the window" if overflows(page) else ""


@pytest.mark.usefixtures("pack")
@pytest.mark.parametrize("role", PAGES)
def test_no_page_runs_or_is_widened_by_a_name(
    role: str, visit: Visit, tenant: Tenant, request: pytest.FixtureRequest
) -> None:
    email = request.getfixturevalue(role).email if role else ""
    here = settle(tenant, WORD)
    Tenant.objects.filter(pk=tenant.pk).update(name=WORD)
    User.objects.update(name=WORD)
    page = visit("/", width=375, email=email)
    server, opened, problems = page.url.rstrip("/"), 0, []
    for address in pages_of(PAGES[role]):
        path = address.filled(here.ids)
        head = page.request.head(f"{server}{path}")
        is_report = address.name in REPORTS and head.status == HTTPStatus.SERVICE_UNAVAILABLE
        if head.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not is_report:
            problems.append(f"{address.name} returns {head.status}: {path}")
        if (head.ok or is_report) and "text/html" in head.headers.get("content-type", ""):
            page.goto(f"{server}{path}")
            opened += 1
            if problem := problem_of(page):
                problems.append(f"{address.name} {problem}: {path}")
    assert problems == []
    # Some are missing: forms without GET, parts that need a row in another state.
    assert opened >= OPENED_AT_LEAST[role]
