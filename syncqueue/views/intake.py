"""The visitor's request form and its thank-you page. They wait for nothing except one database commit."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import KILLED, decide
from pagetojob.platform.client_address import client_address
from pagetojob.platform.form_bodies import UnreadableForm
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.legal import published_text
from pagetojob.platform.tenants.models import LegalKind, Tenant
from pagetojob.platform.tenants.public import Visit
from pagetojob.titanmap import selectors as titanmap
from pagetojob.titanmap.capacity import CALL
from pagetojob.titanmap.models import PageBinding, Urgency
from pagetojob.titanmap.opening_hours import opening_lines
from syncqueue.leads.models import Exclusion, Lead

from .. import attribution_source, spam_signals, visitor_texts
from ..forms.appointment import AppointmentForm, render_mark
from ..mail_facts import mail_facts
from ..models import Kind
from ..selectors.website import made_paths
from ..services import intake_state, synthetic
from ..services.api import origin_is_listed
from ..services.counter import Hits, count_post
from ..services.intake import BRIEFLY, AppointmentRequest, capture_request
from ..services.photos import SentPhoto, Trouble, keep_photos
from ..services.site import PageFacts, SiteFacts, last_known, read_page, read_site
from ..unparsed_answers import sentences
from .reading import read_form
from .visiting import for_visitors, visit_of

log = logging.getLogger(__name__)


# The form acts for no signed-in user, so CSRF is not possible, and a visitor whose browser rejects cookies must not
# lose a request to the check.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_visitors
def request_form(request: HttpRequest, slug: str) -> HttpResponse:
    return revalidate_on_back(request, _answer(request, slug))


def _answer(request: HttpRequest, slug: str) -> HttpResponse:
    photos: list[SentPhoto] = []
    refused = None
    if request.method == "POST":
        try:
            photos = read_form(request)
        except UnreadableForm as error:
            refused = error
    try:
        sent = request.method == "POST" and not refused
        return _sent(request, slug, photos) if sent else _page(request, slug, refused=refused)
    except UNAVAILABLE:
        log.exception("intake without a database", extra={"slug": slug})
        if request.method == "POST":
            intake_state.note_failure()
        return _sorry(request, slug, photos_dropped=bool(photos))


def _page(request: HttpRequest, slug: str, *, refused: UnreadableForm | None) -> HttpResponse:
    """Show the empty form; with `refused`, the answer to an unreadable body. Seven queries."""
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk, **BRIEFLY):
        site, binding = read_site(tenant), titanmap.binding_for_page(tenant, _page_path(request))
        answer = _show(request, tenant, new_form(request, site, binding), binding, refused)
        return attribution_source.remember(request, answer)


def _sent(request: HttpRequest, slug: str, photos: list[SentPhoto]) -> HttpResponse:
    """Store the request: one commit, then the photos, if any. At most 13 statements, and two for errors.

    A synthetic request is not counted, and its statements are rolled back.
    """
    visiting = visit_of(request, slug)
    tenant = visiting.tenant
    nonce = synthetic.nonce_in(request.headers.get(synthetic.HEADER), tenant)
    if nonce:
        hits, photos = Hits(), []
    else:
        email = request.POST.get("email", "")[:254]
        hits = count_post(tenant_id=tenant.pk, address=client_address(request), email=email)
    with scope.tenant(tenant.pk, **BRIEFLY):
        page = read_page(tenant, _page_path(request))
        form = AppointmentForm(request.POST.dict(), site=page.site)
        if not form.is_valid():
            form.photos_dropped = bool(photos)
            return _show(request, tenant, form, page.binding)
        asked = _asked(request, visiting, form, page, hits)
        if nonce:
            lead = synthetic.rehearse_capture(tenant=tenant, request=asked, binding=page.binding, nonce=nonce)
        else:
            lead, _ = capture_request(tenant=tenant, request=asked, binding=page.binding)
    troubles = keep_photos(tenant=tenant, lead=lead, photos=photos, posts=hits.address) if photos else {}
    return redirect(_thanks_url(slug, lead, troubles))


def _asked(
    request: HttpRequest, visiting: Visit, form: AppointmentForm, page: PageFacts, hits: Hits
) -> AppointmentRequest:
    """Return the request of a valid form. At most two queries."""
    tenant, binding = visiting.tenant, page.binding
    choice = titanmap.capacity_choice(
        tenant,
        binding=binding,
        rules=page.rules,
        urgency=form.cleaned_data["urgency"],
        hours=form.site.hours,
        at=timezone.now(),
    )
    asked = form.to_request(
        page_path=_sent_from(request, form.site, binding),
        source=attribution_source.source_of(request),
        suspected=_suspicions(request, tenant, form, hits),
        capacity=choice.as_json(),
        confirm=spam_signals.may_confirm(hits.email, settings.CONFIRMATIONS_A_DAY),
        is_test=visiting.is_preview,
    )
    if (shown := asked.consent_version) and shown != form.site.legal.get(LegalKind.CONSENT):
        earlier = published_text(tenant.pk, LegalKind.CONSENT, shown)
        asked = replace(asked, consent_text=visitor_texts.with_text_message_terms(earlier) or asked.consent_text)
    return asked


def _suspicions(request: HttpRequest, tenant: Tenant, form: AppointmentForm, hits: Hits) -> list[str]:
    return spam_signals.reasons(
        trap=form.trap,
        page=_page_age(request, tenant, form),
        hits=hits.address,
        limit=settings.INTAKE_LIMIT,
        typed=form.cleaned_data,
    )


def _page_age(request: HttpRequest, tenant: Tenant, form: AppointmentForm) -> spam_signals.Page:
    """Return the age of the page; a copied form on a listed website has no render time of ours. At most one query."""
    page = form.page_seen()
    if page is spam_signals.Page.NOT_OURS and origin_is_listed(tenant=tenant, origin=request.headers.get("Origin", "")):
        return spam_signals.Page.READ
    return page


def _show(
    request: HttpRequest,
    tenant: Tenant,
    form: AppointmentForm,
    binding: PageBinding | None,
    refused: UnreadableForm | None = None,
) -> HttpResponse:
    """Show the page with a form, with the phone number first if the capacity rules say so. Two queries."""
    decision = decide("booking-request-fallback", tenant, Environment.PRODUCTION)
    urgency = str(form.data.get("urgency", "")) if form.is_bound else ""
    context = {
        "form": form,
        "site": form.site,
        "choice": titanmap.capacity_choice(
            tenant, binding=binding, urgency=urgency, hours=form.site.hours, at=timezone.now()
        ),
        # A form opened before someone on call switched it off is still accepted, so nothing is lost.
        "call_only": form.site.is_paused or any(reason is KILLED for reason in decision.missing),
        "no_form": visitor_texts.no_form(form.site.phone, paused=form.site.is_paused),
        "refused": refused,
    }
    status = refused.status if refused else 422 if form.is_bound else 200
    return render(request, "syncqueue/request_form.html", context, status=status)


def _sorry(request: HttpRequest, slug: str, *, photos_dropped: bool) -> HttpResponse:
    """Show the phone number and what was typed, to send again. Nothing is stored and nothing is promised.

    The form keeps its token, so that it finds its lead if the commit succeeded after all.
    """
    site, form = last_known(slug), None
    if site:
        sent = request.method == "POST" and request.POST
        form = AppointmentForm(request.POST.dict(), site=site) if sent else new_form(request, site, None)
        form.photos_dropped = photos_dropped
    context = {"site": site, "form": form, "unavailable": True, "choice": None}
    return render(request, "syncqueue/request_form.html", context, status=503)


@never_cache
@require_safe
@for_visitors
def received(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the thank-you page, only for a stored lead. Contains no personal data. Six queries."""
    try:
        return _thank(request, slug, public_id)
    except UNAVAILABLE:
        log.exception("thank-you page without a database", extra={"slug": slug})
        return unavailable(request, slug)


