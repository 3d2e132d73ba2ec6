"""Content of the thank-you page, from rows and a closed list of texts. No personal value in the page or its URL."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from pagetojob.titanmap.capacity import CALL
from pagetojob.titanmap.models import Urgency
from syncqueue.leads.models import Lead

from ..selectors.confirmation import has_confirmation
from ..services.photos import Trouble
from ..services.site import SiteFacts
from ..unparsed_answers import sentences

_MOST_SHOWN = 20


def address(slug: str, lead: Lead, troubles: Mapping[int, Trouble]) -> str:
    """Return the URL of the thank-you page of `lead`; photos that were not stored are listed as `photo=2-big`."""
    query = urlencode([("photo", f"{position}-{trouble.value}") for position, trouble in sorted(troubles.items())])
    return reverse("intake:received", args=[slug, lead.public_id]) + (f"?{query}" if query else "")


def context(lead: Lead, site: SiteFacts, query: QueryDict) -> dict[str, Any]:
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
    """Return the photos that were not stored, and what to do. Reads only what `address` wrote."""
    troubles = []
    for text in query.getlist("photo")[:_MOST_SHOWN]:
        position, _, word = text.partition("-")
        if word in Trouble and position.isascii() and position.isdecimal() and len(position) < 3:
            troubles.append((int(position), Trouble(word).sentence))
    return troubles
