"""The visitor's form. Nothing here waits for anything but one database commit."""

import uuid
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from pagetojob.kernel.leads.models import Lead
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import BusinessProfile, Tenant
from pagetojob.kernel.titanmap import selectors as titanmap
from pagetojob.kernel.titanmap.models import PageBinding

from .. import access
from ..forms import AppointmentForm
from ..services.intake import capture_request

_CAMPAIGN_MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")


# The form acts for nobody who is signed in, so there is nothing to forge, and a visitor whose browser
# keeps no cookie must not lose a request to the check.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def request_form(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = access.tenant_for_visitor(slug)
    with scope.tenant(tenant.pk):
        binding = titanmap.binding_for_page(tenant, request.GET.get("page", "")[:200])
        form = _form(request, tenant, binding)
        if request.method == "POST" and form.is_valid():
            page_path = binding.page_path if binding else request.path
            asked = form.to_request(page_path=page_path, source=_source(request))
            lead, _ = capture_request(tenant=tenant, request=asked, binding=binding)
            return redirect("intake:received", slug=slug, public_id=lead.public_id)
        form.renew_token() if form.is_bound else None
        profile = BusinessProfile.objects.filter(tenant=tenant).first()
        context = {"form": form, "tenant": tenant, "profile": profile, "binding": binding}
        status = 422 if form.is_bound else 200
        return render(request, "syncqueue/request_form.html", context, status=status)


@never_cache
@require_GET
def received(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """The thank-you page: shown only for a lead that is stored. Holds no personal data."""
    tenant = access.tenant_for_visitor(slug)
    with scope.tenant(tenant.pk):
        lead = get_object_or_404(Lead, tenant=tenant, public_id=public_id)
        profile = BusinessProfile.objects.filter(tenant=tenant).first()
        context = {"lead": lead, "tenant": tenant, "profile": profile}
        return render(request, "syncqueue/received.html", context)


def _form(request: HttpRequest, tenant: Tenant, binding: PageBinding | None) -> AppointmentForm:
    services = [item.name for item in titanmap.services_offered(tenant)]
    data = request.POST.dict() if request.method == "POST" else None
    initial: dict[str, Any] = {"form_token": uuid.uuid4()}
    if binding and binding.job_type:
        initial["service"] = binding.job_type.name
    return AppointmentForm(data, tenant=tenant, services=services, initial=initial)


def _source(request: HttpRequest) -> dict[str, str]:
    """Where the visitor came from, cut to what a row should hold."""
    found = {mark: request.GET[mark][:200] for mark in _CAMPAIGN_MARKS if mark in request.GET}
    found["landing_url"] = request.build_absolute_uri()[:500]
    if referrer := request.headers.get("Referer", ""):
        found["referrer"] = referrer[:500]
    return {name: value.replace("\x00", "") for name, value in found.items()}
