"""The Titan Map workbench in a real browser: a messy workbook all the way, a draft with two people, what axe says."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pagetojob.importer.models import UploadState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import CapacityRule, TaxonomyItem
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_page, visit_as
from tests.support.runs import work_runs
from tests.support.uploads import stage_file, upload_file
from tests.titanmap.imports import MESSY_WORKBOOK, import_pages

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR, LEAD = "operator@pagetojob.example", "lead@pagetojob.example"


def at(name: str, *args: Any) -> str:
    return reverse(f"titanmap:{name}", args=["desert-peak", *args])


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_workbench_keeps_nobody_out(visit: Visit, tenant: Tenant, theme: str, width: int) -> None:
    with scope.tenant(tenant.pk):
        item, rule = TaxonomyItem.objects.filter(family="zone")[0], CapacityRule.objects.all()[0]
    page = visit_as(visit, OPERATOR, at("map"), width=width, theme=theme)
    check_page(page, "map-items")
    places = {
        "item": at("item", item.public_id), "item-form": at("item-edit", item.public_id), "coverage": at("coverage"),
        "pages": at("pages"), "page": at("page", "ac-repair-phoenix"),
        "draft-form": at("draft-new", "ac-repair-phoenix"),
        "rules": at("rules"), "rule": at("rule", rule.public_id), "hours": at("hours"), "time-zone": at("time-zone"),
        "imports": at("imports"),
        "tester": at("tester") + "?page=ac-repair-phoenix&urgency=emergency&zone=&at=2026-06-21T22:10",
    }  # fmt: skip
    for name, path in places.items():
        page.goto(page.url.partition("/ops/")[0] + path)
        check_page(page, f"map-{name}")


@pytest.mark.nightly
def test_a_messy_workbook_comes_in_and_goes_out_again(visit: Visit, tenant: Tenant) -> None:
    page = visit_as(visit, OPERATOR, at("imports"), width=375, theme="dark")
    page.get_by_label("Content").select_option("titan-map.pricebook-service")
    page.get_by_role("button", name="File", exact=True).set_input_files(
        {"name": "Pricebook export (final).xlsx", "mimeType": "application/octet-stream", "buffer": MESSY_WORKBOOK}
    )
    page.get_by_role("button", name="Upload file").click()
    page.get_by_label("Sheet").select_option("Services")
    page.get_by_role("button", name="Read sheet").click()
    check_page(page, "map-import-columns")
    page.get_by_role("button", name="Confirm and preview").click()
    work_runs()
    page.reload()
    page.get_by_role("link", name="needs review").click()
    expect(page.get_by_text("looks like a formula")).to_be_visible()
    check_page(page, "map-import-problems")
    page.get_by_role("link", name="Changed 1").click()
    check_page(page, "map-import-changed")
    page.get_by_label("Reason").first.fill("Confirmed by the customer.")
    page.get_by_role("button", name="Approve").click()
    work_runs()
    page.reload()
    expect(page.get_by_role("heading", name="Undo import")).to_be_visible()
    with scope.tenant(tenant.pk):
        assert TaxonomyItem.objects.get(name="Capacitor").facts["price"] == "1249.50"
    page.get_by_label("Reason").last.fill("The wrong list.")
    page.get_by_role("button", name="Undo this import").click()
    work_runs()
    page.reload()
    check_page(page, "map-import-undone")
    expect(page.get_by_text("undone").first).to_be_visible()


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_pages_of_an_import_of_a_whole_map(visit: Visit, tenant: Tenant, theme: str, width: int) -> None:
    upload = import_pages(tenant, User.objects.get(email=OPERATOR))
    page = visit_as(visit, LEAD, at("imports"), width=width, theme=theme)
    check_page(page, "map-imports-filled")
    site = page.url.partition("/ops/")[0]
    page.goto(site + at("import", upload.public_id))
    check_page(page, "map-import-whole")
    page.goto(site + at("import-drafts", upload.public_id))
    expect(page.get_by_role("heading", name="Approve all")).to_be_visible()
    check_page(page, "map-import-drafts")
    page.get_by_label("Reason").fill("Checked with the customer.")
    page.get_by_role("button", name="Approve 4 drafts").click()
    expect(page.get_by_text("The drafts are queued.")).to_be_visible()
    check_page(page, "map-import-drafts-under-way")
    work_runs()
    page.reload()
    page.get_by_text("Restore the previous pages").click()
    expect(page.get_by_role("button", name="Restore 1 page")).to_be_visible()
    check_page(page, "map-import-drafts-approved")


@WIDTHS_AND_THEMES
def test_an_import_that_is_refused_or_waits_for_its_columns(
    visit: Visit, tenant: Tenant, theme: str, width: int
) -> None:
    actor = User.objects.get(email=OPERATOR)
    refused = stage_file(
        tenant, actor, "name,other\nAC Repair,fine\nTune-Up,ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8\n"
    )
    assert refused.state == UploadState.REFUSED
    waiting = upload_file(tenant, actor, "name,id\nAC Repair,3001\n")
    page = visit_as(visit, OPERATOR, at("import", refused.public_id), width=width, theme=theme)
    check_page(page, "map-import-refused")
    page.goto(page.url.partition("/ops/")[0] + at("import", waiting.public_id))
    expect(page.get_by_role("button", name="Confirm and preview")).to_be_visible()
    check_page(page, "map-import-waits")


@pytest.mark.nightly
def test_a_draft_goes_to_a_second_person_by_keyboard(visit: Visit, tenant: Tenant) -> None:
    page = visit_as(visit, OPERATOR, at("draft-new", "ac-repair-phoenix"))
    page.get_by_label("Heading").fill("Cool again by tonight")
    page.get_by_label("Reason").fill("The customer asked for it.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send for review").press("Enter")
    expect(page.get_by_text("A second person has to approve it")).to_be_visible()
    path = "/ops/" + page.url.partition("/ops/")[2]
    second = visit_as(visit, LEAD, path)
    check_page(second, "map-draft")
    second.get_by_label("Reason").fill("As agreed.")
    second.get_by_role("button", name="Approve version 2").press("Enter")
    expect(second.get_by_text("Version 2 is live.")).to_be_visible()
    check_page(second, "map-draft-approved")
    second.goto(second.url.partition("/ops/")[0] + "/sites/desert-peak/ac-repair-phoenix")
    expect(second.get_by_role("heading", name="Cool again by tonight")).to_be_visible()
