"""The thank-you page of a request: what was stored, who was notified, and which photos were not stored."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.titanmap.capacity import CALL
from pagetojob.titanmap.models import Urgency
from syncqueue.leads.models import Exclusion, Lead

from .. import visitor_texts
from ..mail_facts import mail_facts
from ..models import Kind
from ..services.intake import BRIEFLY
from ..services.photos import Trouble
from ..services.site import SiteFacts, read_site
from ..unparsed_answers import sentences
from .visiting import for_visitors, unavailable, visit_of

_MOST_SHOWN = 20
log = logging.getLogger(__name__)


@never_cache
@require_safe
@for_visitors
def received(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the thank-you page, only for a stored lead. Contains no personal data. Six queries."""
    try:
        tenant = visit_of(request, slug).tenant
        with scope.tenant(tenant.pk, **BRIEFLY):
            lead = get_object_or_404(Lead, tenant=tenant, public_id=public_id)
            return render(request, "syncqueue/received.html", _context(lead, read_site(tenant), request.GET))
    except UNAVAILABLE:
        log.exception("thank-you page without a database", extra={"slug": slug})
        return unavailable(request, slug)


def _context(lead: Lead, site: SiteFacts, query: QueryDict) -> dict[str, Any]:
    """Return the template context. Two queries, in the tenant's scope."""
    booking = lead.booking_requests.first()
    as_typed, capacity = (booking.as_typed, booking.capacity or {}) if booking else ({}, {})
    mails, business, now = mail_facts(lead), site.business, timezone.now()
    return {
        "lead": lead,
        "site": site,
        "unread": sentences(as_typed),
        "urgent": bool(booking and booking.urgency == Urgency.EMERGENCY),
        "call_first": bool(site.phone) and capacity.get("primary") == CALL,
        "notice": visitor_texts.notice(mails.get(Kind.BUSINESS_NOTIFICATION), business, now=now),
        "confirmation": visitor_texts.confirmation(mails.get(Kind.VISITOR_CONFIRMATION), business, now=now),
        "office_hours": visitor_texts.office_hours(business, now=now),
        "no_way_to_answer": visitor_texts.no_way_to_answer(phone=lead.phone, email=lead.email, business=business),
        "no_appointment_yet": visitor_texts.NO_APPOINTMENT_YET,
        "is_private": True,
        "test": visitor_texts.TEST_REQUEST if lead.excluded_as == Exclusion.TEST else "",
        "photo_troubles": _photo_troubles(query),
        "as_of": visitor_texts.as_of(business, now=now),
    }


def received_url(slug: str, lead: Lead, troubles: Mapping[int, Trouble]) -> str:
    """Return the URL of the thank-you page of `lead`; photos that were not stored are listed as `photo=2-big`."""
    query = urlencode([("photo", f"{position}-{trouble.value}") for position, trouble in sorted(troubles.items())])
    return reverse("intake:received", args=[slug, lead.public_id]) + (f"?{query}" if query else "")


def _photo_troubles(query: QueryDict) -> list[tuple[int, str]]:
    """Return the photos that were not stored, and what to do. Reads only what `received_url` wrote."""
    troubles = []
    for text in query.getlist("photo")[:_MOST_SHOWN]:
        position, _, word = text.partition("-")
        if word in Trouble and position.isascii() and position.isdecimal() and len(position) < 3:
            troubles.append((int(position), Trouble(word).sentence))
    return troubles
