"""The import screens of an export, and the page that publishes the map, without scripts and by keyboard."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pagetojob.importer import uploads
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.browser import WIDTHS_AND_THEMES, Visit, check_expanded_page, check_page, visit_as
from tests.support.runs import work_runs
from tests.support.uploads import stage_file

pytestmark = pytest.mark.django_db(transaction=True)

OPERATOR = "operator@pagetojob.example"
EXPORT = (
    "Job ID,Created On,Customer Name,Cust Phone,E-Mail Addr,Compl. Date,A heading that nobody could expect here\n"
    "601,6/20/2026,Jamie Rivera,(602) 555-0111,jamie@example.com,6/21/2026,note\n"
    "602,6/22/2026,Pat Doe,(602) 555-0112,pat@example.com,13/6/2026,\n"
    "603,6/23/2026,Sam Lee,(602) 555-0113,sam@example.com,6/24/2026,\n"
)


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_an_export_is_matched_previewed_and_approved(visit: Visit, tenant: Tenant, theme: str, width: int) -> None:
    page = visit_as(visit, OPERATOR, reverse("attribution:imports", args=[tenant.slug]), width=width, theme=theme)
    check_page(page, "import-upload")

    def send(text: str) -> None:
        page.get_by_label("Content").select_option("outcomes.jobs")
        page.get_by_role("button", name="File", exact=True).set_input_files(
            {"name": "jobs of June.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        page.get_by_role("button", name="Upload file").click()

    send(EXPORT)
    expect(page.get_by_text("Columns that are not imported", exact=True)).to_be_visible()
    check_expanded_page(page, "import-columns")
    page.get_by_label("Job ID").select_option("")
    page.get_by_role("button", name="Confirm and preview").click()
    expect(page.get_by_role("alert")).to_contain_text("It is required.")
    check_page(page, "import-columns-wrong")
    page.get_by_label("Job ID").select_option("external_id")
    page.get_by_label("Cust Phone").select_option("phone")
    page.get_by_label("E-Mail Addr").select_option("email")
    page.get_by_label("Compl. Date").select_option("completed_at")
    page.get_by_role("button", name="Confirm and preview").press("Enter")
    check_page(page, "import-reading")
    work_runs()
    page.reload()
    check_page(page, "import-preview-refused")
    page.get_by_role("link", name="Needs review 1").click()
    expect(page.get_by_text("day first")).to_be_visible()
    check_page(page, "import-preview-problems")
    page.goto(page.url.partition("/ops/")[0] + reverse("attribution:imports", args=[tenant.slug]))
    send(EXPORT.replace("13/6/2026", "6/23/2026"))
    expect(page.get_by_text("remembered").first).to_be_visible()
    page.get_by_role("button", name="Confirm and preview").click()
    work_runs()
    page.reload()
    check_expanded_page(page, "import-preview")
    page.get_by_label("Reason").first.fill("The export of June.")
    page.get_by_role("button", name="Approve 3 rows").click()
    work_runs()
    page.reload()
    expect(page.get_by_role("link", name="Open the export")).to_be_visible()
    check_page(page, "import-applied")


@pytest.mark.nightly
@WIDTHS_AND_THEMES
def test_the_map_is_published_and_taken_back(visit: Visit, tenant: Tenant, theme: str, width: int) -> None:
    actor = User.objects.get(email=OPERATOR)
    upload = stage_file(tenant, actor, "name,id,active\nAC Repair,3001,no\nDuct Cleaning,3002,yes\n")
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=actor, reason="The customer agreed.")
    work_runs()
    page = visit_as(
        visit, OPERATOR, reverse("titanmap:import", args=[tenant.slug, upload.public_id]), width=width, theme=theme
    )
    check_page(page, "publish-after-import")
    page.get_by_role("link", name="Review public changes").click()
    check_page(page, "publish")
    page.get_by_label("Reason").fill("The customer agreed.")
    page.get_by_role("button", name="Publish 2 changes").press("Enter")
    expect(page.get_by_text("Published 2 changes.")).to_be_visible()
    check_expanded_page(page, "publish-published")
    page.get_by_label("Reason").fill("Too early.")
    page.get_by_role("button", name="Undo publication 1").click()
    expect(page.get_by_text("which undid number 1")).to_be_visible()
