"""The Titan Map workbench: what operators see and do there, without scripts."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pagetojob.importer.models import Upload, UploadState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.coverage import Page, coverage
from pagetojob.titanmap.models import Family, PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import coverage_of
from pagetojob.titanmap.services import MapRefused, roll_back
from syncqueue.models import SyncItem
from tests.support import tables
from tests.support.cast import SignIn
from tests.support.desk import captured_as
from tests.support.runs import work_runs
from tests.support.uploads import JOB_TYPES_CSV, approval, chosen_fields, reload, stage_file
from tests.titanmap.imports import MESSY_WORKBOOK


def at(name: str, *args: Any) -> str:
    return reverse(f"titanmap:{name}", args=["desert-peak", *args])


def send(client: Client, content: bytes, target: str, name: str = "export.xlsx") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(at("upload"), {"target": target, "file": file}, follow=True)


def the_upload(tenant: Tenant) -> Upload:
    with scope.tenant(tenant.pk):
        return Upload.objects.order_by("-id")[0]


def test_messy_workbook_is_imported_and_undone(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    page = send(client, MESSY_WORKBOOK, "titan-map.pricebook-service")
    assert "Category1" in page.text and "Read sheet" in page.text
    first = the_upload(tenant)
    page = client.post(at("sheet", first.public_id), {"sheet": "Services"}, follow=True)
    assert reload(first).state == UploadState.DISCARDED and "headings in row 3" in page.text
    upload = the_upload(tenant)
    chosen = chosen_fields(page)
    fields = ["external_id", "code", "name", "detail", "price", "status"]
    assert [chosen[f"column_{place}"] for place in range(1, 7)] == fields
    assert client.post(at("mapping", upload.public_id), {**chosen, "column_3": ""}).status_code == 422
    page = client.post(at("mapping", upload.public_id), chosen, follow=True)
    assert "being read" in page.text
    work_runs()
    page = client.get(at("import", upload.public_id), {"show": "problem"})
    assert "Column 3 (“Name”):" in page.text and "looks like a formula" in page.text and "email address" in page.text
    assert "jamie" not in page.text and "cmd" not in page.text
    csv_text = client.get(at("problems-csv", upload.public_id)).text
    assert csv_text.splitlines()[1].startswith('"6","column 3')
    changed = client.get(at("import", upload.public_id), {"show": "changed"}).text
    assert "<del>nothing</del> → <ins>89.00</ins>" in changed and "<ins>5001</ins>" in changed
    client.post(at("rows", upload.public_id), {"shown": ["4"], "chosen": [], "back": "show=changed"})
    assert "Approve 1 row<" in client.get(at("import", upload.public_id)).text
    assert client.post(at("approve", upload.public_id), {"version": 2, "chosen": 1, "reason": ""}).status_code == 422
    client.post(at("approve", upload.public_id), approval(client.get(at("import", upload.public_id))))
    work_runs()
    page = client.get(at("import", upload.public_id))
    assert (
        "Undo this import" in page.text and "skipped" in client.get(page.request["PATH_INFO"], {"show": "changed"}).text
    )
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.get(name="Capacitor")
    assert (item.external_id, item.facts) == (5002, {"code": "C-2", "price": "1249.50"})
    client.post(at("undo", upload.public_id), {"version": 4, "reason": "The wrong list."})
    work_runs()
    assert reload(upload).state == UploadState.UNDONE
    assert "retired" in client.get(at("item", item.public_id)).text


def test_an_approval_covers_the_rows_that_its_page_showed_as_chosen(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    """Another person may choose as many rows, but other ones, while the page is open."""
    upload, client = stage_file(tenant, operator, JOB_TYPES_CSV), signed_in(operator)
    approve, rows = at("approve", upload.public_id), at("rows", upload.public_id)
    client.post(rows, {"shown": ["2", "3"], "chosen": ["2"]})
    shown = approval(client.get(at("import", upload.public_id)))
    client.post(rows, {"shown": ["2", "3"], "chosen": ["3"]})
    refused = client.post(approve, shown)
    assert refused.status_code == 422 and "Someone else changed this import in the meantime" in refused.text
    without = {name: value for name, value in shown.items() if name != "chosen"}
    assert client.post(approve, without).status_code == 422
    assert reload(upload).state == UploadState.READY
    assert client.post(approve, approval(refused)).status_code == 302
    work_runs()
    with scope.tenant(tenant.pk):
        assert not TaxonomyItem.objects.filter(external_id=3001).exists()
        assert TaxonomyItem.objects.filter(external_id=3002).exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel workbook"),
        (b"name,token\nRepair,ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8\n", "was not saved"),
        (tables.workbook({"S": [["Name"]]}, more={"xl/vbaProject.bin": b"x"}), "macros"),
        (b"\x00\x01\x02" * 50, "It is empty|NUL|encoding"),
    ],
)
def test_refused_file_is_not_stored(
    signed_in: SignIn, operator: User, tenant: Tenant, content: bytes, sentence: str
) -> None:
    answer = send(signed_in(operator), content, "titan-map.job-type", "x.csv")
    assert answer.status_code == 422 and re.search(sentence, answer.text) and "ghp_" not in answer.text
    with scope.tenant(tenant.pk):
        assert not Upload.objects.exists()


def test_map_is_listed_by_family_and_searched(signed_in: SignIn, viewer: User, tenant: Tenant) -> None:
    client = signed_in(viewer)
    assert "AC Repair" in client.get(at("map")).text
    zones = client.get(at("map"), {"family": "zone"}).text
    assert "Buckeye" in zones and "paused" in zones and "AC Repair" not in zones
    html = client.get(at("map"), {"family": "zone", "q": "verrado"}).text
    assert "Buckeye" in html and "Queen Creek" not in html
    for words in ("<script>", "no\x00such"):
        assert "No items match your search" in client.get(at("map"), {"q": words}).text
    assert reverse("titanmap:map", args=["desert-peak"]) in client.get(reverse("titanmap:list")).text


def test_csv_export_contains_no_formulas(signed_in: SignIn, viewer: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.create(tenant=tenant, family=Family.OFFER, name="=HYPERLINK(1)", detail="+1")
    text = signed_in(viewer).get(at("items-csv")).text
    assert '"\'=HYPERLINK(1)"' in text and '"\'+1"' in text


def test_retiring_shows_effects_and_requires_a_reason(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    captured_as(tenant)
    client = signed_in(operator)
    with scope.tenant(tenant.pk):
        repair = TaxonomyItem.objects.get(name="AC Repair")
        before = coverage_of(tenant)
        waiting = SyncItem.objects.filter(binding__job_type=repair).count()
    page = client.get(at("item", repair.public_id)).text
    assert "/emergency-ac-repair" in page and "campaign Summer AC Demand" in page
    assert f'<span class="tile__value">{waiting}</span> <span class="tile__label">waiting items' in page and waiting
    assert client.post(at("item-state", repair.public_id), {"active": "no", "reason": ""}).status_code == 422
    client.post(at("item-state", repair.public_id), {"active": "no", "reason": "No longer sold."})
    again = client.post(at("item-state", repair.public_id), {"active": "no", "reason": "Again."})
    assert again.status_code == 422 and "already retired" in again.text
    with scope.tenant(tenant.pk):
        after = coverage_of(tenant)
    assert (after.percent or 0) < (before.percent or 0) and any("AC Repair" in names for _, names in after.unsound)
    assert "AC Repair" in client.get(at("coverage")).text
    client.post(at("item-state", repair.public_id), {"active": "yes", "reason": "It is sold again."})
    with scope.tenant(tenant.pk):
        assert coverage_of(tenant) == before


def test_coverage_counts_items_that_need_a_page() -> None:
    def item(pk: int, family: str, **more: Any) -> TaxonomyItem:
        return TaxonomyItem(pk=pk, family=family, name=f"{family} {pk}", **more)

    items = [
        item(1, "job type"), item(2, "job type"), item(3, "job type", facts={"advertised": False}),
        item(4, "zone", zone_state="paused"), item(5, "zone", zone_state="active"), item(6, "offer", active=False),
        item(7, "business unit"), item(8, "offer", facts={"ends": "2026-05-31"}),
        item(9, "campaign", facts={"starts": "2026-06-02"}),
    ]  # fmt: skip
    score = coverage(items, [Page("a", (1, 5, 7)), Page("b", (2, 6))], date(2026, 6, 1))
    assert (score.covered, score.expected, score.percent) == (2, 3, 66)
    assert score.gaps == (("job type", "job type 2"),) and score.unsound == (("b", ("offer 6",)),)
    assert coverage([], [], date(2026, 6, 1)).percent is None


def test_older_version_is_restored_as_a_new_one(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    with scope.tenant(tenant.pk):
        first = PageBinding.objects.get(slug="area-buckeye")
        zone = TaxonomyItem.objects.get(name="Phoenix Metro")
        columns = {name: getattr(first, name) for name in ("page_path", "kind", "label", "intro", *PageBinding.MAPPED)}
        PageBinding.objects.create(
            tenant=tenant, slug="area-buckeye", version=2, headline="New", **{**columns, "zone": zone}
        )
    page = client.get(at("page", "area-buckeye")).text
    assert "<del>Buckeye</del>" in page and "<ins>Phoenix Metro</ins>" in page
    data = {"to": "1", "based_on": "2", "reason": "It was right before."}
    assert client.post(at("roll-back", "area-buckeye"), data).status_code == 302
    with scope.tenant(tenant.pk):
        newest = PageBinding.objects.filter(slug="area-buckeye").order_by("-version")[0]
    assert (newest.version, newest.zone_id, newest.headline) == (3, first.zone_id, first.headline)
    stale = client.post(at("roll-back", "area-buckeye"), data)
    assert stale.status_code == 422 and "its version is now 3" in stale.text


def test_version_bound_to_retired_item_is_not_restored(operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        first = PageBinding.objects.get(slug="home")
        PageBinding.objects.create(tenant=tenant, slug="home", version=2, page_path="/", label="x")
        TaxonomyItem.objects.filter(name=first.business_unit.name).update(active=False)
        with pytest.raises(MapRefused, match="Residential HVAC"):
            roll_back(tenant=tenant, slug="home", to=1, based_on=2, actor=operator, reason="No.")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("An approved ServiceTitan partner.", "The headline makes an unproven claim"),
        ("Built for ServiceTitan.", "The headline has a sentence that a second person approves first"),
    ],
)
def test_version_that_may_not_be_published_today_is_not_restored(
    signed_in: SignIn, operator: User, tenant: Tenant, text: str, why: str
) -> None:
    with scope.tenant(tenant.pk):
        for version, headline in ((2, text), (3, "Repairs in Buckeye")):
            PageBinding.objects.create(
                tenant=tenant, slug="area-buckeye", version=version, page_path="/buckeye", label="x", headline=headline
            )
    data = {"to": "2", "based_on": "3", "reason": "It was right before."}
    answer = signed_in(operator).post(at("roll-back", "area-buckeye"), data)
    assert answer.status_code == 422 and why in answer.text
    with scope.tenant(tenant.pk):
        assert PageBinding.objects.filter(slug="area-buckeye").count() == 3


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            {"page": "emergency-ac-repair", "urgency": "emergency", "at": "2026-12-01T23:00"},
            "After-hours emergency HVAC",
        ),
        ({"page": "area-buckeye", "at": "2026-12-01T10:00"}, "Paused area"),
        ({"page": "home", "at": "2026-12-01T10:00"}, "Office hours"),
        ({"page": "home", "zone": "expansion", "at": "2026-12-01T10:00"}, "Expansion area"),
    ],
)
def test_tester_uses_the_rules_of_the_website(
    signed_in: SignIn, viewer: User, tenant: Tenant, asked: dict[str, str], expected: str
) -> None:
    page = signed_in(viewer).get(at("tester"), asked).text
    assert f"<dd>{expected}</dd>" in page and page.count("verdict--yes") == 1
    for when in ("soon", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert signed_in(viewer).get(at("tester"), {**asked, "at": when}).status_code == 422


def test_rows_of_other_tenants_are_not_found(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    with scope.tenant(other_tenant.pk):
        item = TaxonomyItem.objects.create(tenant=other_tenant, family=Family.JOB_TYPE, name="Theirs")
    client = signed_in(operator)
    assert client.get(at("item", item.public_id)).status_code == 404
    assert client.get(at("page", "no-such-page")).status_code == 404
