"""The hosts of contractors: each shows its own website and nothing else of the product."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from pagetojob import contractor_urls
from pagetojob.platform.body_limits import limit_of
from pagetojob.platform.form_pages import form_page
from pagetojob.platform.tenants import contractor_hosts, hosts, scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import HostKind, LegalText, PreviewLink, PublicHost, Tenant, User
from pagetojob.platform.tenants.public import preview_token
from syncqueue.models import Kind, SyncItem
from syncqueue.services import site
from tests.isolation.addresses import addresses
from tests.isolation.world import settle
from tests.support.factories import make_tenant
from tests.support.visitor import filled_in, leads, shown

pytestmark = pytest.mark.django_db

SUFFIX = "sites.pagetojob.example"
HOST = f"desert-peak.{SUFFIX}"
NAME = "Desert Peak Heating &amp; Air"
OWN = "www.desert-peak.example"


@pytest.fixture(autouse=True)
def suffix(settings: Any) -> None:
    settings.PUBLIC_SUFFIX, settings.PUBLIC_URL = SUFFIX, "http://pagetojob.example"


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"host": HOST})


def connect(tenant: Tenant, operator: User, host: str = OWN, *, verified: bool = True) -> PublicHost:
    with scope.operator(operator, "a test"):
        return PublicHost.objects.create(
            tenant=tenant,
            kind=HostKind.OWN_DOMAIN,
            host=host,
            skeleton=hosts.skeleton(host),
            verified_at=timezone.now() if verified else None,
        )


def test_a_subdomain_shows_the_website_at_its_root(visitor: Client, tenant: Tenant) -> None:
    page = visitor.get("/")
    assert page.status_code == 200 and NAME in page.text
    assert 'href="/ac-repair-phoenix"' in page.text and "/sites/" not in page.text
    assert 'action="/request' in page.text
    assert 'href="http://testserver/"' not in page.text and "PageToJob</a>" in page.text
    assert visitor.get("/ac-repair-phoenix").status_code == 200
    assert visitor.get("/request").status_code == 200


def test_a_request_is_stored_and_leads_to_the_thank_you_page(visitor: Client, tenant: Tenant) -> None:
    visitor.get("/ac-repair-phoenix?utm_source=flyer", headers={"referer": "https://search.example/"})
    answer = visitor.post("/request?page=/ac-repair-phoenix", filled_in())
    (lead,) = leads(tenant)
    assert answer.status_code == 302 and answer["Location"] == f"/requests/{lead.public_id}"
    assert visitor.get(answer["Location"]).status_code == 200
    assert lead.source["landing_url"] == f"http://{HOST}/ac-repair-phoenix?utm_source=flyer"
    assert (lead.source["referrer"], lead.source["utm_source"]) == ("https://search.example/", "flyer")
    with scope.tenant(tenant.pk):
        assert lead.booking_requests.get().page_path == "/ac-repair-phoenix"


@pytest.mark.parametrize(
    ("sent", "page"),
    [
        ("//other.example/sign-in", "/%2Fother.example/sign-in"),
        ("/a?b#c", "/a%3Fb%23c"),
        ("/request", "/request?page=%2Fac-repair-phoenix"),
    ],
)
def test_the_page_of_a_refused_form_is_an_address_of_this_host(tenant: Tenant, sent: str, page: str) -> None:
    """Any address is a page of a contractor's host to the routes."""
    request = RequestFactory().post("/", QUERY_STRING=page.partition("?")[2], HTTP_HOST=HOST)
    request.path_info, request.urlconf = sent, "pagetojob.contractor_urls"
    token = contractor_hosts._current.set(tenant.slug)
    try:
        assert form_page(request) == page
    finally:
        contractor_hosts._current.reset(token)


def test_an_own_domain_is_served_once_dns_proved_it(client: Client, tenant: Tenant, operator: User) -> None:
    host = connect(tenant, operator, verified=False)
    assert client.get("/", headers={"host": OWN}).status_code == 400
    with scope.operator(operator, "a test"):
        PublicHost.objects.filter(pk=host.pk).update(verified_at=timezone.now())
    contractor_hosts.forget()
    page = client.get("/ac-repair-phoenix", headers={"host": OWN})
    assert page.status_code == 200 and NAME in page.text
    with scope.operator(operator, "a test"):
        host.delete()
    contractor_hosts.forget()
    assert client.get("/", headers={"host": OWN}).status_code == 400


