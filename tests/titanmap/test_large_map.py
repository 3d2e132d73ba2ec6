"""A map with thousands of items and pages: each screen reads what it shows."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.onboarding.setup import act_views
from pagetojob.platform import paging
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.item_field import NamedItemField
from pagetojob.titanmap.models import Family, PageBinding, PageDraft, TaxonomyItem
from pagetojob.titanmap.selectors import coverage_of, touched_by
from pagetojob.titanmap.workbench import map_forms, maps

FEW, MANY = 2, 20
BASE = "/ops/titan-map/desert-peak/"


@pytest.fixture
def loaded() -> Iterator[Counter[str]]:
    """Count the rows that become instances, by model."""
    counts: Counter[str] = Counter()

    def count(sender: type[models.Model], **_: object) -> None:
        counts[sender.__name__] += 1

    post_init.connect(count, sender=PageBinding)
    yield counts
    post_init.disconnect(count, sender=PageBinding)


@pytest.fixture
def client(lead_operator: User, client: Client) -> Client:
    client.force_login(lead_operator)
    return client


def make(tenant: Tenant, first: int, last: int) -> None:
    """Create job types and, for each, a page in two versions."""
    with scope.tenant(tenant.pk):
        for number in range(first, last):
            item = TaxonomyItem.objects.create(tenant=tenant, family=Family.JOB_TYPE, name=f"Large {number:02}")
            for version in (1, 2):
                PageBinding.objects.create(
                    tenant=tenant, slug=f"large-{number:02}", version=version, page_path=f"/large-{number:02}",
                    label="x", job_type=item,
                )  # fmt: skip


def item_of(tenant: Tenant, number: int) -> TaxonomyItem:
    return TaxonomyItem.objects.get(tenant=tenant, name=f"Large {number:02}")


@pytest.mark.parametrize(
    "address", ["", "rules/new", "tester", "tester?page=large-00&urgency=&zone=&at=2026-11-30T10:00"]
)
def test_a_screen_loads_as_many_pages_with_a_large_map(
    address: str, tenant: Tenant, client: Client, loaded: Counter[str]
) -> None:
    def cost() -> int:
        loaded.clear()
        assert client.get(BASE + address).status_code == 200
        return loaded["PageBinding"]

    make(tenant, 0, FEW)
    few = cost()
    make(tenant, FEW, MANY)
    assert cost() == few <= 1


def test_coverage_reads_pages_without_their_items(tenant: Tenant) -> None:
    make(tenant, 0, FEW)
    with scope.tenant(tenant.pk), CaptureQueriesContext(connection) as queries:
        coverage_of(tenant)
    assert len(queries) == 2
    assert not [query["sql"] for query in queries if " JOIN " in query["sql"] or "lowered" in query["sql"]]


def test_the_effect_of_retiring_an_item_reads_its_pages_only(tenant: Tenant, loaded: Counter[str]) -> None:
    make(tenant, 0, MANY)
    with scope.tenant(tenant.pk):
        PageBinding.objects.create(
            tenant=tenant, slug="large-01", version=3, page_path="/large-01", label="x", job_type=item_of(tenant, 0)
        )
        item, other = item_of(tenant, 0), item_of(tenant, 1)
        loaded.clear()
        touched = touched_by(item)
        assert loaded["PageBinding"] == 2
        assert [(page.slug, page.version) for page in touched.pages] == [("large-00", 2), ("large-01", 3)]
        assert len(touched.versions) == 3
        assert not touched_by(other).pages, "its newest version is bound to another item"
        assert len(touched_by(other).versions) == 2


@pytest.mark.parametrize("address", [f"{BASE}pages/", "/ops/contractors/desert-peak/setup/pages"])
def test_each_page_of_the_website_is_on_a_page_of_the_list(
    address: str, tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 5)
    make(tenant, 0, MANY)
    seen: list[str] = []
    link = "?"
    while link:
        page = client.get(address + link).text
        rows = re.findall(r"/titan-map/desert-peak/pages/(large-\d+)", page)
        assert len(rows) <= 5
        seen += rows
        following = re.search(r'href="(\?[^"]+)" rel="next"', page)
        link = following[1] if following else ""
    assert seen == [f"large-{number:02}" for number in range(MANY)]


@pytest.mark.parametrize("address", [f"{BASE}pages/", "/ops/contractors/desert-peak/setup/pages"])
def test_drafts_that_are_not_listed_are_counted(
    address: str, tenant: Tenant, lead_operator: User, client: Client
) -> None:
    content = {"kind": "service", "label": "x", "based_on": 0, "written_by": lead_operator}
    with scope.tenant(tenant.pk):
        for number in range(paging.PAGE_SIZE + 1):
            PageDraft.objects.create(
                tenant=tenant, slug=f"draft-{number}", page_path=f"/draft-{number}", reason="Test.", **content
            )
    assert "1 more draft not listed." in client.get(address).text


def test_gaps_that_are_not_listed_are_counted(tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tenant, 0, FEW)
    with scope.tenant(tenant.pk):
        for number in range(3):
            item = TaxonomyItem.objects.create(tenant=tenant, family=Family.JOB_TYPE, name=f"A gap {number}")
            retired = TaxonomyItem.objects.create(
                tenant=tenant, family=Family.JOB_TYPE, name=f"Gone {number}", active=False
            )
            PageBinding.objects.create(
                tenant=tenant, slug=f"gone-{number}", version=1, page_path=f"/gone-{number}", label="x",
                job_type=retired,
            )  # fmt: skip
        assert item.active
        gaps = len(coverage_of(tenant).gaps)
    monkeypatch.setattr(maps, "MOST_GAPS", 2)
    page = client.get(f"{BASE}coverage").text
    assert f"{gaps - 2} more not listed." in page and "1 more not listed." in page


def test_changes_of_the_setup_that_are_not_listed_are_counted(
    tenant: Tenant, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act_views, "_MOST", 3)
    make(tenant, 0, MANY)
    page = client.get("/ops/contractors/desert-peak/setup/services").text
    assert f"{MANY} changes not published yet" in page and f"Publish {MANY} changes" in page
    assert f"{MANY - 3} more not listed." in page
    assert page.count('<span class="quiet">(job type ') == 3


@pytest.fixture
def large_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_forms, "MOST_CHOICES", 1)


def draft(client: Client, address: str, **changes: str) -> Any:
    typed = {"page_path": "/large", "kind": "service", "label": "x", "based_on": "0", "reason": "A new page."}
    return client.post(f"{BASE}{address}", typed | changes, follow=True)


def drafted(tenant: Tenant, page_path: str) -> PageDraft:
    with scope.tenant(tenant.pk):
        return PageDraft.objects.select_related("job_type").get(tenant=tenant, page_path=page_path)


def test_an_item_of_a_large_family_is_typed(tenant: Tenant, client: Client, large_families: None) -> None:
    make(tenant, 0, MANY)
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(name="Large 07").update(external_id=700)
        TaxonomyItem.objects.filter(name="Large 08").update(active=False)
    page = client.get(f"{BASE}new-page").text
    assert '<input type="text" name="job_type"' in page and "Large 07" not in page
    for number, text in enumerate(("Large 07", " large  07 ", "700")):
        assert draft(client, "new-page", page_path=f"/large-{number}", job_type=text).status_code == 200
        item = drafted(tenant, f"/large-{number}").job_type
        assert item and item.name == "Large 07"
    assert draft(client, "new-page", page_path="/none", job_type="").status_code == 200
    assert drafted(tenant, "/none").job_type is None
    for text, similar in (
        ("large 1", " Similar: Large 10; Large 11; Large 12; Large 13; Large 14."), ("Large 08", ""), ("7" * 5000, "")
    ):  # fmt: skip
        answer = draft(client, "new-page", page_path="/wrong", job_type=text)
        assert answer.status_code == 422
        assert (
            re.findall("No active job type[^<]*", answer.text)[-1]
            == f"No active job type has this name or ID.{similar}"
        )
        assert f'value="{text}"' in answer.text, "the input stays as typed"


def test_a_concurrent_change_of_a_typed_item_is_shown_by_name(
    tenant: Tenant, client: Client, large_families: None
) -> None:
    make(tenant, 0, MANY)
    draft(client, "new-page", job_type="Large 01")
    address = f"drafts/{drafted(tenant, '/large').public_id}/edit"
    page = client.get(BASE + address).text
    assert 'value="Large 01"' in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    with scope.tenant(tenant.pk):
        PageDraft.objects.filter(page_path="/large").update(job_type=item_of(tenant, 2))
    answer = draft(client, address, seen=seen[1], job_type="Large 01")
    assert answer.status_code == 422
    assert "Large 01" in answer.text and 'value="Large 02"' in answer.text
    assert not re.search(r"<(?:del|ins)>\d+<", answer.text)


def test_a_long_text_costs_no_more_with_each_item() -> None:
    items = {number: TaxonomyItem(name=f"Large {number}") for number in range(3000)}
    field = NamedItemField(items=items, family="job type")
    before = time.process_time()
    with pytest.raises(ValidationError):
        field.clean("ß" * 30_000)
    assert time.process_time() - before < 0.5
