"""Facts for a visitor's page about the business, cached for when the database is unavailable.

The last known facts of each site are cached in the process, and in a file per site if SITE_FACTS_FOLDER names a folder,
so that they survive a restart of the web process.
"""

import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from pagetojob.platform import phones
from pagetojob.platform.tenants.contractor_hosts import website_address
from pagetojob.platform.tenants.legal import published_of_tenant
from pagetojob.platform.tenants.lifecycle import PUBLIC, Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.platform.tenants.public import own_domain
from pagetojob.titanmap import selectors as titanmap
from pagetojob.titanmap.models import CapacityRule, PageBinding

from ..visitor_texts import Business


@dataclass(frozen=True)
class SiteFacts:
    """Public facts about a site; none is about a person.

    `state` is the tenant's. `hours` are the office hours as stored in the profile. `legal` maps a kind of legal text to
    its published version; `consent` is the published consent text, empty if there is none. `own_domain` is the domain
    of the business that DNS proved.
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
    own_domain: str = ""

    @property
    def is_paused(self) -> bool:
        return self.state == Lifecycle.PAUSED

    @property
    def business(self) -> Business:
        return Business(time_zone=self.time_zone, phone=self.phone, hours=self.hours)

    @property
    def address(self) -> str:
        """Return the canonical address of the website, without a slash at the end."""
        return website_address(self.slug, self.own_domain)

    @property
    def platform_address(self) -> str:
        return f"{settings.PUBLIC_URL}/"

    @property
    def tel(self) -> str:
        """Return the number for a tel: link, in international form if possible. Empty without a number."""
        return phones.e164(self.phone) or self.phone


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
        binding=titanmap.binding_for_page(tenant, page_path),
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
    profile = BusinessProfile.objects.filter(tenant=tenant)
    profile = profile.annotate(legal=published_of_tenant(), own_domain=own_domain()).first()
    legal = profile.legal if profile else []
    facts = SiteFacts(
        slug=tenant.slug,
        name=tenant.name,
        time_zone=tenant.time_zone,
        phone=profile.phone if profile else "",
        service_area=profile.service_area if profile else "",
        services=tuple(titanmap.service_names(tenant)),
        hours=profile.hours if profile else {},
        is_demo=tenant.is_demo,
        state=tenant.state,
        legal={text["kind"]: text["version"] for text in legal},
        consent="".join(text["text"] for text in legal),
        own_domain=(profile and profile.own_domain) or "",
    )
    if _last_known.get(facts.slug) != facts:
        _last_known[facts.slug] = facts
        _write(facts)
    return facts


def last_known(slug: str) -> SiteFacts | None:
    """Return the facts as of the last successful read; None for a site that was never read or was not public then."""
    if slug not in _last_known and (folder := _folder()):
        try:
            stored = json.loads((folder / f"{slug}.json").read_text(encoding="utf-8"))
            _last_known[slug] = SiteFacts(**stored | {"services": tuple(stored["services"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
    facts = _last_known.get(slug)
    return facts if facts and facts.state in PUBLIC else None


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
