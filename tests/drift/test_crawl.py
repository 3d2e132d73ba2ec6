"""Reading a site: politely, within its borders, and honestly about what was not read."""

import time
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
    with hostile() as instance:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{instance.port}"]
        yield instance


@pytest.fixture
def site(tenant: Tenant, server: Hostile) -> Site:
    return make_site(tenant, server)


def pages_of(site_reading: SiteReading) -> dict[str, tuple[str, str]]:
    with scope.worker():
        return {row.page: (row.state, row.why) for row in ReadingPage.objects.filter(reading=site_reading)}


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
def test_pages_are_below_the_base_address(url: str, page_path: str | None) -> None:
    assert page_addresses.page_of(url, BASE) == page_path


def test_links_are_distinct_web_addresses() -> None:
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
def test_invalid_sitemap_raises(body: bytes) -> None:
    with pytest.raises(ValueError, match="no sitemap"):
        links.sitemap(body)


def test_robots_disallows_pages_and_sets_delay() -> None:
    rules = Rules("User-agent: pagetojob\nDisallow: /private\nCrawl-delay: 3\n")
    assert (rules.allows(BASE), rules.allows("https://shop.example/private/x"), rules.pause) == (True, False, 3.0)
    assert Rules("").allows("https://shop.example/private/x")


def test_large_rules_are_parsed_once_and_not_for_each_link() -> None:
    """A site chooses the size of its robots.txt and the number of its links: 1,000 links cost two minutes."""
    lines = (f"Disallow: /private-{number}/*/x" for number in range(14_000))
    rules = Rules("\n".join(["User-agent: *", *lines]))
    started = time.process_time()
    assert rules.allows(BASE)
    first = time.process_time() - started
    assert all(rules.allows(f"{BASE}{number}") for number in range(100))
    assert time.process_time() - started < 20 * first


def test_site_is_read_by_links_sitemap_and_bindings(site: Site, server: Hostile, operator: User) -> None:
    home = f"http://127.0.0.1:{server.port}"
    sitemap = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{home}/only-in-sitemap</loc></url></urlset>"
    server.say("/robots.txt", plain(b"User-agent: *\nDisallow: /shut\n"))
    server.say("/sitemap.xml", plain(sitemap.encode()))
    say_page(server, "/", page("Hello", "<a href='/a'>A</a><a href='/shut'>B</a><a href='https://example.com/'>C</a>"))
    for path in ("/a", "/only-in-sitemap", "/ac-repair-phoenix"):
        say_page(server, path, page(f"AC repair here, {path}"))
    site_reading = read(site, operator)
    pages = pages_of(site_reading)
    assert {name for name, (state, _) in pages.items() if state == PageState.READ} == {
        "/", "/a", "/only-in-sitemap", "/ac-repair-phoenix",
    }  # fmt: skip
    assert pages["/shut"] == (PageState.NOT_READ, "Disallowed by robots.txt.")
    assert "/shut" not in asked(server)
    # Bound pages that this site does not have: looked for, and named.
    assert pages["/areas/buckeye"][0] == PageState.GONE
    assert (
        site_reading.ended_at is not None
        and site_reading.pages_read == 4
        and site_reading.pages_not_read == len(site_reading.not_read)
    )


def test_unchanged_page_is_not_downloaded_and_shares_its_snapshot(site: Site, server: Hostile, operator: User) -> None:
    say_page(server, "/", page("AC repair"), 'ETag: "one"')
    read(site, operator)
    server.say("/", plain(b"", status="304 Not Modified"))
    site_reading = read(site, operator)
    assert any('if-none-match: "one"' in request.lower() for request in server.heard)
    assert pages_of(site_reading)["/"][0] == PageState.UNCHANGED and site_reading.facts > 0
    with scope.worker():
        assert Snapshot.objects.filter(page="/").count() == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (to("https://example.com/"), "redirects to https://example.com/"),
        (to("http://127.0.0.1/inside"), "redirects to http://127.0.0.1/inside"),
        (to("http://169.254.169.254/latest/meta-data/"), "redirects to http://169.254.169.254"),
        (to("http://10.0.0.7/"), "redirects to http://10.0.0.7/"),
        (to("file:///etc/passwd"), "Only http and https"),
        (to("/shut"), "which may not be read"),
        (to("/on1"), "redirects more than 5 times"),
        (plain(b"<p>AC repair</p>" * 700_000), "too large"),
        (plain(zipped(b"<p>AC</p>")[:20], "Content-Encoding: gzip"), "is incomplete"),
        (to("/x"), "form a loop"),
        (plain(b"%PDF-1.7", "Content-Type: application/pdf"), "application/pdf"),
        (plain(zipped(b"0" * 20_000_000), "Content-Encoding: gzip"), "too large"),
        (plain(b"x", status="403 Forbidden"), "status 403"),
        (plain(b"\x89PNG" + bytes(100)), "another kind of file"),
    ],
)
def test_unreadable_page_is_named_and_others_are_read(
    site: Site, server: Hostile, operator: User, answer: bytes, why: str
) -> None:
    server.say("/robots.txt", plain(b"User-agent: *\nDisallow: /shut\n"))
    for at in range(1, 12):  # leads on for ever, and never to where it was
        server.say(f"/on{at}", to(f"/on{at + 1}"))
    say_page(server, "/", page("AC repair", "<a href='/x'>X</a><a href='/y'>Y</a>"))
    server.say("/x", answer)
    say_page(server, "/y", page("Furnace repair"))
    site_reading = read(site, operator)
    pages = pages_of(site_reading)
    assert pages["/x"][0] == PageState.NOT_READ and why in pages["/x"][1]
    assert {"page": "/x", "why": pages["/x"][1]} in site_reading.not_read
    assert pages["/y"][0] == PageState.READ


