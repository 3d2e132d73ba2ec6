"""A tenant's public website, read from what is published of its Titan Map. Needs the tenant's scope."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.text import slugify

from pagetojob.platform.tenants.models import LegalKind, Tenant
from pagetojob.titanmap.models import PUBLIC_FAMILIES, Family, PageBinding, PageKind, TaxonomyItem, ZoneState
from pagetojob.titanmap.selectors import HOME, published_items

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
    """A zone and its demand state. `page` is its path without the leading slash."""

    name: str
    places: str
    state: str
    word: str
    sentence: str
    page: str


@dataclass(frozen=True)
class Offer:
    """A current offer with its terms and its days, as far as known. `page` is empty for an offer without a page.

    `value` is its price or saving in words, and `price` the amount if it has a price.
    """

    name: str
    title: str
    terms: str
    starts: date | None
    ends: date | None
    page: str
    value: str
    price: str
    audience: str


@dataclass(frozen=True)
class Website:
    """The lists of a website. `unpaged` are the services without a written page; theirs is made from the map."""

    services: Sequence[PageLink]
    unpaged: Sequence[PageLink]
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
    items = list(published_items(tenant, *PUBLIC_FAMILIES)[: 3 * MOST_LISTED])
    jobs, zones, offers = ([item for item in items if item.family == family] for family in PUBLIC_FAMILIES)
    page_of_zone = {page.zone_id: page for page in pages if page.kind == PageKind.AREA}
    page_of_offer = {page.offer_id: page for page in sold if page.kind == PageKind.OFFER}
    spoken_of = {page.job_type_id for page in sold if page.kind in _SERVICE_KINDS}
    today = tenant.today()
    shown = [_offer(offer, page_of_offer.get(offer.pk)) for offer in offers if offer.public.is_current(today)]
    unpaged = [_link(made_page(tenant, job)) for job in jobs if job.pk not in spoken_of]
    return Website(
        services=[_link(page) for page in others if page.kind in _SERVICE_KINDS],
        unpaged=[link for link in unpaged if f"/{link.page}" != besides],
        areas=sorted(
            (_area(zone, page_of_zone.get(zone.pk) or made_page(tenant, zone)) for zone in zones),
            key=lambda area: list(ZONE_WORDS).index(area.state),
        ),
        offers=[offer for offer in shown if not offer.page or f"/{offer.page}" != besides],
    )


def made_page(tenant: Tenant, item: TaxonomyItem) -> PageBinding:
    """Return the page of a published service or area that no one wrote: not stored, with nothing but its name."""
    if item.family == Family.ZONE:
        path = _made_path("areas", item.public.name)
        return PageBinding(tenant=tenant, page_path=path, kind=PageKind.AREA, zone=item)
    path = _made_path("services", item.public.name)
    return PageBinding(tenant=tenant, page_path=path, kind=PageKind.SERVICE, job_type=item)


def _made_path(section: str, name: str) -> str:
    # A name without Latin letters or digits still needs its own path.
    return f"/{section}/{slugify(name) or name.encode().hex()[:40]}"


def made_paths(*, services: Iterable[str], areas: Iterable[str]) -> set[str]:
    """Return the paths of the pages that no one wrote, by the names of published items. No query."""
    return {_made_path("services", name) for name in services} | {_made_path("areas", name) for name in areas}


def find_made_page(tenant: Tenant, path: str) -> PageBinding | None:
    """Return the page of a service or area at a path, the written one if there is any. At most two queries."""
    family = {"services": Family.JOB_TYPE, "areas": Family.ZONE}.get(path.split("/")[1])
    if family is None or path.count("/") != 2:
        return None
    pages = (made_page(tenant, item) for item in published_items(tenant, family))
    made = next((page for page in pages if page.page_path == path), None)
    if made is None:
        return None
    kinds = {PageKind.AREA} if family == Family.ZONE else _SERVICE_KINDS
    written = (
        page
        for page in _newest_pages(tenant)
        if page.kind in kinds and gone(page) is None and page.page_path != HOME
        if (page.zone_id if family == Family.ZONE else page.job_type_id) == (made.zone_id or made.job_type_id)
    )
    return next(written, made)


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


def _area(zone: TaxonomyItem, page: PageBinding) -> Area:
    shown = zone.public
    word, sentence = ZONE_WORDS[shown.zone_state]
    path = page.page_path.removeprefix("/")
    return Area(shown.name, shown.detail, shown.zone_state, word, sentence, path)


def _offer(item: TaxonomyItem, page: PageBinding | None) -> Offer:
    shown = item.public
    title, path = (title_of(page), page.page_path.removeprefix("/")) if page else (shown.name, "")
    days = day_of(shown.starts), day_of(shown.ends)
    return Offer(shown.name, title, shown.detail, *days, path, shown.value, shown.price, shown.audience)


def is_offered(page: PageBinding) -> bool:
    """Return whether the offer of a page is valid today. No query."""
    return bool(page.offer and page.offer.public.is_current(page.tenant.today()))


def offer_of(page: PageBinding) -> Offer:
    """Return the offer of a page that has one. No query."""
    assert page.offer
    return _offer(page.offer, page)


def day_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def page_paths(website: Website, sections: Collection[str], legal_kinds: Collection[str]) -> list[str]:
    """Return the paths of all pages of a website, the home page first. No query."""
    links = [link.page for link in (*website.services, *website.unpaged)]
    others = [*(area.page for area in website.areas), *(offer.page for offer in website.offers if offer.page)]
    legal = [kind for kind in (LegalKind.PRIVACY, LegalKind.TERMS) if kind in legal_kinds]
    return list(dict.fromkeys([HOME, *(f"/{page}" for page in (*sections, *links, *others, *legal))]))
