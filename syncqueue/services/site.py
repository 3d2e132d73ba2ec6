"""What a visitor's page says about the business, kept at hand for when the database is not.

The last known facts of each site are remembered in the process, and in a file per site where
SITE_FACTS_FOLDER names a folder, so that they survive a restart of the web process as well.
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
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.titanmap import selectors as titanmap
from pagetojob.titanmap.models import CapacityRule, PageBinding


@dataclass(frozen=True)
class SiteFacts:
    """All public: nothing here is about a person. `hours` are the office hours as the profile keeps them."""

    slug: str
    name: str
    time_zone: str
    phone: str = ""
    service_area: str = ""
    services: tuple[str, ...] = ()
    hours: Mapping[str, Any] = field(default_factory=dict)
    is_demo: bool = False

    @property
    def tel(self) -> str:
        """What a tel: link needs: the number in international form where it is one. Empty without a number."""
        return phones.e164(self.phone) or self.phone


_last_known: dict[str, SiteFacts] = {}

#: A page is read again at most once a second, however many visitors send it.
FRESH_SECONDS = 1.0
_MOST_PAGES = 1000
_pages: dict[tuple[int, str], tuple[float, "PageFacts"]] = {}


@dataclass(frozen=True)
class PageFacts:
    """What taking a request needs to know of the page it was sent from. All public."""

    site: SiteFacts
    binding: PageBinding | None
    rules: tuple[CapacityRule, ...]


def read_page(tenant: Tenant, page_path: str) -> PageFacts:
    """The facts of a page, up to a second old. Four queries in the tenant's scope, or none."""
    key, now = (tenant.pk, page_path), time.monotonic()
    kept = _pages.get(key)
    if kept and now - kept[0] < FRESH_SECONDS:
        return kept[1]
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
    """As a process that has just begun: nothing is known yet."""
    _last_known.clear()
    _pages.clear()


def read_site(tenant: Tenant) -> SiteFacts:
    """The facts of a tenant's site, from the database; remembered. Two queries in the tenant's scope."""
    profile = BusinessProfile.objects.filter(tenant=tenant).first()
    facts = SiteFacts(
        slug=tenant.slug,
        name=tenant.name,
        time_zone=tenant.time_zone,
        phone=profile.phone if profile else "",
        service_area=profile.service_area if profile else "",
        services=tuple(item.name for item in titanmap.services_offered(tenant)),
        hours=profile.hours if profile else {},
        is_demo=tenant.is_demo,
    )
    if _last_known.get(facts.slug) != facts:
        _last_known[facts.slug] = facts
        _write(facts)
    return facts


def last_known(slug: str) -> SiteFacts | None:
    """The facts as they were when the database last answered; None for a site never seen."""
    if slug not in _last_known and (folder := _folder()):
        try:
            kept = json.loads((folder / f"{slug}.json").read_text(encoding="utf-8"))
            _last_known[slug] = SiteFacts(**kept | {"services": tuple(kept["services"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
    return _last_known.get(slug)


def _folder() -> Path | None:
    return Path(settings.SITE_FACTS_FOLDER) if settings.SITE_FACTS_FOLDER else None


def _write(facts: SiteFacts) -> None:
    """A folder that cannot be written is no reason to turn a visitor away."""
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
