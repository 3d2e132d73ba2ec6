"""Serving of pages: disclaimers, cached copies, 304, both encodings, and machine-readable files."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver, reverse
from pytest_django import DjangoAssertNumQueries

from pagetojob.claims.models import Disclaimer
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.roles import StaffRole
from readiness import models
from readiness.services.current import current
from readiness.views.render import serve, takes_gzip
from tests.readiness.reading import PAGE, read
from tests.support.cast import SignIn
from tests.support.factories import make_tenant, make_user

ROOT = "/servicetitan-ready-websites/"
pytestmark = pytest.mark.usefixtures("pack")

#: Values for each part of an address. A new part needs an entry, and then its pages are tested too.
SAMPLES: dict[str, list[object]] = {
    "slug": ["api-readiness", "no-such-page"],
    "number": [1, 999],
    "before": [1],
    "sha256": ["0" * 64],
    "token": ["no-such-link"],
    "anchor": ["no-such-line"],
    "pk": [1],
}


def names() -> Iterator[URLPattern]:
    resolver: Any = next(
        entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "readiness"
    )
    yield from resolver.url_patterns


def sample_addresses() -> Iterator[str]:
    """Return at least one address for every URL name of the section."""
    for pattern in names():
        parts = [part for part in pattern.pattern.regex.groupindex if part not in pattern.default_args]
        for at in range(2):
            values = [SAMPLES[part][min(at, len(SAMPLES[part]) - 1)] for part in parts]
            yield reverse(f"readiness:{pattern.name}", args=values)


def test_every_html_page_of_the_section_carries_every_disclaimer(client: Client) -> None:
    looked_at = set()
    for address in sample_addresses():
        answer = client.get(address, follow=True)
        if answer.status_code == 405:
            answer = client.post(address)
        assert answer.status_code in {200, 400, 404, 409, 422, 503}, address
        if answer.get("Content-Type", "").startswith("text/html"):
            for disclaimer in Disclaimer.objects.all():
                assert disclaimer.text in answer.text, address
            looked_at.add(address)
    assert {ROOT, PAGE, f"{ROOT}no-such-page"} <= looked_at


def test_readers_can_only_read(client: Client) -> None:
    for address in (PAGE, ROOT, f"{PAGE}.json", "/robots.txt", "/sitemap.xml"):
        assert client.head(address).status_code == 200
        assert client.post(address).status_code == 405
        assert client.get(address)["Cache-Control"] == "no-cache"


def test_who_has_no_token_hears_what_is_wrong() -> None:
    strict = Client(enforce_csrf_checks=True)
    for address in (PAGE, f"{ROOT}changes", f"{ROOT}search", "/robots.txt"):
        for ask in (strict.post, strict.put, strict.delete):
            assert ask(address).status_code == 405, address


def test_the_address_without_its_slash_leads_on(client: Client) -> None:
    assert client.get(ROOT.rstrip("/"))["Location"] == ROOT


def test_a_cached_page_is_independent_of_the_user(client: Client) -> None:
    answer = client.get(PAGE)
    assert not answer.cookies
    assert answer["Vary"] == "Accept-Encoding"
    assert "csrfmiddlewaretoken" not in answer.text
    assert "nonce" not in answer.text


def test_whoever_holds_a_page_gets_304_and_no_body(client: Client) -> None:
    first = client.get(PAGE)
    tag, changed = first["ETag"], first["Last-Modified"]
    for headers in (
        {"if-none-match": tag},
        {"if-none-match": f"W/{tag}"},
        {"if-none-match": f'"other", {tag}, W/"third"'},
        {"if-none-match": "*"},
        {"if-modified-since": changed},
        {"if-none-match": tag, "if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ):
        for ask in (client.get, client.head):
            answer = ask(PAGE, headers=headers)
            assert (answer.status_code, answer.content) == (304, b""), headers
            assert answer["ETag"] == tag
            assert "no-cache" in answer["Cache-Control"]
            assert answer["Vary"] == "Accept-Encoding"
            assert "Content-Type" not in answer


def test_a_client_with_another_page_gets_the_new_page(client: Client) -> None:
    changed = client.get(PAGE)["Last-Modified"]
    for headers in (
        {"if-none-match": '"other"'},
        {"if-none-match": '"other"', "if-modified-since": changed},
        {"if-none-match": "no tag at all"},
        {"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
    ):
        assert client.get(PAGE, headers=headers).status_code == 200, headers
    assert client.get(PAGE, headers={"if-match": '"other"'}).status_code == 412


def test_a_cached_page_has_every_header_and_loads_no_user(
    client: Client,
    signed_in: SignIn,
    settings: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    staff = signed_in(make_user(staff_role=StaffRole.EDITOR))
    cache.clear()
    made = client.get(PAGE)
    with django_assert_num_queries(1):  # for the version, and none for the user's session
        cached = staff.get(PAGE)
    assert cached.content == made.content
    assert {name for name, _ in cached.items()} == {name for name, _ in made.items()}
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Content-Length"):
        assert cached[name] == made[name], name
    assert client.get(PAGE, headers={"host": "elsewhere.example"}).status_code == 400
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(PAGE).status_code == 301


def test_only_plain_page_views_are_served_early(client: Client) -> None:
    client.get(PAGE)
    assert client.options(PAGE).status_code == 405
    assert client.post(PAGE).status_code == 405
    assert client.get(f"{ROOT}changes").text != client.get(f"{ROOT}changes?before=2").text


def test_no_cached_page_is_served_on_the_host_of_a_contractor(client: Client, settings: Any) -> None:
    settings.PUBLIC_SUFFIX, settings.PUBLIC_URL = "sites.pagetojob.example", "http://pagetojob.example"
    make_tenant(slug="quetzal", state=Lifecycle.LIVE)
    host = {"host": "quetzal.sites.pagetojob.example"}
    assert client.get(PAGE).status_code == 200
    assert client.get("/", headers=host).status_code == 200
    assert client.get(PAGE, headers=host).status_code == 404


def test_an_edit_ends_what_readers_hold(client: Client) -> None:
    first = client.get(PAGE)
    models.ChecklistItem.objects.filter(slug="scope-to-feature-map").update(title="Another name")
    answer = client.get(PAGE, headers={"if-none-match": first["ETag"]})
    assert answer.status_code == 200
    assert "Another name" in answer.text
    assert answer["ETag"] != first["ETag"]
    assert parsedate_to_datetime(answer["Last-Modified"]) >= parsedate_to_datetime(first["Last-Modified"])


def test_packed_and_plain_are_the_same_page_under_two_tags(client: Client) -> None:
    plain, packed = client.get(PAGE), client.get(PAGE, headers={"accept-encoding": "gzip, deflate, br"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 4
    assert plain["ETag"] != packed["ETag"]
    again = client.get(PAGE, headers={"accept-encoding": "gzip", "if-none-match": packed["ETag"]})
    assert again.status_code == 304
    assert "Content-Encoding" not in again
    assert client.get(PAGE, headers={"if-none-match": packed["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        *[("gzip", True), ("br;q=1.0, gzip;q=0.8", True), ("gzip;q=0.001", True), ("deflate, gzip", True)],
        *[("", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.000, br", False), ("*", False)],
    ],
)
def test_who_takes_gzip(accepted: str, packed: bool) -> None:
    assert takes_gzip(accepted) is packed


def test_head_matches_get(client: Client) -> None:
    head, get = client.head(PAGE), client.get(PAGE)
    assert head.content == b""
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length", "Cache-Control", "Vary"):
        assert head[name] == get[name], name


def test_a_page_with_live_content_is_rerendered(monkeypatch: pytest.MonkeyPatch) -> None:
    request, made, now = RequestFactory().get("/"), [], 1_000_000.0
    cache.clear()
    monkeypatch.setattr("time.time", lambda: now)

    def make() -> str:
        made.append(now)
        return f"made {len(made)}"

    for passed in (0, 1, 5, 6, 11):
        now = 1_000_000.0 + passed
        answer = serve(request, ("live",), make, last_modified=datetime(2026, 6, 1, tzinfo=UTC), seconds=5)
        assert "Last-Modified" not in answer
    assert len(made) == 3


def test_what_is_not_there_is_a_page_with_search_and_a_way_on(client: Client) -> None:
    answer = client.get(f"{ROOT}no-such-page")
    assert answer.status_code == 404
    page = read(answer.text)
    assert "This page does not exist in this version of the pack." in page.text
    assert PAGE in page.links
    assert 'role="search"' in answer.text
    assert client.get(f"{ROOT}no-such-page.json").status_code == 404


def test_a_page_has_metadata(client: Client) -> None:
    html = client.get(PAGE).text
    page = current().pages["api-readiness"]
    for line in (
        f'<link rel="canonical" href="{settings.PUBLIC_URL}{PAGE}">',
        f'<meta name="description" content="{page.intro}">',
        f'<meta property="og:title" content="{page.heading}">',
        f'<meta property="og:description" content="{page.intro}">',
        f'<meta property="og:url" content="{settings.PUBLIC_URL}{PAGE}">',
        '<meta property="og:type" content="article">',
        '<meta property="og:site_name" content="PageToJob">',
        f'href="{PAGE}.json"',
        'type="application/atom+xml"',
        "<title>API readiness · PageToJob</title>",
    ):
        assert line in html, line
    assert "noindex" not in html
    assert '<meta property="og:type" content="website">' in client.get(ROOT).text


def test_robots_txt_lists_closed_paths_and_the_sitemap(client: Client) -> None:
    answer = client.get("/robots.txt")
    lines = answer.text.splitlines()
    assert answer["Content-Type"].startswith("text/plain")
    assert lines[:2] == ["User-agent: *", f"Allow: {ROOT}"]
    assert {"Disallow: /ops/", "Disallow: /admin/", "Disallow: /account/", "Disallow: /api/"} <= set(lines)
    assert lines[-1] == f"Sitemap: {settings.PUBLIC_URL}/sitemap.xml"


def test_the_map_lists_every_page_and_when_it_changed(client: Client) -> None:
    answer = client.get("/sitemap.xml")
    assert answer["Content-Type"] == "application/xml"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    listed = {
        entry.findtext(f"{space}loc"): datetime.fromisoformat(entry.findtext(f"{space}lastmod") or "")
        for entry in ElementTree.fromstring(answer.text)
    }
    pages = current().pages
    assert listed == {
        settings.PUBLIC_URL + (ROOT if slug == "landing" else f"{ROOT}{slug}"): page.changed_at
        for slug, page in pages.items()
    }
    assert f"{settings.PUBLIC_URL}{PAGE}" in listed


def test_the_document_holds_every_row_and_figure(client: Client) -> None:
    data = client.get(f"{PAGE}.json").json()
    assert data["schema"] == "pagetojob.pack-page/1"
    assert data["version"]["number"] == current().number
    assert data["counters"]["shown"] == [
        {"label": "ready now", "value": 5},
        {"label": "engineering required", "value": 3},
        {"label": "partner gated", "value": 2},
        {"label": "runbooks", "value": 4},
    ]
    assert data["counters"]["statuses"]["customer required"] == 1
    assert data["counters"]["statuses_span"] == ["checklist", "materials"]
    rows = {section["slug"]: section["rows"] for section in data["sections"]}
    parts = ("checklist", "boundaries", "runbooks", "materials", "claims", "disclaimers")
    assert [len(rows[part]) for part in parts] == [7, 4, 4, 4, 5, 4]
    assert [field["name"] for field in rows["runbooks"][0]["fields"]] == ["trigger", "steps", "promise"]
    assert len(data["disclaimers"]) == 4


def test_every_page_is_data_too(client: Client) -> None:
    for slug, page in current().pages.items():
        data = client.get(f"{ROOT}{slug}.json").json()
        assert data["page"]["heading"] == page.heading
        assert [len(section["rows"]) for section in data["sections"]] == [len(part.rows) for part in page.sections]
