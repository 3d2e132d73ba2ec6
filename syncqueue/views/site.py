"""A tenant's public website: its home page, pages that people wrote, and pages made from the map and the profile."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pagetojob.gates.selectors import killed as killed_for
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.legal import newest_text
from pagetojob.platform.tenants.models import LegalKind, Tenant, Trade
from pagetojob.titanmap import selectors as titanmap
from pagetojob.titanmap.capacity import CALL, Choice
from pagetojob.titanmap.models import PageBinding, ZoneState
from pagetojob.titanmap.selectors import HOME

from .. import attribution_source, structured_data, visitor_texts
from ..selectors.website import (
    NOTHING_LISTED,
    Offer,
    Website,
    find_made_page,
    gone,
    is_offered,
    offer_of,
    read_website,
    title_of,
)
from ..services.intake import BRIEFLY
from ..services.site import SiteFacts, read_site
from .intake import new_form, revalidate_on_back
from .visiting import for_visitors, unavailable, visit_of

log = logging.getLogger(__name__)
#: Both are on for every tenant from the start, so a page only checks whether someone on call switched them off.
REQUESTS, MAPPED_WORDS = "booking-request-fallback", "manual-titan-map"
#: Pages that no one writes, with their headings: they show what is published of the map and of the profile.
SECTIONS = {
    "services": "Our services",
    "areas": "Service areas",
    "offers": "Current offers",
    "about": "About us",
    "contact": "Contact us",
}
#: Zones that structured data names: it has no words for emergencies only.
SERVED_STATES = ("", ZoneState.ACTIVE, ZoneState.EXPANSION)
LISTS = ("services", "areas", "offers")
_PAGE_PATH = re.compile(r"/[a-z0-9/-]{0,199}", re.ASCII)


@dataclass(frozen=True)
class Action:
    """A call to action of a page: a number to call, or the form below."""

    calls: bool
    label: str
    href: str


@require_safe
@for_visitors
def page(request: HttpRequest, slug: str, page: str = "") -> HttpResponse:
    """Show a page. Nine queries regardless of the tenant's size. Without a database: the phone number, as a 503."""
    path = f"/{page}"
    if not _PAGE_PATH.fullmatch(path):
        raise Http404
    try:
        answer = _page(request, slug, path)
    except UNAVAILABLE:
        log.exception("website without a database", extra={"slug": slug})
        answer = unavailable(request, slug)
    return revalidate_on_back(request, answer)


@require_safe
def home_without_slash(request: HttpRequest, slug: str) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("intake:home", args=[slug]) + (f"?{query}" if query else ""))


def _page(request: HttpRequest, slug: str, path: str) -> HttpResponse:
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk, **BRIEFLY):
        binding = titanmap.binding_for_page(tenant, path)
        if binding is None and path.removeprefix("/") in SECTIONS:
            return _section(request, tenant, path.removeprefix("/"))
        if binding is None and path != HOME:
            binding = find_made_page(tenant, path)
            if binding is None:
                raise Http404
            if binding.page_path != path:
                return redirect("intake:page", slug, binding.page_path.removeprefix("/"))
        return _shown(request, tenant, binding, path)


def _shown(request: HttpRequest, tenant: Tenant, binding: PageBinding | None, path: str) -> HttpResponse:
    site, killed = read_site(tenant), killed_for(tenant)
    context = _calls(request, tenant, site, binding, killed=REQUESTS in killed)
    if MAPPED_WORDS in killed:
        context |= _words(site, None) | {"website": NOTHING_LISTED}
    else:
        context |= _words(site, binding) | {"website": read_website(tenant, besides=path)}
        context["facts"] = _facts_of_page(site, context["website"], binding)
    context |= {"is_home": path == HOME, "canonical": path}
    return attribution_source.remember(request, render(request, "site/page.html", context))


def _section(request: HttpRequest, tenant: Tenant, section: str) -> HttpResponse:
    """Show a list of services, areas or offers, or the facts about the business; 404 if there are none."""
    site, killed = read_site(tenant), killed_for(tenant)
    if section not in [page for _, page in site.sections]:
        raise Http404
    if MAPPED_WORDS in killed and section in LISTS:
        return redirect("intake:home", tenant.slug)
    context = _calls(request, tenant, site, None, killed=REQUESTS in killed) | _words(site, None)
    website = read_website(tenant)
    context |= {"website": website, "section": section, "canonical": f"/{section}", "title": SECTIONS[section]}
    context["trades"] = [Trade(trade).label for trade in site.trades]
    context["services"] = services = _all_services(website)
    context["facts"] = _facts(site, website, services if section == "services" else [], website.offers)
    return attribution_source.remember(request, render(request, f"site/{section}_page.html", context))