@pytest.mark.parametrize("host", [HOST.upper(), f"{HOST}.", f"{HOST}:8443", f"Desert-Peak.{SUFFIX}.:80"])
def test_a_host_is_read_in_every_spelling(client: Client, tenant: Tenant, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


def test_an_international_domain_is_served_in_its_ascii_form(client: Client, tenant: Tenant, operator: User) -> None:
    host = hosts.normalized("www.müller-hvac.example")
    assert host == "www.xn--mller-hvac-9db.example"
    connect(tenant, operator, host)
    assert client.get("/", headers={"host": host}).status_code == 200
    assert client.get("/", headers={"host": "www.müller-hvac.example"}).status_code == 400


@pytest.mark.parametrize(
    "host",
    [
        *(
            "nobody.example",
            f"nobody.{SUFFIX}",
            f"a.desert-peak.{SUFFIX}",
            SUFFIX,
            "testserver.evil.example",
            "",
            "[::1]x",
        ),
        *(f"desert-peak.{SUFFIX}@evil.example", f"desert-peak.{SUFFIX}/x", "desert_peak.example", "xn--.example"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/ops/", "/static/site.css", "/servicetitan-ready-websites"])
def test_an_unknown_host_is_refused_first(client: Client, tenant: Tenant, host: str, path: str) -> None:
    assert client.get(path, headers={"host": host}).status_code == 400


def test_a_forwarded_host_changes_nothing(client: Client, tenant: Tenant) -> None:
    make_tenant(slug="other")
    spoofed = {"x-forwarded-host": f"other.{SUFFIX}", "forwarded": f"host=other.{SUFFIX}"}
    page = client.get("/", headers={"host": HOST, **spoofed})
    assert page.status_code == 200 and NAME in page.text
    assert client.get("/sites/desert-peak/", headers=spoofed).status_code == 200
    assert client.get("/", headers={"host": "nobody.example", "x-forwarded-host": HOST}).status_code == 400


@pytest.mark.parametrize("state", Lifecycle.values)
def test_a_host_follows_the_state_of_its_contractor(client: Client, state: str) -> None:
    tenant = make_tenant(state=state, slug="quetzal", name="Quetzal Plumbing")
    expected = {"draft": 400, "preview": 404, "live": 200, "paused": 200, "closed": 400}
    for path in ("/", "/request"):
        answer = client.get(path, headers={"host": f"quetzal.{SUFFIX}"})
        assert answer.status_code == expected[state]
        assert (tenant.name in answer.text) == (answer.status_code == 200)


@pytest.mark.parametrize(
    ("first", "every"), [(0, 5), *(pytest.param(first, 1, marks=pytest.mark.nightly) for first in (0, 1))]
)
def test_no_other_route_of_the_product_answers(visitor: Client, tenant: Tenant, first: int, every: int) -> None:
    """Addresses of our own host are read or written to: only the files for crawlers exist here.

    All are addresses of one view, the pages of a contractor. A run asks for every fifth, and by night for all.
    """
    ids = settle(make_tenant(slug="other", name="Quetzal"), "Quetzal").ids
    opened = []
    for number, address in enumerate(addresses(), first):
        if number % every:
            continue
        path = address.filled(ids) if address.blanks else f"/{address.route.lstrip('/')}"
        answer = visitor.post(path) if number % 2 else visitor.get(path)
        assert "Quetzal" not in answer.text
        if answer.status_code not in (404, 405):
            opened.append(path)
    opened += [path for path in ("/", "/robots.txt", "/sitemap.xml") if visitor.get(path).status_code == 200]
    assert set(opened) == {"/", "/robots.txt", "/sitemap.xml"}


def test_the_routes_are_those_of_the_website() -> None:
    def names(patterns: Any) -> list[str]:
        listed: list[str] = []
        for pattern in patterns:
            listed += names(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern.name]
            assert isinstance(pattern, URLResolver | URLPattern)
        return listed

    assert names(contractor_urls.urlpatterns) == [
        *("request", "received", "preview", "legal", "color", "logo", "robots", "sitemap", "home", "page"),
    ]
    ours = {address.name.partition(":")[2] for address in addresses() if address.name.startswith("intake:")}
    assert ours - {""} <= set(names(contractor_urls.urlpatterns))


def test_a_contractor_never_sees_another(client: Client, tenant: Tenant) -> None:
    other = make_tenant(slug="other", name="Quetzal Plumbing")
    client.post(f"/sites/{tenant.slug}/request-appointment", filled_in())
    (lead,) = leads(tenant)
    for path in ("/ac-repair-phoenix", f"/requests/{lead.public_id}", "/privacy"):
        assert client.get(path, headers={"host": f"other.{SUFFIX}"}).status_code == 404
    assert NAME not in client.get("/", headers={"host": f"other.{SUFFIX}"}).text
    client.post("/request", filled_in(rendered=shown(slug="other")), headers={"host": f"other.{SUFFIX}"})
    assert len(leads(tenant)) == 1 and len(leads(other)) == 1


def test_no_link_to_another_contractor_can_be_written() -> None:
    token = contractor_hosts._current.set("desert-peak")
    try:
        assert reverse("intake:home", contractor_urls.__name__, ["desert-peak"]) == "/"
        with pytest.raises(NoReverseMatch):
            reverse("intake:home", contractor_urls.__name__, ["other"])
    finally:
        contractor_hosts._current.reset(token)
    assert not contractor_hosts._current.get()
    assert reverse("intake:home", args=["other"]) == "/sites/other/"


def test_files_for_crawlers_name_the_pages_of_their_host(visitor: Client, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=False)
    robots = visitor.get("/robots.txt").text
    assert f"Sitemap: http://{HOST}/sitemap.xml" in robots and "Disallow: /requests/" in robots
    locations = re.findall("<loc>(.+?)</loc>", visitor.get("/sitemap.xml").text)
    assert f"http://{HOST}/" in locations and f"http://{HOST}/ac-repair-phoenix" in locations
    for location in locations:
        assert visitor.get(urlsplit(location).path).status_code == 200
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=True)
    assert "Disallow: /\n" in visitor.get("/robots.txt").text


def test_legal_texts_have_short_addresses(visitor: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        for kind in ("privacy", "terms", "consent"):
            LegalText.objects.create(
                tenant=tenant, kind=kind, version=9, text="We keep it.", published_at=timezone.now()
            )
    assert visitor.get("/privacy").status_code == visitor.get("/terms").status_code == 200
    assert visitor.get("/consent").status_code == 404
    assert 'href="/privacy"' in visitor.get("/").text


@pytest.mark.parametrize("debug", [False, True])
def test_a_missing_page_keeps_the_name_and_number_of_the_business(
    settings: Any, visitor: Client, tenant: Tenant, debug: bool
) -> None:
    settings.DEBUG = debug
    visitor.get("/")
    page = visitor.get("/no-such-page")
    assert page.status_code == 404
    assert NAME in page.text and "(602) 555-0100" in page.text
    assert "Sign in" not in page.text and "Readiness" not in page.text


def test_a_preview_works_on_a_host(client: Client, operator: User) -> None:
    tenant = make_tenant(state=Lifecycle.PREVIEW, slug="soon")
    with scope.operator(operator, "a test"):
        ends = timezone.now() + timedelta(days=1)
        link = PreviewLink.objects.create(tenant=tenant, by=operator, expires_at=ends)
    visitor = Client(headers={"host": f"soon.{SUFFIX}"})
    answer = visitor.get(f"/preview/{preview_token(link)}")
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert visitor.get("/").status_code == 200


def test_https_headers_hold_for_this_host_only(client: Client, tenant: Tenant, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    settings.SECURE_HSTS_PRELOAD = settings.SECURE_SSL_REDIRECT = True
    page = client.get("/", secure=True, headers={"host": HOST})
    assert page["Strict-Transport-Security"] == "max-age=31536000"
    assert client.get("/sites/desert-peak/", secure=True)["Strict-Transport-Security"].endswith("preload")
    plain = client.get("/ac-repair-phoenix?a=b", headers={"host": HOST.upper()})
    assert (plain.status_code, plain["Location"]) == (301, f"https://{HOST}/ac-repair-phoenix?a=b")
    for cookie in page.cookies.values():
        assert not cookie["domain"] and cookie["path"] == "/"


def test_the_form_has_room_for_photos() -> None:
    token = contractor_hosts._current.set("desert-peak")
    try:
        assert limit_of("/request", contractor_urls.__name__) == limit_of("/sites/desert-peak/request-appointment")
        assert limit_of("/ops/", contractor_urls.__name__) == limit_of("/")
    finally:
        contractor_hosts._current.reset(token)


def test_without_a_database_a_known_host_shows_the_number(
    visitor: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert visitor.get("/").status_code == 200
    monkeypatch.setattr(contractor_hosts, "CACHE_SECONDS", 0.0)

    def fail(*_: Any, **__: Any) -> str:
        raise OperationalError("no database")

    monkeypatch.setattr(contractor_hosts, "slug_at", fail)
    monkeypatch.setattr("syncqueue.views.visiting.visit", fail)
    page = visitor.get("/")
    assert page.status_code == 503 and "(602) 555-0100" in page.text
    assert site.last_known("desert-peak")
    unknown = Client(headers={"host": "nobody.example"}, raise_request_exception=False)
    assert unknown.get("/").status_code == 503


def test_a_host_costs_a_query_in_five_seconds(visitor: Client, tenant: Tenant) -> None:
    with CaptureQueriesContext(
        connection,
    ) as first:
        visitor.get("/")
    with CaptureQueriesContext(connection) as second:
        visitor.get("/")
    assert len(first) == len(second) + 1


def test_outbox_items_of_a_host_are_those_of_the_path(visitor: Client, tenant: Tenant) -> None:
    visitor.post("/request", filled_in())
    with scope.tenant(tenant.pk):
        kinds = set(SyncItem.objects.filter(tenant=tenant).values_list("kind", flat=True))
    assert Kind.BUSINESS_NOTIFICATION in kinds


def test_the_resolver_of_hosts_has_its_own_pages_for_errors() -> None:
    resolver = get_resolver(contractor_urls.__name__)
    assert resolver.resolve_error_handler(404).__name__ == "missing_page"