def _thank(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk, **BRIEFLY):
        lead = get_object_or_404(Lead, tenant=tenant, public_id=public_id)
        context = _thanks(lead, read_site(tenant), request.GET)
        return render(request, "syncqueue/received.html", context)


def new_form(request: HttpRequest, site: SiteFacts, binding: PageBinding | None) -> AppointmentForm:
    """Return an empty form for any page of a tenant's website; it posts to `form.action`. No query.

    `syncqueue/appointment_fields.html` describes how to render it. Pass the response to `attribution_source.remember`.
    """
    page = f"?{urlencode({'page': binding.page_path})}" if binding else ""
    source = attribution_source.source_of(request)
    initial: dict[str, Any] = {
        "form_token": uuid.uuid4(),
        "rendered": render_mark(site),
        "landing": attribution_source.sealed(source, attribution_source.site_path(request)),
    }
    if binding and binding.job_type:
        initial["service"] = binding.job_type.name
    if (wanted := request.GET.get("service", "")) in site.services:
        initial["service"] = wanted
    return AppointmentForm(site=site, action=reverse("intake:request", args=[site.slug]) + page, initial=initial)


def _page_path(request: HttpRequest) -> str:
    return request.GET.get("page", "")[:200].replace("\x00", "")


def _sent_from(request: HttpRequest, site: SiteFacts, binding: PageBinding | None) -> str:
    """Return the path of the page that the request names, if there is such a page, else that of the form. No query."""
    path = _page_path(request)
    is_written = binding is not None and binding.page_path == path
    return path if is_written or path in made_paths(services=site.services, areas=site.areas) else request.path


_MOST_SHOWN = 20


def _thanks_url(slug: str, lead: Lead, troubles: Mapping[int, Trouble]) -> str:
    """Return the URL of the thank-you page of `lead`; photos that were not stored are listed as `photo=2-big`."""
    query = urlencode([("photo", f"{position}-{trouble.value}") for position, trouble in sorted(troubles.items())])
    return reverse("intake:received", args=[slug, lead.public_id]) + (f"?{query}" if query else "")


def _thanks(lead: Lead, site: SiteFacts, query: QueryDict) -> dict[str, Any]:
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
    }


def _photo_troubles(query: QueryDict) -> list[tuple[int, str]]:
    """Return the photos that were not stored, and what to do. Reads only what `_thanks_url` wrote."""
    troubles = []
    for text in query.getlist("photo")[:_MOST_SHOWN]:
        position, _, word = text.partition("-")
        if word in Trouble and position.isascii() and position.isdecimal() and len(position) < 3:
            troubles.append((int(position), Trouble(word).sentence))
    return troubles


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
    return render(request, "site/unavailable.html", context, status=503)
