"""What the customer sees of its outcomes, and what an estimate would change, in a real browser."""

import pytest

from attribution.models import ESTIMATE, Estimate, Label, Link
from attribution.packets.sealing import seal
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import october
from tests.attribution.packets import fake_pdf, request_packet
from tests.attribution.statements import close_statement
from tests.support.browser import NARROWEST, PHONE, WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as
from tests.support.factories import make_lead

pytestmark = pytest.mark.django_db(transaction=True)


@WIDTHS_AND_THEMES
def test_the_customers_own_figures(tenant: Tenant, lead_operator: User, visit: Visit, theme: str, width: int) -> None:
    october(tenant)
    close_statement(tenant, lead_operator)
    seal(request_packet(tenant, lead_operator), make_pdf=fake_pdf)
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, excluded_as="spam")
    page = visit_as(visit, "owner@desert-peak.example", "/portal/outcomes/", theme=theme, width=width)
    check_expanded_page(page, "portal-outcomes")
    if width == PHONE:
        campaigns = page.locator("table:has(caption:text-is('Campaigns'))")
        heights = campaigns.locator("tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
        assert heights and max(heights) < 125, "no label is broken into letters"
        fits = "cells => cells.every(cell => cell.scrollWidth <= cell.clientWidth)"
        assert campaigns.locator("tbody td").evaluate_all(fits)
    page.get_by_role("link", name="October 2026").click()
    check_expanded_page(page, "portal-month")
    if width == PHONE:
        invoices = page.locator("table:has(caption:text-is('Invoices')) tbody tr").all()
        assert invoices and max(row.bounding_box()["height"] for row in invoices) < 125  # type: ignore[index]


@pytest.mark.parametrize("width", [NARROWEST, PHONE])
def test_millions_break_no_label_into_letters(tenant: Tenant, visit: Visit, width: int) -> None:
    october(tenant)
    page = visit_as(visit, "owner@desert-peak.example", "/portal/outcomes/", width=width)
    cells = page.locator("td.numeric:is([data-label='Invoiced'], [data-label='Paid'], [data-label='Per lead'])")
    cells.evaluate_all("cells => cells.forEach(cell => { cell.textContent = '$12,436,378.00'; })")
    assert cells.count() > 5
    assert cells.evaluate_all("cells => Math.max(...cells.map(cell => cell.offsetHeight))") < 45, "at most two lines"
    assert cells.evaluate_all("cells => cells.every(cell => cell.scrollWidth <= cell.clientWidth)")


def test_paper_shows_what_is_folded(tenant: Tenant, visit: Visit) -> None:
    october(tenant)
    page = visit_as(visit, "owner@desert-peak.example", "/portal/outcomes/")
    table = page.locator("details:not([open]) table:has(caption:text-is('Lead progress'))")
    assert not table.evaluate("table => table.checkVisibility()")
    page.emulate_media(media="print")
    assert table.evaluate("table => table.checkVisibility() && table.offsetHeight > 50")


@WIDTHS_AND_THEMES
def test_an_estimate_and_a_pair_with_rivals(
    tenant: Tenant, lead_operator: User, visit: Visit, theme: str, width: int
) -> None:
    shop = october(tenant)
    rival = shop.lead(name="Jamie Rivera", phone="(602) 555-0199")
    with scope.tenant(tenant.pk):
        held = Link.objects.get(label=Label.NEEDS_REVIEW)
        Link.objects.filter(pk=held.pk).update(current=False)
        guess = Link.objects.create(
            tenant=tenant,
            lead=held.lead,
            job=held.job,
            label=Label.NEEDS_REVIEW,
            probability="0.61",
            candidates=[{"lead": rival.pk, "probability": "0.210000"}],
        )
        Estimate.objects.create(
            tenant=tenant,
            run=Run.objects.create(tenant=tenant, kind=ESTIMATE, asked_by=lead_operator),
            base_sha256="0" * 64,
            model_sha256="1" * 64,
            weights={"start": -9.0, "phone: same": 7.5},
            labels=64,
            decided_to=0,
            files_to=0,
            effect={
                "labels": {"certain": [2, 2], "matched": [1, 2], "needs review": [1, 0], "unmatched": [0, 0]},
                "money": {
                    "counted": ["1750.40", "2050.40"],
                    "if_all_accepted": ["2050.40", "2050.40"],
                    "paid": ["200.00", "200.00"],
                },
                "months": [{"month": "2026-10", "counted": "300.00"}],
                "moved": 1,
                "sums": [["needs review", "matched", 1]],
                "moves": [
                    {
                        "job": 3,
                        "was": [held.lead_id, "needs review", "0.610000"],
                        "is": [held.lead_id, "matched", "0.990000"],
                    }
                ],
                "fit": {"decisions": 64, "shipped": 58, "own": 61},
            },
        )
    place = f"/ops/attribution/{tenant.slug}/"
    page = visit_as(visit, lead_operator.email, f"{place}model", theme=theme, width=width)
    check_expanded_page(page, "attribution-model")
    page.locator("main table a").first.click()
    check_expanded_page(page, "attribution-estimate")
    page.goto(page.url.partition("/ops/")[0] + f"{place}review/{guess.public_id}")
    check_expanded_page(page, "attribution-rivals")
