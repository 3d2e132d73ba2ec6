"""Reading a site: politely, within its borders, and honestly about what was not read."""

from collections.abc import Generator
from typing import Any

import pytest

from drift.crawl import links, page_addresses
from drift.crawl.robots import Rules
from drift.models import PageState, ReadingPage, Site, SiteReading, Snapshot
from drift.services import reading
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.runs.services import cancel_run, claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.drift import make_site, page, read, say_page, work_off
from tests.support.hostile import Hostile, hostile, plain, to, zipped

BASE = "https://shop.example/site/"


@pytest.fixture
def server(settings: Any) -> Generator[Hostile]:
    with hostile() as one:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{one.port}"]
        yield one


@pytest.fixture
def site(tenant: Tenant, server: Hostile) -> Site:
    return make_site(tenant, server)


def pages_of(one: SiteReading) -> dict[str, tuple[str, str]]:
    with scope.worker():
        return {row.page: (row.state, row.why) for row in ReadingPage.objects.filter(reading=one)}


def asked(server: Hostile) -> list[str]:
    return [request.split(" ")[1] for request in server.heard]


@pytest.mark.parametrize(
    ("url", "page_path"),
    [
        (BASE, "/"),
        ("https://shop.example/site", "/"),
        ("https://SHOP.example:443/site/ac-repair/?utm_source=x#top", "/ac-repair"),
        ("https://shop.example/other", None),
        ("https://shop.example/sitemap", None),
        ("http://shop.example/site/x", None),
        ("https://shop.example:8443/site/x", None),
        ("https://a@shop.example/site/x", None),
        ("https://shop.example.evil.example/site/x", None),
        ("https://shop.example/site/../admin", None),
        ("https://shop.example/site/menu.PDF", None),
        ("mailto:a@shop.example", None),
    ],
)
def test_a_page_of_the_site_is_below_its_beginning(url: str, page_path: str | None) -> None:
    assert page_addresses.page_of(url, BASE) == page_path


def test_links_are_addresses_of_the_web_each_once() -> None:
    html = (
        '<base href="/site/"><a href="a?x=1">A</a><a href="a#b">B</a><a href="javascript:x()">C</a>'
        '<a href="http://[">D</a><a rel="ugc nofollow" href="n">E</a>'
    )
    assert links.links(html, "https://shop.example/") == ["https://shop.example/site/a"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\x1f\x8b\x08broken",
        zipped(b" " * 11_000_000),
        zipped(b"<urlset/>")[:-9],
        b'<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>',
    ],
)
def test_what_is_no_sitemap_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="no sitemap"):
        links.sitemap(body)


def test_robots_shut_pages_and_ask_for_pauses() -> None:
    rules = Rules("User-agent: pagetojob\nDisallow: /private\nCrawl-delay: 3\n")
    assert (rules.allows(BASE), rules.allows("https://shop.example/private/x"), rules.pause) == (True, False, 3.0)
    assert Rules("").allows("https://shop.example/private/x")


def test_the_site_is_read_by_links_sitemap_and_bindings(site: Site, server: Hostile, operator: User) -> None:
    home = f"http://127.0.0.1:{server.port}"
    sitemap = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{home}/only-in-sitemap</loc></url></urlset>"
    server.say("/robots.txt", plain(b"User-agent: *\nDisallow: /shut\n"))
    server.say("/sitemap.xml", plain(sitemap.encode()))
    say_page(server, "/", page("Hello", "<a href='/a'>A</a><a href='/shut'>B</a><a href='https://example.com/'>C</a>"))
    for path in ("/a", "/only-in-sitemap", "/ac-repair-phoenix"):
        say_page(server, path, page(f"AC repair here, {path}"))
    one = read(site, operator)
    found = pages_of(one)
    assert {name for name, (state, _) in found.items() if state == PageState.READ} == {
        "/", "/a", "/only-in-sitemap", "/ac-repair-phoenix",
    }  # fmt: skip
    assert found["/shut"] == (PageState.NOT_READ, "robots.txt asks us not to read it.")
    assert "/shut" not in asked(server)
    # Bound pages that this site does not have: looked for, and named.
    assert found["/areas/buckeye"][0] == PageState.GONE
    assert one.ended_at is not None and one.pages_read == 4 and one.pages_not_read == len(one.not_read)


