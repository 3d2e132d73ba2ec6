"""Pages of operations with rows in them, such as notices, alarms, validation and facts; and the public log."""

import re
from typing import Any

import pytest

from pagetojob.platform.tenants.models import Tenant
from pagetojob.transparency import services
from pagetojob.transparency.models import EntryKind
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from tests.isolation.world import settle
from tests.support.browser import PHONE, WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as

pytestmark = pytest.mark.django_db(transaction=True)
LEAD = "lead@pagetojob.example"
PAGES = (
    *("/ops/notices/", "/ops/on-call/", "/ops/alarms/", "/ops/sandbox/", "/ops/facts/", "/ops/retention/"),
    *("/ops/", "/ops/?all=yes", "/ops/?snoozed=yes", "/ops/items/{item}", "/ops/runs/", "/ops/refusals/"),
    *("/ops/retention/{slug}/", "/ops/contractors/", "/ops/contractors/{slug}/", "/ops/inbox/", "/log/"),
)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_pages_with_rows_are_clean(tenant: Tenant, visit: Visit, settings: Any, width: int, theme: str) -> None:
    settings.LOG_SIGNING_KEYS = new_signer("log.example", LOG).secret()
    holding = settle(tenant, "Quetzal")
    services.submit(EntryKind.MONTH, "0" * 64)
    services.sequence()
    for path in PAGES:
        address = path.format(slug=holding.tenant.slug, item=holding.ids["public_id"])
        page = visit_as(visit, LEAD, address, theme=theme, width=width)
        check_expanded_page(page, "operations-" + re.sub(r"[/?=]+", "-", path.strip("/{}")))
        page.close()


def test_name_above_a_heading_is_small_on_every_page(tenant: Tenant, visit: Visit) -> None:
    for path in ("/ops/retention/{slug}/", "/ops/attribution/{slug}/"):
        page = visit_as(visit, LEAD, path.format(slug=tenant.slug))
        size = page.locator(".eyebrow").evaluate("line => getComputedStyle(line).fontSize")
        assert size != page.locator("body").evaluate("body => getComputedStyle(body).fontSize"), path
        page.close()


def test_rows_of_periods_are_short_on_a_phone(tenant: Tenant, visit: Visit) -> None:
    page = visit_as(visit, LEAD, f"/ops/retention/{tenant.slug}/", width=PHONE)
    heights = page.locator(".table--rows tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    # The cards before took 4,400 pixels, and the page 7,263.
    assert len(heights) > 15 and sum(heights) < 2600
    check_expanded_page(page, "operations-periods")


def test_rows_of_runbooks_are_short_on_a_phone(tenant: Tenant, visit: Visit) -> None:
    page = visit_as(visit, LEAD, "/ops/runbooks/", width=PHONE)
    heights = page.locator(".table--rows tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    # The cards before were 180 pixels high, and the page 9,379.
    assert len(heights) > 30 and max(heights) < 110
    page.locator(".table--rows tbody tr", has_text="Restore a backup and resume").click()
    page.wait_for_url("**/help/**")


def test_all_links_of_a_lead_fit_into_a_single_row(tenant: Tenant, visit: Visit) -> None:
    page = visit_as(visit, LEAD, "/ops/alarms/")
    tops = page.locator(".site-nav a, .site-nav button").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect().top)"
    )
    assert len(tops) > 10 and len(set(tops)) == 1
