"""Shared parts of the pages of a tenant's website: cache headers, the page shown without a database, and the thank-you
page, which contains no personal value.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_cache_control

from pagetojob.titanmap.capacity import CALL
from pagetojob.titanmap.models import Urgency
from pagetojob.titanmap.opening_hours import opening_lines
from syncqueue.leads.models import Lead

from ..selectors.confirmation import has_confirmation
from ..services.photos import Trouble
from ..services.site import SiteFacts, last_known
from ..unparsed_answers import sentences

_MOST_SHOWN = 20


def revalidate_on_back(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Set cache headers so that going back shows the same form with the same token, and resending is no second request.

    Pages with typed values or errors are never cached.
    """
    if request.method == "POST" or answer.status_code != 200:
        add_never_cache_headers(answer)
    else:
        patch_cache_control(answer, private=True, no_cache=True)
    return answer


def unavailable(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page for an unavailable database: the phone number, as a 503. No query."""
    site = last_known(slug)
    context = {"site": site, "opening": opening_lines(site.hours) if site else []}
    answer = render(request, "site/unavailable.html", context, status=503)
    answer["Retry-After"] = "10"
    return answer


def thanks_address(slug: str, lead: Lead, troubles: Mapping[int, Trouble]) -> str:
    """Return the URL of the thank-you page of `lead`; photos that were not stored are listed as `photo=2-big`."""
    query = urlencode([("photo", f"{position}-{trouble.value}") for position, trouble in sorted(troubles.items())])
    return reverse("intake:received", args=[slug, lead.public_id]) + (f"?{query}" if query else "")


def thanks_context(lead: Lead, site: SiteFacts, query: QueryDict) -> dict[str, Any]:
    """Return the template context. Two queries, in the tenant's scope."""
    booking = lead.booking_requests.first()
    as_typed, capacity = (booking.as_typed, booking.capacity or {}) if booking else ({}, {})
    return {
        "lead": lead,
        "site": site,
        "unread": sentences(as_typed),
        "urgent": bool(booking and booking.urgency == Urgency.EMERGENCY),
        "call_first": bool(site.phone) and capacity.get("primary") == CALL,
        "confirmed": has_confirmation(lead),
        "photo_troubles": photo_troubles(query),
    }


def photo_troubles(query: QueryDict) -> list[tuple[int, str]]:
    """Return the photos that were not stored, and what to do. Reads only what `thanks_address` wrote."""
    troubles = []
    for text in query.getlist("photo")[:_MOST_SHOWN]:
        position, _, word = text.partition("-")
        if word in Trouble and position.isascii() and position.isdecimal() and len(position) < 3:
            troubles.append((int(position), Trouble(word).sentence))
    return troubles