def test_a_page_that_has_not_changed_is_not_sent_again_and_shares_its_snapshot(
    site: Site, server: Hostile, operator: User
) -> None:
    say_page(server, "/", page("AC repair"), 'ETag: "one"')
    read(site, operator)
    server.say("/", plain(b"", status="304 Not Modified"))
    one = read(site, operator)
    assert any('if-none-match: "one"' in request.lower() for request in server.heard)
    assert pages_of(one)["/"][0] == PageState.UNCHANGED and one.facts > 0
    with scope.worker():
        assert Snapshot.objects.filter(page="/").count() == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (to("https://example.com/"), "leads to https://example.com/"),
        (to("http://127.0.0.1/inside"), "leads to http://127.0.0.1/inside"),
        (to("http://169.254.169.254/latest/meta-data/"), "leads to http://169.254.169.254"),
        (to("http://10.0.0.7/"), "leads to http://10.0.0.7/"),
        (to("file:///etc/passwd"), "Only http and https"),
        (to("/shut"), "which we may not read"),
        (to("/on1"), "leads on more than 5 times"),
        (plain(b"<p>AC repair</p>" * 700_000), "too large"),
        (plain(zipped(b"<p>AC</p>")[:20], "Content-Encoding: gzip"), "is incomplete"),
        (to("/x"), "form a loop"),
        (plain(b"%PDF-1.7", "Content-Type: application/pdf"), "application/pdf"),
        (plain(zipped(b"0" * 20_000_000), "Content-Encoding: gzip"), "too large"),
        (plain(b"x", status="403 Forbidden"), "status 403"),
        (plain(b"\x89PNG" + bytes(100)), "PNG picture"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_else_is_lost(
    site: Site, server: Hostile, operator: User, answer: bytes, why: str
) -> None:
    server.say("/robots.txt", plain(b"User-agent: *\nDisallow: /shut\n"))
    for at in range(1, 12):  # leads on for ever, and never to where it was
        server.say(f"/on{at}", to(f"/on{at + 1}"))
    say_page(server, "/", page("AC repair", "<a href='/x'>X</a><a href='/y'>Y</a>"))
    server.say("/x", answer)
    say_page(server, "/y", page("Furnace repair"))
    one = read(site, operator)
    found = pages_of(one)
    assert found["/x"][0] == PageState.NOT_READ and why in found["/x"][1]
    assert {"page": "/x", "why": found["/x"][1]} in one.not_read
    assert found["/y"][0] == PageState.READ


def test_bytes_that_are_no_text_cost_themselves_alone(site: Site, server: Hostile, operator: User) -> None:
    body = "<p>AC repair — Peoria</p>".encode("cp1252") + b"<p>\xff\xfe\x81</p><p>License ROC 318824</p>"
    server.say("/", plain(body, "Content-Type: text/html; charset=utf-8"))
    one = read(site, operator)
    with scope.worker():
        facts = ReadingPage.objects.get(reading=one, page="/").facts
    assert {"ROC 318824", "AC Repair"} <= {fact["value"] for fact in facts}


def test_a_packed_sitemap_is_read_and_a_bomb_is_not(site: Site, server: Hostile, operator: User) -> None:
    home = f"http://127.0.0.1:{server.port}"
    named = f"<urlset><url><loc>{home}/packed</loc></url></urlset>"
    server.say("/robots.txt", plain(f"Sitemap: {home}/a.xml.gz\nSitemap: {home}/bomb.xml.gz\n".encode()))
    server.say("/a.xml.gz", plain(zipped(named.encode()), "Content-Type: application/gzip"))
    server.say("/bomb.xml.gz", plain(zipped(b"<urlset>" + b" " * 50_000_000), "Content-Type: application/gzip"))
    say_page(server, "/", page("Hello"))
    say_page(server, "/packed", page("AC repair"))
    found = pages_of(read(site, operator))
    assert found["/packed"][0] == PageState.READ and found["/"][0] == PageState.READ


def test_a_passing_fault_is_tried_three_times(site: Site, server: Hostile, operator: User) -> None:
    say_page(server, "/", page("AC repair", "<a href='/x'>X</a>"))
    server.say("/x", plain(b"busy", status="503 Service Unavailable"))
    found = pages_of(read(site, operator))
    assert found["/x"] == (PageState.NOT_READ, "It answers with status 503.")
    assert asked(server).count("/x") == reading.MOST_TRIES


@pytest.mark.parametrize(
    ("robots", "why"),
    [
        (plain(b"no", status="503 Service Unavailable"), "robots.txt of the site could not be read"),
        (plain(b"User-agent: *\nCrawl-delay: 3600\n"), "3600 s between pages"),
    ],
)
def test_a_site_that_cannot_say_its_rules_is_not_read(
    site: Site, server: Hostile, operator: User, robots: bytes, why: str
) -> None:
    server.say("/robots.txt", robots)
    with scope.operator(operator, reason="test"):
        run, _ = reading.start_reading(site=site, actor=operator, reason="to see")
    assert work_off(run).state == RunState.FAILED
    assert why in run.error and "/" not in asked(server)


def test_the_budget_ends_a_reading_and_what_is_left_over_is_named(
    tenant: Tenant, server: Hostile, operator: User
) -> None:
    site = make_site(tenant, server, page_budget=2)
    say_page(server, "/", page("Hello"))
    one = read(site, operator)
    assert "budget of 2 pages" in " ".join(why for _, why in pages_of(one).values())
    assert len(asked(server)) == 2 + 2  # two pages, robots.txt and the sitemap


def test_a_worker_that_dies_costs_no_page_twice_and_a_stop_stops(site: Site, server: Hostile, operator: User) -> None:
    say_page(server, "/", page("Hello", "<a href='/a'>A</a>"))
    say_page(server, "/a", page("AC repair"))
    with scope.operator(operator, reason="test"):
        run, is_new = reading.start_reading(site=site, actor=operator, reason="to see")
        again, is_new_again = reading.start_reading(site=site, actor=operator, reason="to see")
    assert (is_new, is_new_again, again.pk) == (True, False, run.pk)
    with scope.worker():
        claimed = claim_run()
    assert claimed is not None
    steps = reading.read_site(claimed)
    next(steps), next(steps)
    del steps  # it dies here, one page done
    with scope.worker():
        run.refresh_from_db()
    assert run.done == 1
    rest = reading.read_site(claimed)
    for _ in rest:
        pass
    assert asked(server).count("/") == 1 and asked(server).count("/robots.txt") == 1
    with scope.operator(operator, reason="test"):
        assert cancel_run(run=run, actor=operator, reason="enough")
    work_run(claimed)
