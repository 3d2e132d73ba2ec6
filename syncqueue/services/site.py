"""Facts for a visitor's page about the business, cached for when the database is unavailable.

The last known facts of each site are cached in the process, and in a file per site if SITE_FACTS_FOLDER names a folder,
so that they survive a restart of the web process.
"""

import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from pagetojob.platform import phones
from pagetojob.platform.tenants.contractor_hosts import website_address
from pagetojob.platform.tenants.legal import published_of_tenant
from pagetojob.platform.tenants.lifecycle import PUBLIC, Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, Trade
from pagetojob.platform.tenants.public import own_domain
from pagetojob.platform.tenants.time_zones import known_zone, usable_zone
from pagetojob.titanmap import opening_hours
from pagetojob.titanmap import selectors as titanmap
from pagetojob.titanmap.capacity import read_holidays, read_week
from pagetojob.titanmap.models import PUBLIC_FAMILIES, CapacityRule, Family, PageBinding

from ..visitor_texts import Business


@dataclass(frozen=True)
class SiteFacts:
    """Public facts about a site; none is about a person.

    `services`, `areas` and `offers` are the names of published items; the offers are those of today. `state` is the
    tenant's. `hours` are the office hours as stored in the profile. `legal` maps a kind of legal text to its published
    version; `consent` is the published consent text, empty if there is none. `own_domain` is the domain of the business
    that DNS proved. `picture` is the template of the first trade's illustration; empty for the general one.
    """

    slug: str
    name: str
    time_zone: str
    phone: str = ""
    service_area: str = ""
    services: tuple[str, ...] = ()
    hours: Mapping[str, Any] = field(default_factory=dict)
    is_demo: bool = False
    state: str = Lifecycle.LIVE
    legal: Mapping[str, int] = field(default_factory=dict)
    consent: str = ""
    picture: str = ""
    own_domain: str = ""
    #: The color of buttons, as six hexadecimal digits, and the public id of the logo; empty for ours.
    color: str = ""
    logo: str = ""
    areas: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    #: Label and number of each.
    licenses: tuple[tuple[str, str], ...] = ()
    other_phones: tuple[tuple[str, str], ...] = ()

    @property
    def is_paused(self) -> bool:
        return self.state == Lifecycle.PAUSED

    @property
    def business(self) -> Business:
        return Business(time_zone=self.time_zone, phone=self.phone, hours=self.hours)

    @property
    def opening(self) -> list[tuple[str, str]]:
        """Return the lines of the weekly office hours; empty if they are unknown."""
        return opening_hours.opening_lines(self.hours)

    @property
    def status(self) -> str:
        """Return whether the office is open now and when that changes; empty if its hours or time zone are unknown."""
        zone = known_zone(self.time_zone)
        return opening_hours.status(self.hours, timezone.now().astimezone(zone)) if zone else ""

    @property
    def address(self) -> str:
        """Return the canonical address of the website, without a slash at the end."""
        return website_address(self.slug, self.own_domain)

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Return label and path of the pages in the navigation. A page without data is absent."""
        filled = {
            "services": self.services,
            "areas": self.areas,
            "offers": self.offers,
            "about": self.trades or self.licenses or self.service_area,
            "contact": self.phone or read_week(self.hours),
        }
        return [(name.capitalize(), name) for name, facts in filled.items() if facts]

    @property
    def upcoming_holidays(self) -> list[tuple[date, str]]:
        """Return the next days on which the office is closed, with their names."""
        today = timezone.now().astimezone(usable_zone(self.time_zone)).date()
        return [(day, name) for day, name in read_holidays(self.hours) if day >= today][:_MOST_HOLIDAYS]

    @property
    def _is_on_host(self) -> bool:
        return bool(self.own_domain or settings.PUBLIC_SUFFIX)

    def legal_path(self, kind: str) -> str:
        """Return the path of a legal text below the canonical address."""
        return f"/{kind}" if self._is_on_host else f"/legal/{kind}"

    @property
    def form_address(self) -> str:
        """Return the canonical address of the request form."""
        return f"{self.address}/{'request' if self._is_on_host else 'request-appointment'}"

    @property
    def logo_address(self) -> str:
        """Return the canonical address of the logo; empty without one."""
        return f"{self.address}/look/{self.logo}" if self.logo else ""

    @property
    def platform_address(self) -> str:
        return f"{settings.PUBLIC_URL}/"

    @property
    def tel(self) -> str:
        """Return the number for a tel: link, in international form if possible. Empty without a number."""
        return phones.e164(self.phone) or self.phone


#: Illustrations by trade. A business without a trade has the general one.
_PICTURES: dict[str, str] = {
    Trade.HEATING: "hvac", Trade.COOLING: "hvac", Trade.PLUMBING: "plumbing", Trade.WATER_TREATMENT: "plumbing",
    Trade.ELECTRICAL: "electrical", Trade.ROOFING: "roofing", Trade.GARAGES: "garage", Trade.PEST_CONTROL: "pest",
}  # fmt: skip
_MOST_HOLIDAYS = 8
_last_known: dict[str, SiteFacts] = {}

#: A page is read again at most once a second, regardless of the number of visitors.
FRESH_SECONDS = 1.0
_MOST_PAGES = 1000
_pages: dict[tuple[int, str], tuple[float, "PageFacts"]] = {}


@dataclass(frozen=True)
class PageFacts:
    """The facts that intake needs about the page a request was sent from. All public."""

    site: SiteFacts
    binding: PageBinding | None
    rules: tuple[CapacityRule, ...]


def read_page(tenant: Tenant, page_path: str) -> PageFacts:
    """Return the facts of a page, up to a second old. Four queries in the tenant's scope, or none."""
    key, now = (tenant.pk, page_path), time.monotonic()
    cached = _pages.get(key)
    if cached and now - cached[0] < FRESH_SECONDS:
        return cached[1]
    facts = PageFacts(
        site=read_site(tenant),
        binding=titanmap.binding_for_request(tenant, page_path),
        rules=tuple(titanmap.capacity_rules(tenant)),
    )
    if len(_pages) >= _MOST_PAGES:
        _pages.clear()
    _pages[key] = (now, facts)
    return facts


