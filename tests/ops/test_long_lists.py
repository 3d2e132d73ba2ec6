"""Lists that grow without a limit: each row is on a page, and a page costs the same with many rows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attribution.models import OutcomeKind, Packet
from drift import selectors
from drift.models import RulePause
from pagetojob.gates.registry import Environment
from pagetojob.importer.uploads import take_upload
from pagetojob.onboarding.models import DomainCheck
from pagetojob.platform import paging
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.retention.models import SubjectRequest
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.titanmap.importing import target_slug
from pagetojob.titanmap.models import Family
from syncqueue.inbox.verifiers import Scheme
from syncqueue.models import HookKey, HookRoute
from tests.attribution.months import OCTOBER, Shop
from tests.support.factories import make_tenant, make_user

PAGE_SIZE = 5
#: Three pages: a first, a middle and a last one.
FEW, MANY = 2, 11


def a_contractor(tenant: Tenant, by: User, number: int) -> None:
    make_tenant(slug=f"long-{number}")


def a_route(tenant: Tenant, by: User, number: int) -> None:
    other = make_tenant(slug=f"long-{number}")
    with scope.tenant(other.pk):
        account = Connection.objects.create(tenant=other, environment=Environment.SIMULATOR)
        route = HookRoute(tenant=other, connection=account, scheme=Scheme.STANDARD.value, public_id=account.public_id)
        route.save(force_insert=True)
        HookKey.objects.create(tenant=other, route=route, slot="key a", standing="next", fingerprint=f"print-{number}")


def a_domain(tenant: Tenant, by: User, number: int) -> None:
    with scope.operator(by, "test"):
        DomainCheck.objects.create(tenant=tenant, domain=f"long-{number}.example", token="0" * 32)


def a_person(tenant: Tenant, by: User, number: int) -> None:
    with scope.operator(by, "test"):
        SubjectRequest.objects.create(
            tenant=tenant, kind="erasure", opened_by=by, due_on=timezone.now().date(), name="A"
        )


def an_import(tenant: Tenant, by: User, number: int) -> None:
    content, target = BytesIO(f"name\nOffer {number}".encode()), target_slug(Family.OFFER)
    with scope.tenant(tenant.pk):
        take_upload(tenant=tenant, target=target, content=content, name="offers.csv", actor=by)


def an_export(tenant: Tenant, by: User, number: int) -> None:
    Shop(tenant).file(OutcomeKind.JOBS, note=str(number))


def a_packet(tenant: Tenant, by: User, number: int) -> None:
    with scope.tenant(tenant.pk):
        period = {"first_month": OCTOBER, "last_month": OCTOBER}
        Packet.objects.create(tenant=tenant, inputs="{}", inputs_sha256=f"{number:064}", asked_by=by, **period)


@dataclass(frozen=True)
class LongList:
    """A page, the row that it lists, and the part of a link that tells a row from the others."""

    address: str
    make: Callable[[Tenant, User, int], None]
    row: str


LISTS = {
    "sites": LongList("/ops/drift/", a_contractor, r"/ops/drift/sites/(long-\d+)"),
    "contractors of retention": LongList("/ops/retention/", a_contractor, r"/ops/retention/(long-\d+)/"),
    "domains": LongList("/ops/domains/", a_domain, r">(long-\d+\.example)<"),
    "requests of people": LongList(
        "/ops/retention/desert-peak/requests/", a_person, r"/ops/retention/desert-peak/requests/([\w-]{36})"
    ),
    "keys": LongList("/ops/inbox/keys", a_route, r"/ops/inbox/keys/([\w-]{36})"),
    "imports": LongList("/ops/titan-map/desert-peak/imports/", an_import, r"/imports/([\w-]{36})"),
    "exports": LongList("/ops/attribution/desert-peak/files", an_export, r"/files/([\w-]{36})"),
    "packets": LongList("/ops/attribution/desert-peak/packets/", a_packet, r"/packets/([\w-]{36})"),
}


@pytest.fixture
def client(lead_operator: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(paging, "PAGE_SIZE", PAGE_SIZE)
    client.force_login(lead_operator)
    return client


def make(tenant: Tenant, listed: LongList, first: int, last: int) -> None:
    by = make_user(ops_role="operator")
    for number in range(first, last):
        listed.make(tenant, by, number)


@pytest.mark.parametrize("name", LISTS)
def test_each_row_is_on_a_page(name: str, tenant: Tenant, client: Client) -> None:
    listed = LISTS[name]
    make(tenant, listed, 0, MANY)
    seen: list[str] = []
    link = "?"
    while link:
        page = client.get(listed.address + link).text
        rows = list(dict.fromkeys(re.findall(listed.row, page)))
        assert len(rows) <= PAGE_SIZE
        seen += rows
        following = re.search(r'href="(\?[^"]+)" rel="next"', page)
        link = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == MANY


@pytest.mark.parametrize("name", LISTS)
def test_a_page_costs_the_same_with_many_rows(name: str, tenant: Tenant, client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LISTS[name].address).status_code == 200
        return len(queries)

    make(tenant, LISTS[name], 0, FEW)
    cost()  # what the process reads once
    few = cost()
    make(tenant, LISTS[name], FEW, MANY)
    assert cost() == few


def test_each_route_is_shown_with_its_key(tenant: Tenant, client: Client) -> None:
    make(tenant, LISTS["keys"], 0, FEW)
    sections = client.get("/ops/inbox/keys").text.split("<section")[1:]
    assert [re.findall(r"print-\d", section) for section in sections] == [["print-0"], ["print-1"]]


def test_paused_rules_are_listed_up_to_a_limit_and_for_the_chosen_contractor(
    lead_operator: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST_PAUSES", 2)
    for number in range(3):
        other = make_tenant(slug=f"long-{number}", name=f"Shop {number}")
        with scope.operator(lead_operator, "test"):
            RulePause.objects.create(tenant=other, rule="price_mismatch", false_alarms=3, judged=4)
    paused = r"is paused for (Shop \d)"
    page = client.get("/ops/drift/").text
    assert re.findall(paused, page) == ["Shop 0", "Shop 1"]
    assert "Choose a contractor to see its own." in page
    page = client.get("/ops/drift/?tenant=long-2").text
    assert re.findall(paused, page) == ["Shop 2"]
    assert "Choose a contractor to see its own." not in page
    assert re.findall(r"/ops/drift/sites/([\w-]+)", page) == ["long-2"]


def test_pages_of_sites_keep_the_filters_and_their_place(tenant: Tenant, client: Client) -> None:
    make(tenant, LISTS["sites"], 0, MANY)
    assert 'href="?page=2&amp;state=asked#sites" rel="next"' in client.get("/ops/drift/?state=asked").text
