"""The visitor's form. Nothing here waits for anything but one database commit."""

import logging
import uuid
from typing import Any
from uuid import UUID

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from pagetojob.kernel.gates.registry import Environment
from pagetojob.kernel.gates.services import KILLED, decide
from pagetojob.kernel.leads.models import Lead
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.titanmap import selectors as titanmap
from pagetojob.kernel.titanmap.models import TaxonomyItem

from .. import access
from ..forms.appointment import AppointmentForm
from ..services.intake import capture_request, wait_briefly
from ..services.site import SiteFacts, last_known, read_site

log = logging.getLogger(__name__)
_CAMPAIGN_MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")


# The form acts for nobody who is signed in, so there is nothing to forge, and a visitor whose browser
# keeps no cookie must not lose a request to the check.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_form(request: HttpRequest, slug: str) -> HttpResponse:
    _read_as_sent_by_our_page(request)
    try:
        return _form_or_thanks(request, slug)
    except (OperationalError, InterfaceError):
        log.exception("intake without a database", extra={"slug": slug})
        return _sorry(request, slug)


def _form_or_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = access.tenant_for_visitor(slug)
    with scope.tenant(tenant.pk):
        wait_briefly()
        site = read_site(tenant)
        binding = titanmap.binding_for_page(tenant, _without_nul(request.GET.get("page", "")[:200]))
        form = _form(request, site, binding.job_type if binding else None)
        if request.method == "POST" and form.is_valid():
            page_path = binding.page_path if binding else request.path
            asked = form.to_request(page_path=page_path, source=_source(request))
            lead, _ = capture_request(tenant=tenant, request=asked, binding=binding)
            return redirect("intake:received", slug=slug, public_id=lead.public_id)
        if form.is_bound:
            form.renew_token()
        decision = decide("booking-request-fallback", tenant, Environment.PRODUCTION)
        # A form that was open when somebody on call killed it is still taken: nothing is lost by it.
        call_only = any(reason is KILLED for reason in decision.missing)
        context = {"form": form, "site": site, "call_only": call_only}
        return render(request, "syncqueue/request_form.html", context, status=422 if form.is_bound else 200)


def _sorry(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing is stored and nothing is promised: the number to call, and what was typed, to send again.

    The form keeps its token, so that it finds its lead if the commit went through after all.
    """
    site = last_known(slug)
    context = {"site": site, "form": _form(request, site, None) if site else None, "unavailable": True}
    answer = render(request, "syncqueue/request_form.html", context, status=503)
    answer["Retry-After"] = "10"
    return answer


class DropFiles(FileUploadHandler):
    """The form takes no files; one that comes along is read past, not kept."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


def _read_as_sent_by_our_page(request: HttpRequest) -> None:
    """Our page is UTF-8, so its answers are, whatever a header claims; and it sends no files."""
    request.encoding = "utf-8"
    request.upload_handlers = [DropFiles(request)]


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")


@never_cache
@require_safe
def received(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """The thank-you page: shown only for a lead that is stored. Holds no personal data."""
    tenant = access.tenant_for_visitor(slug)
    with scope.tenant(tenant.pk):
        lead = get_object_or_404(Lead, tenant=tenant, public_id=public_id)
        return render(request, "syncqueue/received.html", {"lead": lead, "site": read_site(tenant)})


def _form(request: HttpRequest, site: SiteFacts, job_type: TaxonomyItem | None) -> AppointmentForm:
    data = request.POST.dict() if request.method == "POST" else None
    initial: dict[str, Any] = {"form_token": uuid.uuid4()}
    if job_type:
        initial["service"] = job_type.name
    return AppointmentForm(data, site=site, initial=initial)


def _source(request: HttpRequest) -> dict[str, str]:
    """Where the visitor came from, cut to what a row should hold."""
    found = {mark: request.GET[mark][:200] for mark in _CAMPAIGN_MARKS if mark in request.GET}
    found["landing_url"] = request.build_absolute_uri()[:500]
    if referrer := request.headers.get("Referer", ""):
        found["referrer"] = referrer[:500]
    return {name: _without_nul(value) for name, value in found.items()}
