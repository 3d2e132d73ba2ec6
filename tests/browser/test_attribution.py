"""The pages of attribution in a real browser, over the demo's half year, and the keys of the review."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from attribution.models import LINK, Label, Link, LinkRun
from pagetojob.demo.outcomes import load_demo_outcomes
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.browser import DESKTOP, PHONE, Visit, check_expanded_page, resize, visit_as
from tests.support.factories import make_lead
from tests.support.runs import finish_run

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/ops/attribution/desert-peak/"


def test_a_lead_takes_three_lines_of_a_phone_and_all_of_them_open_it(
    tenant: Tenant, operator: User, visit: Visit
) -> None:
    with scope.tenant(tenant.pk):
        for number in range(3):
            lead = make_lead(tenant=tenant, name=f"Jamie {number}")
            Link.objects.create(tenant=tenant, lead=lead, label=Label.UNMATCHED, reasons=["nearest job 50166"])
    page = visit_as(visit, "operator@pagetojob.example", f"{PAGE}leads", width=PHONE)
    rows = page.locator(".leads tbody tr")
    heights = rows.evaluate_all("rows => rows.map(row => row.offsetHeight)")
    # The cards before were 160 pixels high, and a page of fifty 10,359.
    assert len(heights) == 3 and max(heights) < 85
    check_expanded_page(page, "attribution-leads-phone")
    rows.first.locator(".leads__day").click(force=True)
    page.get_by_role("heading", level=1, name=lead.spoken_code).wait_for()


@pytest.mark.nightly
def test_the_operators_pages_and_the_keys_of_the_review(tenant: Tenant, operator: User, visit: Visit) -> None:
    load_demo_outcomes(tenant, operator, operator)
    with scope.worker():
        asked = Run.objects.get(kind=LINK)
    finish_run(asked)
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, excluded_as="spam")
    with scope.tenant(tenant.pk):
        won = Link.objects.filter(label=Label.CERTAIN, job__uncharged=False).select_related("lead").earliest("pk")
    page = visit_as(visit, "operator@pagetojob.example", PAGE, width=PHONE)
    check_expanded_page(page, "attribution-overview")
    for name in ("campaigns", "leads", "review", "files", "imports/", f"leads/{won.lead.public_id}"):
        page.goto(page.url.split("/desert-peak/")[0] + f"/desert-peak/{name}")
        check_expanded_page(page, f"attribution-{name.split('/')[-1][:9]}")
    with scope.tenant(tenant.pk):
        linking = LinkRun.objects.latest("pk")
    host = page.url.split("/ops/")[0]
    page.goto(host + reverse("attribution:linking", args=[tenant.slug, linking.public_id]))
    check_expanded_page(page, "attribution-linking")
    resize(page, DESKTOP)
    check_expanded_page(page, "attribution-linking")
    resize(page, PHONE)
    page.goto(page.url.split("/desert-peak/")[0] + "/desert-peak/review")
    page.get_by_role("link", name="Start reviewing").click()
    expect(page.get_by_role("button", name="Confirm match")).to_be_in_viewport()
    email = page.get_by_role("row", name="Email").bounding_box()
    assert email and email["height"] < 100
    check_expanded_page(page, "attribution-pair")
    resize(page, DESKTOP)
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("k")
    page.wait_for_url(first)
    page.keyboard.press("a")
    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_role("status")).to_contain_text("accepted")
    page.keyboard.press("u")
    page.wait_for_url(first)
    expect(page.get_by_role("status")).to_contain_text("undone")
    page.get_by_text("Show contact details").click()
    page.get_by_label("Reason").fill("Review of the half year.")
    page.keyboard.press("a")
    assert page.url == first
    page.get_by_role("button", name="Show details").click()
    check_expanded_page(page, "attribution-pair-shown")
