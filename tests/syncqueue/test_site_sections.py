"""Pages of a contractor's website that no one writes, its structured data, and what the drift monitor reads there."""

import json
import re
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from drift.compare.check import check
from drift.compare.index import Index
from drift.models import Site
from drift.reading.read import read_page
from drift.services.comparable_map import titan_map_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.titanmap.models import Family, PageBinding, PublicItem, TaxonomyItem
from pagetojob.titanmap.publishing import publish, unpublished_changes
from pagetojob.titanmap.services import MapRefused
from syncqueue import structured_data
from syncqueue.services import site
from syncqueue.views.site import SECTIONS
from tests.support.factories import make_taxonomy_item, make_tenant
from tests.support.visitor import FORM, filled_in, leads

SITE = "/sites/desert-peak"
NOON = datetime(2026, 6, 22, 19, 0, tzinfo=UTC)
PROFILE: dict[str, Any] = {
    "trades": ["cooling", "heating"],
    "license_numbers": [{"label": "AZ ROC", "number": "318842"}],
    "other_phones": [{"label": "Billing", "number": "(602) 555-0111"}],
}


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def shop(tenant: Tenant) -> Tenant:
    """The demo tenant with a filled-in profile, holidays, and an offer with dates."""
    with scope.tenant(tenant.pk):
        profile = BusinessProfile.objects.get(tenant=tenant)
        hours = profile.hours | {"holidays": {"2026-07-03": "Independence Day (observed)", "2020-12-25": "Christmas"}}
        BusinessProfile.objects.filter(pk=profile.pk).update(**PROFILE, hours=hours)
        dated(tenant, starts="2026-06-01", ends="2026-09-30")
    return tenant


def dated(tenant: Tenant, **days: Any) -> None:
    offer = TaxonomyItem.objects.get(tenant=tenant, family=Family.OFFER)
    offer.facts |= days
    offer.published = offer.to_publish()
    offer.save()


def add(tenant: Tenant, name: str, **facts: Any) -> TaxonomyItem:
    with scope.tenant(tenant.pk):
        item = make_taxonomy_item(tenant=tenant, name=name, **facts)
        item.published = item.to_publish()
        item.save()
        return item


def pages_of(client: Client, start: str = SITE + "/") -> dict[str, str]:
    """Return every page that can be reached by links, except the form."""
    texts: dict[str, str] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        texts[path] = answer.text
        links = {urlsplit(link).path for link in re.findall(r'href="([^"#]+)"', answer.text)}
        waiting += [link for link in links if link.startswith(start) and link not in {*texts, *waiting}]
    return texts


def graph_of(text: str) -> list[dict[str, Any]]:
    (data,) = re.findall(r'<script type="application/ld\+json">(.+?)</script>', text)
    graph: list[dict[str, Any]] = json.loads(data)["@graph"]
    return graph


def test_the_navigation_leads_to_every_section(client: Client, shop: Tenant) -> None:
    home = client.get(SITE + "/").text
    for section, heading in SECTIONS.items():
        assert f'href="{SITE}/{section}"' in home
        page = client.get(f"{SITE}/{section}").text
        assert f"<h1>{heading}</h1>" in page and 'aria-current="page"' in page


def test_sections_show_what_is_known(client: Client, shop: Tenant) -> None:
    contact, about = client.get(SITE + "/contact").text, client.get(SITE + "/about").text
    for words in ("(602) 555-0100", "(602) 555-0111", "Billing", "Monday to Friday", "License AZ ROC 318842"):
        assert words in contact
    assert "Independence Day (observed)" in contact and "Fri, July 3, 2026" in contact and "Christmas" not in contact
    assert "Air conditioning" in about and "License AZ ROC 318842" in about
    assert f'<a href="{SITE}/ac-repair-phoenix">AC Repair</a>' in about
    offers = client.get(SITE + "/offers").text
    assert "Valid from" in offers and "September 30, 2026" in offers
    assert "License AZ ROC 318842" in client.get(SITE + "/").text.partition("<footer")[2]