def test_invalid_bytes_affect_only_themselves(site: Site, server: Hostile, operator: User) -> None:
    body = "<p>AC repair — Peoria</p>".encode("cp1252") + b"<p>\xff\xfe\x81</p><p>License ROC 318824</p>"
    server.say("/", plain(body, "Content-Type: text/html; charset=utf-8"))
    site_reading = read(site, operator)
    with scope.worker():
        facts = ReadingPage.objects.get(reading=site_reading, page="/").facts
    assert {"ROC 318824", "AC Repair"} <= {fact["value"] for fact in facts}


def test_gzipped_sitemap_is_read_and_bomb_is_refused(site: Site, server: Hostile, operator: User) -> None:
    home = f"http://127.0.0.1:{server.port}"
    named = f"<urlset><url><loc>{home}/packed</loc></url></urlset>"
    server.say("/robots.txt", plain(f"Sitemap: {home}/a.xml.gz\nSitemap: {home}/bomb.xml.gz\n".encode()))
    server.say("/a.xml.gz", plain(zipped(named.encode()), "Content-Type: application/gzip"))
    server.say("/bomb.xml.gz", plain(zipped(b"<urlset>" + b" " * 50_000_000), "Content-Type: application/gzip"))
    say_page(server, "/", page("Hello"))
    say_page(server, "/packed", page("AC repair"))
    pages = pages_of(read(site, operator))
    assert pages["/packed"][0] == PageState.READ and pages["/"][0] == PageState.READ


def test_a_missing_page_is_named_in_words(site: Site, server: Hostile, operator: User) -> None:
    say_page(server, "/", page("AC repair", "<a href='/x'>X</a>"))
    server.say("/x", plain(b"none", status="404 Not Found"))
    assert pages_of(read(site, operator))["/x"] == (PageState.GONE, "The page does not exist (status 404).")


def test_transient_error_is_attempted_three_times(site: Site, server: Hostile, operator: User) -> None:
    say_page(server, "/", page("AC repair", "<a href='/x'>X</a>"))
    server.say("/x", plain(b"busy", status="503 Service Unavailable"))
    pages = pages_of(read(site, operator))
    assert pages["/x"] == (PageState.NOT_READ, "The response has status 503.")
    assert asked(server).count("/x") == reading.MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("robots", "why"),
    [
        (plain(b"no", status="503 Service Unavailable"), "robots.txt could not be read"),
        (plain(b"User-agent: *\nCrawl-delay: 3600\n"), "3600 s between pages"),
    ],
)
def test_site_without_readable_robots_is_not_read(
    site: Site, server: Hostile, operator: User, robots: bytes, why: str
) -> None:
    server.say("/robots.txt", robots)
    with scope.operator(operator, reason="test"):
        run, _ = reading.start_reading(site=site, actor=operator, reason="to see")
    assert work_off(run).state == RunState.FAILED
    assert why in run.error and "/" not in asked(server)


def test_budget_ends_reading_and_names_unread_pages(tenant: Tenant, server: Hostile, operator: User) -> None:
    site = make_site(tenant, server, page_budget=2)
    say_page(server, "/", page("Hello"))
    site_reading = read(site, operator)
    assert "limit of 2 pages" in " ".join(why for _, why in pages_of(site_reading).values())
    assert len(asked(server)) == 2 + 2  # two pages, robots.txt and the sitemap


def test_crashed_worker_repeats_no_page_and_stop_is_honored(site: Site, server: Hostile, operator: User) -> None:
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