def forget() -> None:
    """Clear the caches, as in a new process."""
    _last_known.clear()
    _pages.clear()


def read_site(tenant: Tenant) -> SiteFacts:
    """Read the facts of a tenant's site from the database and cache them. Two queries in the tenant's scope."""
    profiles = BusinessProfile.objects.filter(tenant=tenant)
    logo = F("logo__public_id")
    profile = profiles.annotate(legal=published_of_tenant(), own_domain=own_domain(), logo_public_id=logo).first()
    legal = profile.legal if profile else []
    names = _published_names(tenant)
    facts = SiteFacts(
        slug=tenant.slug,
        name=tenant.name,
        time_zone=tenant.time_zone,
        phone=profile.phone if profile else "",
        service_area=profile.service_area if profile else "",
        services=names[Family.JOB_TYPE],
        areas=names[Family.ZONE],
        offers=names[Family.OFFER],
        trades=tuple(profile.trades) if profile else (),
        licenses=_pairs(profile.license_numbers) if profile else (),
        other_phones=_pairs(profile.other_phones) if profile else (),
        hours=profile.hours if profile else {},
        is_demo=tenant.is_demo,
        state=tenant.state,
        legal={text["kind"]: text["version"] for text in legal},
        consent="".join(text["text"] for text in legal),
        picture=_picture(profile.trades) if profile else "",
        own_domain=(profile and profile.own_domain) or "",
        color=profile.color.removeprefix("#") if profile else "",
        logo=str(profile.logo_public_id or "") if profile else "",
    )
    if _last_known.get(facts.slug) != facts:
        _last_known[facts.slug] = facts
        _write(facts)
    return facts


def _picture(trades: Sequence[str]) -> str:
    """Return the template of the illustration of the first trade that has one; empty if none has."""
    return next((f"site/pictures/{_PICTURES[trade]}.html" for trade in trades if trade in _PICTURES), "")


def _published_names(tenant: Tenant) -> dict[str, tuple[str, ...]]:
    """Return the names of published items by family; of the offers, those of today. Runs a query."""
    names: dict[str, list[str]] = {family: [] for family in PUBLIC_FAMILIES}
    today = tenant.today()
    for item in titanmap.published_items(tenant, *PUBLIC_FAMILIES).only("family", "published"):
        if item.family != Family.OFFER or item.public.is_current(today):
            names[item.family].append(item.public.name)
    return {family: tuple(listed) for family, listed in names.items()}


def _pairs(rows: Any) -> tuple[tuple[str, str], ...]:
    return tuple((row["label"], row["number"]) for row in rows)


def last_known(slug: str) -> SiteFacts | None:
    """Return the facts as of the last successful read; None for a site that was never read or was not public then."""
    if slug not in _last_known and (folder := _folder()):
        try:
            stored = json.loads((folder / f"{slug}.json").read_text(encoding="utf-8"))
            facts: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
            }
            _last_known[slug] = SiteFacts(**facts)
        except (OSError, ValueError, TypeError, KeyError):
            return None
    known = _last_known.get(slug)
    return known if known and known.state in PUBLIC else None


def forget_site(slug: str) -> None:
    """Remove a site that is no longer public from the caches, so that an outage does not show it again."""
    if _last_known.pop(slug, None) and (folder := _folder()):
        (folder / f"{slug}.json").unlink(missing_ok=True)


def _folder() -> Path | None:
    return Path(settings.SITE_FACTS_FOLDER) if settings.SITE_FACTS_FOLDER else None


def _write(facts: SiteFacts) -> None:
    """Write the facts to the cache folder. A failure to write must not turn a visitor away."""
    folder = _folder()
    if folder is None:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(facts), file)
        Path(partial).replace(folder / f"{facts.slug}.json")
    except OSError:
        return
