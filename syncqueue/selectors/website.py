"""A tenant's public website, read from what is published of its Titan Map. Needs the tenant's scope."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from pagetojob.platform.tenants.models import LegalKind, Tenant
from pagetojob.titanmap.models import Family, PageBinding, PageKind, TaxonomyItem, ZoneState
from pagetojob.titanmap.selectors import published_items

HOME = "/"
#: Other pages list at most this many pages; each page still has its own address.
MOST_LISTED = 100
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")
_SERVICE_KINDS = {PageKind.SERVICE, PageKind.CAMPAIGN}

#: The visitor's text for a zone's state: a word, and a sentence.
ZONE_WORDS = {
    ZoneState.ACTIVE: ("Served", "We serve this area."),
    "": ("Served", "We serve this area."),
    ZoneState.EMERGENCY_ONLY: (
        "Emergencies only",
        "We serve this area for emergencies only. No scheduled visits for now.",
    ),
    ZoneState.EXPANSION: ("New area", "We are new in this area. Ask us whether we can come."),
    ZoneState.PAUSED: ("Paused", "We take no new requests here for now."),
}


@dataclass(frozen=True)
class PageLink:
    """A link to a page. `page` is its path without the leading slash."""

    page: str
    title: str
    about: str
    summary: str


@dataclass(frozen=True)
class Area:
    """A zone and its demand state. `page` is empty for a zone without its own page."""

    name: str
    places: str
    state: str
    word: str
    sentence: str
    page: str


@dataclass(frozen=True)
class Offer:
    """A current offer. `terms`: who it is for and until when, as far as known."""

    name: str
    terms: str
    link: PageLink


@dataclass(frozen=True)
class Website:
    """The lists of a website. `unpaged` are the services without a listed page."""

    services: Sequence[PageLink]
    unpaged: Sequence[str]
    areas: Sequence[Area]
    offers: Sequence[Offer]


NOTHING_LISTED = Website((), (), (), ())


def read_website(tenant: Tenant, *, besides: str = HOME) -> Website:
    """Return the lists for a page: services, areas and current offers. Two queries.

    `besides` is the path of the requesting page, which is left out of the lists of services and offers.
    """
    pages = [page for page in _newest_pages(tenant) if page.page_path != HOME]
    sold = [page for page in pages if gone(page) is None]
    others = [page for page in sold if page.page_path != besides]
    sellable = list(published_items(tenant, Family.ZONE, Family.JOB_TYPE)[: 2 * MOST_LISTED])
    zones = [item for item in sellable if item.family == Family.ZONE]
    jobs = [item for item in sellable if item.family == Family.JOB_TYPE]
    of_zone = {page.zone_id: page for page in pages if page.kind == PageKind.AREA}
    areas = [_area(zone, of_zone.get(zone.pk)) for zone in zones]
    spoken_of = {page.job_type_id for page in sold if page.kind in _SERVICE_KINDS}
    return Website(
        services=[_link(page) for page in others if page.kind in _SERVICE_KINDS],
        unpaged=[job.public.name for job in jobs if job.pk not in spoken_of],
        areas=sorted(areas, key=lambda area: list(ZONE_WORDS).index(area.state)),
        offers=[
            Offer(page.offer.public.name, page.offer.public.detail, _link(page))
            for page in others
            if page.kind == PageKind.OFFER and page.offer and page.offer.public.active
        ],
    )


def gone(page: PageBinding) -> TaxonomyItem | None:
    """Return the page's job type or zone that the shop no longer sells; None if both are sold."""
    return next((item for item in (page.job_type, page.zone) if item and not item.public.active), None)


def title_of(page: PageBinding) -> str:
    """Return the heading of a page: the written headline, else its binding."""
    if page.headline:
        return page.headline
    if page.kind == PageKind.OFFER and page.offer:
        return str(page.offer.public.name)
    return " in ".join(item.public.name for item in (page.job_type, page.zone) if item)


def _newest_pages(tenant: Tenant) -> QuerySet[PageBinding]:
    return (
        PageBinding.objects.filter(tenant=tenant)
        .order_by("page_path", "-version")
        .distinct("page_path")
        .select_related("job_type", "zone", "offer")[:MOST_LISTED]
    )


def _link(page: PageBinding) -> PageLink:
    return PageLink(
        page=page.page_path.removeprefix("/"),
        title=title_of(page) or page.page_path,
        about=page.job_type.public.name if page.job_type else "",
        summary=_SENTENCE_END.split(page.intro.strip(), maxsplit=1)[0],
    )


def _area(zone: TaxonomyItem, page: PageBinding | None) -> Area:
    shown = zone.public
    word, sentence = ZONE_WORDS[shown.zone_state]
    path = page.page_path.removeprefix("/") if page else ""
    return Area(shown.name, shown.detail, shown.zone_state, word, sentence, path)


def page_paths(tenant: Tenant, legal_kinds: Collection[str]) -> list[str]:
    """Return the paths of all pages of the website, the home page first. One query."""
    pages = sorted(page.page_path for page in _newest_pages(tenant) if page.page_path != HOME and gone(page) is None)
    return [HOME, *pages, *(f"/{kind}" for kind in (LegalKind.PRIVACY, LegalKind.TERMS) if kind in legal_kinds)]
