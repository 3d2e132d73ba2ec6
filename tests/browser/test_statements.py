"""Statements and packets in a real browser: a month closed, restated and packed, and the check anybody can make."""

import pytest
from playwright.sync_api import expect

from attribution.models import OutcomeKind
from attribution.packets.sealing import seal
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import october
from tests.attribution.packets import fake_pdf, request_packet
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, visit_as

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_a_month_from_its_figures_to_a_checked_packet(
    tenant: Tenant, lead_operator: User, visit: Visit, theme: str, width: int
) -> None:
    shop, place = october(tenant), f"/ops/attribution/{tenant.slug}/"
    page = visit_as(visit, "lead@pagetojob.example", f"{place}statements/", theme=theme, width=width)
    page.get_by_role("link", name="Review October 2026").click()
    page.get_by_role("button", name="Close October 2026").click()
    check_expanded_page(page, "statements-close")
    for gap in page.get_by_role("group", name="These exports are missing").get_by_role("checkbox").all():
        gap.check()
    page.get_by_label("Reason").fill("Agreed with the owner on the phone.")
    page.get_by_role("button", name="Close October 2026").click()
    expect(page.get_by_role("status")).to_contain_text("is closed and sealed")
    shop.payment(shop.file(OutcomeKind.PAYMENTS, note="late"), 22, "-120.00", 11)
    page.reload()
    check_expanded_page(page, "statements-statement")
    page.get_by_role("link", name="Sign a restatement").click()
    check_expanded_page(page, "statements-restate")
    page.get_by_label("Reason").fill("A refund of November 4.")
    page.get_by_role("button", name="Sign restatement").click()
    page.get_by_role("link", name="Files for Google Ads").click()
    check_expanded_page(page, "statements-conversions")
    page.goto(page.url.partition("/ops/")[0] + f"{place}packets/ask")
    check_expanded_page(page, "packets-ask")
    page.get_by_label("Reason").fill("For the owner.")
    page.get_by_role("button", name="Request packet").click()
    expect(page.get_by_role("status")).to_contain_text("Packet requested")
    packet = request_packet(tenant, lead_operator)
    seal(packet, make_pdf=fake_pdf)
    page.reload()
    check_expanded_page(page, "packets-packet")
    page.goto(page.url.rpartition("/")[0] + "/")
    check_expanded_page(page, "packets-list")
    page.goto(page.url.replace("packets", "statements"))
    check_expanded_page(page, "statements-list")


@WIDTHS_AND_THEMES
def test_anybody_checks_a_file(tenant: Tenant, lead_operator: User, visit: Visit, theme: str, width: int) -> None:
    page = visit("/check-a-packet", theme=theme, width=width)
    page.get_by_label("File of a packet").set_input_files(
        {"name": "packet.pdf", "mimeType": "application/pdf", "buffer": b"changed"}
    )
    page.get_by_role("button", name="Check file").click()
    expect(page.get_by_role("alert")).to_contain_text("We did not seal")
    check_expanded_page(page, "check")