def _facts_of_page(site: SiteFacts, website: Website, binding: PageBinding | None) -> str:
    """Return the structured data of a page: all services and offers on the home page, otherwise its own."""
    if binding is None or binding.page_path == HOME:
        return _facts(site, website, _all_services(website), website.offers)
    page, job = binding.page_path.removeprefix("/"), binding.job_type
    services = [(job.public.name, page)] if job and job.public.active else []
    return _facts(site, website, services, [offer_of(binding)] if is_offered(binding) else [])


def _all_services(website: Website) -> list[tuple[str, str]]:
    """Return each service once, with its first page."""
    links = [*website.services, *website.unpaged]
    return list({link.about: (link.about, link.page) for link in reversed(links) if link.about}.values())[::-1]


def _facts(site: SiteFacts, website: Website, services: Iterable[tuple[str, str]], offers: Iterable[Offer]) -> str:
    business = structured_data.Business(
        name=site.name,
        address=site.address,
        phone=site.tel,
        trades=site.trades,
        hours=site.hours,
        holidays=site.upcoming_holidays,
        licenses=site.licenses,
        areas=[(area.name, area.places) for area in website.areas if area.state in SERVED_STATES],
    )
    return structured_data.script(
        business,
        services,
        (
            structured_data.Offer(offer.name, offer.terms, offer.starts, offer.ends, offer.page, offer.price)
            for offer in offers
        ),
    )


@require_safe
@for_visitors
def legal(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Show the published privacy policy or terms of a business. Five queries."""
    if kind not in (LegalKind.PRIVACY, LegalKind.TERMS):
        raise Http404
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk):
        text, site = newest_text(tenant.pk, kind), read_site(tenant)
    if text is None:
        raise Http404
    context = {"site": site, "text": text, "canonical": site.legal_path(kind)}
    return render(request, "site/legal.html", context)


def _words(site: SiteFacts, binding: PageBinding | None) -> dict[str, Any]:
    """Return the texts of the page. No query."""
    paragraphs = [part.strip() for part in binding.intro.split("\n") if part.strip()] if binding else []
    return {
        "site": site,
        "binding": binding,
        "title": (title_of(binding) if binding else "") or site.name,
        "lead": paragraphs[0] if paragraphs else "",
        "more": paragraphs[1:],
        "gone": gone(binding) if binding else None,
        "offer": offer_of(binding) if binding and is_offered(binding) else None,
        "offer_over": bool(binding and binding.offer and not is_offered(binding)),
    }


def _calls(
    request: HttpRequest, tenant: Tenant, site: SiteFacts, binding: PageBinding | None, *, killed: bool
) -> dict[str, Any]:
    """Return the calls to action, by the capacity rules. The urgency is unknown until a visitor fills in the form."""
    choice = titanmap.capacity_choice(tenant, binding=binding, urgency="", hours=site.hours, at=timezone.now())
    killed = killed or site.is_paused
    open_to_requests = not killed and wants_requests(choice, binding)
    return {
        "choice": choice,
        "no_form": visitor_texts.no_form(site.phone, paused=site.is_paused) if killed else "",
        "actions": actions(choice, site, open_to_requests=open_to_requests),
        "form": new_form(request, site, binding) if open_to_requests else None,
    }


def wants_requests(choice: Choice, binding: PageBinding | None) -> bool:
    """Return whether the page has a form: not if its service is gone, its zone is paused, or the rule is to call
    only.
    """
    zone = binding.zone if binding else None
    if (binding and gone(binding)) or (zone and zone.public.zone_state == ZoneState.PAUSED):
        return False
    return bool({choice.primary, choice.secondary} - {CALL, ""})


def actions(choice: Choice, site: SiteFacts, *, open_to_requests: bool) -> list[Action]:
    """Return the calls to action, the most important first; empty without number and form.

    A rule that asks for a scheduler gets the form: no scheduler is built in, so none is promised.
    """
    call = [Action(calls=True, label="Call now", href=f"tel:{site.tel}")] if site.phone else []
    ask = [Action(calls=False, label="Request the next available appointment", href="#request")]
    if not open_to_requests:
        return call
    return call + ask if choice.primary == CALL else ask + (call if choice.secondary == CALL else [])
