"""The crawl frontier: the pages of a reading before they are read."""

from collections.abc import Iterable

from pagetojob.platform.outbound.errors import GatewayError

from ..crawl.links import sitemap
from ..crawl.page_addresses import address_of, joined, origin_of, page_of
from ..crawl.robots import Rules
from ..models import CLOSABLE, Finding, PageState, ReadingPage, Site, SiteReading
from . import page_requests

MOST_SITEMAPS = 10
#: Limits rows, not pages read. The frontier is larger than the page budget so that unread pages can be named as well.
FRONTIER_PER_PAGE = 5


def add_pages(*, reading: SiteReading, site: Site, rules: Rules, addresses: Iterable[str]) -> int:
    """Add the pages of the site among these addresses, each once, and return the number waiting to be read.

    Pages that robots.txt disallows are stored as not read, so that they are counted and named. Runs three queries.
    """
    wanted: dict[str, str] = {}
    for address in addresses:
        page = page_of(address, site.base_url)
        if page is not None and len(address) <= 800:
            wanted.setdefault(page, address)
    known = set(ReadingPage.objects.filter(tenant_id=site.tenant_id, reading=reading).values_list("page", flat=True))
    room = max(site.page_budget * FRONTIER_PER_PAGE - len(known), 0)
    fresh = [(page, address) for page, address in wanted.items() if page not in known][:room]
    rows = [_row(reading, rules, page, address) for page, address in fresh]
    ReadingPage.objects.bulk_create(rows, ignore_conflicts=True)
    return sum(row.state == PageState.WAITING for row in rows)


def _row(reading: SiteReading, rules: Rules, page: str, address: str) -> ReadingPage:
    row = ReadingPage(tenant_id=reading.tenant_id, reading=reading, page=page, url=address)
    if not rules.allows(address):
        row.state, row.why = PageState.NOT_READ, "Disallowed by robots.txt."
    return row


def known_pages(site: Site, bound: Iterable[str]) -> list[str]:
    """Return the addresses that are read even if no link leads there. Runs one query.

    These are the home page, bound pages, and the pages of findings that can still close.
    """
    page_lists = Finding.objects.filter(tenant_id=site.tenant_id, state__in=CLOSABLE).values_list("pages", flat=True)
    pages = dict.fromkeys(["/", *bound, *(page for pages in page_lists for page in pages)])
    return [address_of(page, site.base_url) for page in pages]


def sitemap_addresses(site: Site, rules: Rules) -> list[str]:
    """Return the addresses in a site's sitemaps. Reads at most ten sitemaps, of the site's own origin only."""
    origin = origin_of(site.base_url)
    waiting = [*(joined(site.base_url, place) for place in rules.sitemaps), address_of("sitemap.xml", site.base_url)]
    seen: set[str] = set()
    pages: list[str] = []
    while waiting and len(seen) < MOST_SITEMAPS:
        place = waiting.pop(0)
        if not place or place in seen or not _same_origin(place, origin) or not rules.allows(place):
            continue
        seen.add(place)
        response = page_requests.visit(place, may=lambda url: _same_origin(url, origin), html=False)
        if not response.body:
            continue
        try:
            named, more = sitemap(response.body)
        except ValueError:
            continue
        pages += named
        waiting += more
    return [joined(site.base_url, page) for page in pages]


def _same_origin(place: str, origin: object) -> bool:
    try:
        return origin_of(place) == origin
    except GatewayError:
        return False