@pytest.mark.django_db
def test_a_section_without_data_is_absent(client: Client) -> None:
    tenant = make_tenant(slug="bare", name="Bare")
    home = client.get("/sites/bare/").text
    for section in SECTIONS:
        assert client.get(f"/sites/bare/{section}").status_code == 404
        assert f"/sites/bare/{section}" not in home
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.create(tenant=tenant, phone="(602) 555-0100")
    assert client.get("/sites/bare/contact").status_code == 200
    assert "Licenses" not in client.get("/sites/bare/contact").text


def test_a_title_names_the_business_once(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        PageBinding.objects.create(
            tenant=tenant, slug="by", page_path="/by", label="x", headline=f"Repairs by {tenant.name}"
        )
    assert f"<title>Repairs by {escape(tenant.name)}</title>" in client.get(SITE + "/by").text


def test_a_written_page_takes_the_place_of_a_section(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        PageBinding.objects.create(tenant=tenant, slug="about", page_path="/about", label="x", headline="Who we are")
    assert "<h1>Who we are</h1>" in client.get(SITE + "/about").text


def test_a_service_without_a_written_page_has_a_page_with_its_form(client: Client, tenant: Tenant) -> None:
    add(tenant, "Duct Cleaning & Sealing")
    page = client.get(SITE + "/services/duct-cleaning-sealing").text
    assert "<h1>Duct Cleaning &amp; Sealing</h1>" in page
    assert '<option value="Duct Cleaning &amp; Sealing" selected>' in page
    assert client.get(SITE + "/services/no-such").status_code == 404
    assert client.get(SITE + "/services/ac-repair")["Location"] == SITE + "/ac-repair-phoenix"


def test_a_request_from_a_page_from_the_map_names_its_page(client: Client, tenant: Tenant) -> None:
    add(tenant, "Duct Cleaning")
    (action,) = re.findall(r'<form[^>]+action="([^"]+)"', client.get(SITE + "/services/duct-cleaning").text)
    client.post(action, filled_in(service="Duct Cleaning"))
    client.post(FORM + "?page=/services/made-up", filled_in())
    with scope.tenant(tenant.pk):
        paths = [lead.booking_requests.get().page_path for lead in leads(tenant)]
    assert paths == ["/services/duct-cleaning", FORM]


@pytest.mark.parametrize(("state", "has_form"), [("active", True), ("paused", False), ("emergency only", True)])
def test_an_area_without_a_written_page_follows_its_state(
    client: Client, tenant: Tenant, state: str, has_form: bool
) -> None:
    add(tenant, "Cave Creek", family=Family.ZONE, zone_state=state)
    page = client.get(SITE + "/areas/cave-creek").text
    assert "<h1>Cave Creek</h1>" in page
    assert ('name="message"' in page) is has_form


@pytest.mark.parametrize("days", [{"ends": "2026-06-21"}, {"starts": "2026-06-23"}])
def test_an_offer_is_shown_only_on_its_days(client: Client, tenant: Tenant, days: dict[str, str]) -> None:
    assert "Current offer" in client.get(SITE + "/").text
    with scope.tenant(tenant.pk):
        dated(tenant, **days)
    site.forget()
    home = client.get(SITE + "/").text
    assert "Current offer" not in home and f'href="{SITE}/offers"' not in home
    assert client.get(SITE + "/offers").status_code == 404
    assert "Offer terms" not in client.get(SITE + "/offers/summer-cooling-check").text


def test_dates_of_an_offer_are_public_only_once_published(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        offer = TaxonomyItem.objects.get(tenant=tenant, family=Family.OFFER)
        before = offer.is_unpublished
        offer.facts |= {"ends": "2026-09-30"}
        offer.save()
        assert (before, offer.is_unpublished) == (False, True)
    assert "September 30" not in client.get(SITE + "/offers").text


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ({"price": "79.00"}, "$79"),
        ({"price": "1250.50"}, "$1,250.50"),
        ({"amount_off": "50.00"}, "$50 off"),
        ({"percent_off": "15"}, "15% off"),
        ({"free": True}, "Free"),
        ({"free": False}, ""),
    ],
)
def test_an_offer_shows_its_published_value_and_the_drift_monitor_agrees(
    client: Client, shop: Tenant, facts: dict[str, Any], value: str
) -> None:
    with scope.tenant(shop.pk):
        dated(shop, **facts, audience="new customers")
        assert not unpublished_changes(shop)
    for path in ("/offers", "/offers/summer-cooling-check"):
        page = client.get(SITE + path).text
        assert (f'<p class="offer__value">{value}</p>' in page) == bool(value) and "For new customers." in page
    (offer,) = [node for node in graph_of(page) if node["@type"] == "Offer"]
    assert (offer.get("price"), offer.get("priceCurrency")) == (facts.get("price"), "USD" if "price" in facts else None)
    assert_reads_back(client, shop)


def test_a_new_value_of_an_offer_is_public_only_once_published(client: Client, shop: Tenant, operator: User) -> None:
    with scope.tenant(shop.pk):
        dated(shop, price="79.00")
        offer = TaxonomyItem.objects.get(tenant=shop, family=Family.OFFER)
        offer.facts |= {"price": "89.00"}
        offer.save()
        assert [change.id for change in unpublished_changes(shop)] == [offer.pk] and offer.is_unpublished
    assert "$79" in client.get(SITE + "/offers").text
    with scope.tenant(shop.pk):
        publish(shop, by=operator, reason="The owner raised the price.")
    page = client.get(SITE + "/offers").text
    assert "$89" in page and "$79" not in page


@pytest.mark.parametrize(
    ("name", "is_refused"), [("Cooling check $89", True), ("Cooling check for $79, not $129", False)]
)
def test_an_offer_whose_name_states_another_value_is_not_published(
    shop: Tenant, operator: User, name: str, is_refused: bool
) -> None:
    with scope.tenant(shop.pk):
        TaxonomyItem.objects.filter(tenant=shop, family=Family.OFFER).update(name=name, facts={"price": "79.00"})
        with pytest.raises(MapRefused, match="states another value than") if is_refused else nullcontext():
            publish(shop, by=operator, reason="The owner agreed.")


def test_values_that_a_newer_release_published_are_left_out() -> None:
    shown = PublicItem.of({"name": "Check", "detail": "", "active": True, "zone_state": "", "color": "red"})
    assert (shown.name, shown.value) == ("Check", "")


def test_the_drift_monitor_reads_back_what_the_map_contains(client: Client, shop: Tenant) -> None:
    kinds = assert_reads_back(client, shop)
    assert {"phone", "hours", "service", "area_city", "license"} <= kinds


def assert_reads_back(client: Client, shop: Tenant) -> set[str]:
    """Assert that what the pages show is what the map contains, in words and in structured data: no finding.

    Return the kinds of facts that were read.
    """
    with scope.tenant(shop.pk):
        titan_map = titan_map_of(Site(tenant=shop, base_url="https://desert-peak.example/"))
    index = Index(titan_map, NOON.date())
    pages = {path.removeprefix(SITE): text for path, text in pages_of(client).items()}
    facts = {
        path: read_page(text.encode(), today=NOON.date(), page=path, known=index.known) for path, text in pages.items()
    }
    result = check(index, facts)
    assert [(finding.page, finding.rule, finding.fact, finding.quote) for finding in result.findings] == []
    return {fact.kind.value for page in facts.values() for fact in page}


def test_structured_data_alone_agrees_with_the_map(client: Client, shop: Tenant) -> None:
    with scope.tenant(shop.pk):
        titan_map = titan_map_of(Site(tenant=shop, base_url="https://desert-peak.example/"))
    index = Index(titan_map, NOON.date())
    data = re.findall(r'<script type="application/ld.json">.+?</script>', client.get(SITE + "/").text)
    page = f"<!doctype html><title>x</title><body>{data[0]}</body>".encode()
    facts = read_page(page, today=NOON.date(), known=index.known)
    assert {fact.kind.value for fact in facts} >= {"phone", "hours", "service", "area_city"}
    assert {fact.value for fact in facts if fact.kind == "area_city"} >= {"Phoenix", "Tempe", "Queen Creek"}
    assert not {"Buckeye", "Gold Canyon"} & {fact.value for fact in facts}, "paused, and for emergencies only"
    assert not check(index, {"/": facts}).findings


def test_structured_data_names_only_the_services_of_its_page(client: Client, shop: Tenant) -> None:
    def services(path: str) -> set[str]:
        return {node["name"] for node in graph_of(client.get(SITE + path).text) if node["@type"] == "Service"}

    assert services("/") == services("/services") == {"AC Repair", "Maintenance Tune-Up"}
    assert services("/maintenance-tune-up") == {"Maintenance Tune-Up"}
    assert services("/contact") == set()
    (offer,) = [node for node in graph_of(client.get(SITE + "/offers").text) if node["@type"] == "Offer"]
    assert (offer["validFrom"], offer["validThrough"]) == ("2026-06-01", "2026-09-30")


BUSINESS = structured_data.Business(name="Shop", address="https://shop.example")


@pytest.mark.parametrize(
    ("trades", "expected"),
    [
        ([], "LocalBusiness"),
        (["heating", "cooling"], "HVACBusiness"),
        (["plumbing", "pools"], "Plumber"),
        (["electrical", "roofing"], ["Electrician", "RoofingContractor"]),
        (["pest control"], "HomeAndConstructionBusiness"),
    ],
)
def test_the_type_follows_the_trades(trades: list[str], expected: Any) -> None:
    assert structured_data._type(trades) == expected


def test_structured_data_has_nothing_empty_and_ends_no_script() -> None:
    (node,) = json.loads(structured_data.script(BUSINESS))["@graph"]
    assert set(node) == {"@type", "@id", "name", "url"}
    hostile = structured_data.Business(name="</script><!--&", address="https://shop.example")
    assert "<" not in structured_data.script(hostile)
    assert json.loads(structured_data.script(hostile))["@graph"][0]["name"] == "</script><!--&"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [([["00:00", "24:00"]], ("00:00", "23:59")), ([["18:00", "02:00"]], ("18:00", "02:00"))],
)
def test_hours_are_written_as_schema_org_reads_them(spans: Any, expected: tuple[str, str]) -> None:
    (node,) = structured_data._hours({"mon": spans, "tue": spans})
    assert node["dayOfWeek"] == ["Monday", "Tuesday"] and (node["opens"], node["closes"]) == expected


