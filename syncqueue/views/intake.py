"""The visitor's request form. Its answer waits for nothing except one database commit."""

import logging
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

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
from pagetojob.titanmap.models import PageBinding

from .. import attribution_source, spam_signals, visitor_texts
from ..forms.appointment import AppointmentForm, render_mark
from ..selectors.website import made_paths
from ..services import intake_state, synthetic
from ..services.api import origin_is_listed
from ..services.counter import Hits, count_post
from ..services.intake import BRIEFLY, AppointmentRequest, capture_request
from ..services.photos import SentPhoto, keep_photos
from ..services.site import PageFacts, SiteFacts, last_known, read_page, read_site
from .reading import read_form
from .thank_you import received_url
from .visiting import for_visitors, visit_of

log = logging.getLogger(__name__)


# The form acts for no signed-in user, so CSRF is not possible, and a visitor whose browser rejects cookies must not
# lose a request to the check.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_visitors
def request_form(request: HttpRequest, slug: str) -> HttpResponse:
    return revalidate_on_back(request, _form_or_thanks(request, slug))


def _form_or_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    photos: list[SentPhoto] = []
    refused = None
    if request.method == "POST":
        try:
            photos = read_form(request)
        except UnreadableForm as error:
            refused = error
    try:
        sent = request.method == "POST" and not refused
        return _store_request(request, slug, photos) if sent else _empty_form(request, slug, refused=refused)
    except UNAVAILABLE:
        log.exception("intake without a database", extra={"slug": slug})
        if request.method == "POST":
            intake_state.note_failure()
        return _page_without_database(request, slug, photos_dropped=bool(photos))


def _empty_form(request: HttpRequest, slug: str, *, refused: UnreadableForm | None) -> HttpResponse:
    """Show the empty form; with `refused`, the answer to an unreadable body. Seven queries."""
    tenant = visit_of(request, slug).tenant
    with scope.tenant(tenant.pk, **BRIEFLY):
        site, binding = read_site(tenant), titanmap.binding_for_page(tenant, _page_path(request))
        answer = _form_page(request, tenant, new_form(request, site, binding), binding, refused)
        return attribution_source.remember(request, answer)


def _store_request(request: HttpRequest, slug: str, photos: list[SentPhoto]) -> HttpResponse:
    """Store the request: one commit, then the photos, if any. At most 13 statements, and two for errors.

    A synthetic request is not counted, and its statements are rolled back.
    """
    visiting = visit_of(request, slug)
    tenant = visiting.tenant
    nonce = synthetic.nonce_in(request.headers.get(synthetic.HEADER), tenant)
    if nonce:
        hits, photos = Hits(), []
    else:
        email = request.POST.get("email", "").strip()[:254]  # as the form does
        hits = count_post(tenant_id=tenant.pk, address=client_address(request), email=email)
    with scope.tenant(tenant.pk, **BRIEFLY):
        page = read_page(tenant, _page_path(request))
        form = AppointmentForm(request.POST.dict(), site=page.site)
        if not form.is_valid():
            form.photos_dropped = bool(photos)
            return _form_page(request, tenant, form, page.binding)
        asked = _typed_request(request, visiting, form, page, hits)
        if nonce:
            lead = synthetic.rehearse_capture(tenant=tenant, request=asked, binding=page.binding, nonce=nonce)
        else:
            lead, _ = capture_request(tenant=tenant, request=asked, binding=page.binding)
    troubles = keep_photos(tenant=tenant, lead=lead, photos=photos, posts=hits.address) if photos else {}
    return redirect(received_url(slug, lead, troubles))


def _typed_request(
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
        page_path=_page_of(request, form.site, binding),
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


def _form_page(
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


def _page_without_database(request: HttpRequest, slug: str, *, photos_dropped: bool) -> HttpResponse:
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


def _page_of(request: HttpRequest, site: SiteFacts, binding: PageBinding | None) -> str:
    """Return the path of the page that the request names, if there is such a page, else that of the form. No query."""
    path = _page_path(request)
    is_written = binding is not None and binding.page_path == path
    return path if is_written or path in made_paths(services=site.services, areas=site.areas) else request.path


def revalidate_on_back(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Set cache headers so that going back shows the same form with the same token, and resending is no second request.

    Pages with typed values or errors are never cached.
    """
    if request.method == "POST" or answer.status_code != 200:
        add_never_cache_headers(answer)
    else:
        patch_cache_control(answer, private=True, no_cache=True)
    return answer