def test_each_page_names_its_canonical_address(client: Client, shop: Tenant, settings: Any) -> None:
    page = client.get(SITE + "/contact").text
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}{SITE}/contact">' in page
    assert f'<meta property="og:url" content="{settings.PUBLIC_URL}{SITE}/contact">' in page
    settings.PUBLIC_SUFFIX, settings.PUBLIC_URL = "sites.example", "https://www.example"
    page = client.get(SITE + "/contact").text
    assert '<link rel="canonical" href="https://desert-peak.sites.example/contact">' in page


def test_a_paused_website_keeps_its_sections_with_the_number(client: Client, shop: Tenant) -> None:
    Tenant.objects.filter(pk=shop.pk).update(state=Lifecycle.PAUSED, version=shop.version + 1)
    for section in SECTIONS:
        page = client.get(f"{SITE}/{section}").text
        assert (
            "Online requests are paused. Please call (602) 555-0100." in page and "Request an appointment" not in page
        )


@pytest.mark.parametrize("path", ["/", "/services", "/areas", "/offers", "/about", "/contact", "/ac-repair-phoenix"])
def test_a_page_costs_ten_queries_at_most(client: Client, shop: Tenant, path: str) -> None:
    client.get(SITE + path)
    for number in range(20):
        add(shop, f"Service {number}")
    with CaptureQueriesContext(connection) as queries:
        client.get(SITE + path)
    assert len([query for query in queries if query["sql"].startswith("SELECT")]) <= 10
