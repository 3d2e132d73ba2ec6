"""The domains of contractors, for operators; and what Caddy asks before it orders a certificate."""

import ipaddress
import time
from functools import lru_cache
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.client_address import client_address
from pagetojob.platform.credentials.forms import ReasonForm, reason_given
from pagetojob.platform.forms import errors_on
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import certificates
from . import domains as services
from .models import LONGEST_DOMAIN, CertificateReading, DomainCheck

#: A host is read from the database once in this time, however often Caddy asks about it.
TLS_CACHE_SECONDS = 5
MOST_CERTIFICATES = 50


class DomainForm(ReasonForm):
    domain = forms.CharField(
        label="Domain",
        max_length=LONGEST_DOMAIN,
        help_text="The address of the website, such as www.example.com.",
        error_messages={"required": "Enter the domain."},
    )
    by_address = forms.BooleanField(
        label="Request addresses instead of an alias, because this is the main domain without “www”", required=False
    )
    sender = forms.CharField(
        label="Sender domain",
        max_length=LONGEST_DOMAIN,
        required=False,
        help_text="The domain that mail on behalf of this contractor comes from, such as example.com. Empty: none.",
    )
    field_order = ("domain", "by_address", "sender", "reason")


@operator_page(Ability.VIEW_CONTRACTORS)
def domains(request: HttpRequest) -> HttpResponse:
    """List the domains of all contractors, failing ones first."""
    rows = DomainCheck.objects.select_related("tenant").order_by(F("alarm_at").asc(nulls_last=True), "domain")
    page = requested_page(request, rows)
    with scope.worker():  # operators cannot read the table, which has hosts of every contractor
        overdue = list(certificates.overdue()[:MOST_CERTIFICATES])
    return render(request, "onboarding/domains.html", {"checks": page, "overdue": overdue, **page_links(page)})


@tenant_page(Ability.VIEW_CONTRACTORS)
def contractor(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the domains of a contractor with the requested records and what DNS answers."""
    return _page(request, tenant, form=DomainForm())


@tenant_page(Ability.SET_UP, "POST")
def add(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = DomainForm(request.POST)
    if form.is_valid():
        with errors_on(form, services.DomainRefused):
            services.add_domain(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Domain added. Its first check starts within 15 seconds.")
            return redirect("domains:contractor", tenant.slug)
    return _page(request, tenant, form=form)


@operator_page(Ability.SET_UP, "POST")
def check_again(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    check = _check(slug, public_id)
    services.request_check(check=check, actor=actor_of(request))
    messages.success(
        request, f"The check of {check.domain} starts within 15 seconds. Reload this page to see its result."
    )
    return redirect("domains:contractor", slug)


@operator_page(Ability.SET_UP, "POST")
def remove(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    check = _check(slug, public_id)
    if reason := reason_given(request):
        services.remove_domain(check=check, actor=actor_of(request), reason=reason)
        messages.success(request, f"{check.domain} was removed.")
    return redirect("domains:contractor", slug)


@never_cache
@require_GET
def tls_allowed(request: HttpRequest) -> HttpResponse:
    """Return 200 if we serve the host, otherwise 404. Caddy asks on this machine; others get 404."""
    host = request.GET.get("domain", "")
    if not _is_local(client_address(request)) or not _is_served(host, int(time.monotonic() // TLS_CACHE_SECONDS)):
        raise Http404
    return HttpResponse("allowed", content_type="text/plain")


@lru_cache(maxsize=1024)
def _is_served(host: str, period: int) -> bool:
    return services.is_served(host)


def _is_local(address: str) -> bool:
    return bool(address) and ipaddress.ip_address(address).is_loopback


def _check(slug: str, public_id: UUID) -> DomainCheck:
    return get_object_or_404(DomainCheck.objects.select_related("tenant"), tenant__slug=slug, public_id=public_id)


def _page(request: HttpRequest, tenant: Tenant, *, form: DomainForm) -> HttpResponse:
    checks = list(DomainCheck.objects.filter(tenant=tenant).select_related("tenant"))
    subdomain = services.subdomain_of(tenant)
    with scope.worker():
        rows = CertificateReading.objects.filter(host__in=[subdomain, *(check.domain for check in checks)])
        readings = {row.host: row for row in rows}
    context = {
        "tenant": tenant,
        "subdomain": subdomain,
        "certificate": readings.get(subdomain),
        "cards": [_card(check) | {"certificate": readings.get(check.domain)} for check in checks],
        "may_act": actor_of(request).can(Ability.SET_UP),
        "form": form,
    }
    return render(request, "onboarding/domain.html", context, status=422 if form.errors else 200)


def _card(check: DomainCheck) -> dict[str, Any]:
    """Return a domain with the rows of its records and its mail, checked or not."""
    requested = services.requested_records(check)
    report = check.report
    checked = {(entry["name"], entry["type"]): entry for entry in report.get("records", [])}
    keys = {entry["selector"]: entry for entry in report.get("dkim", [])}
    records = [entry | checked.get((entry["name"], entry["type"]), {}) for entry in requested["records"]]
    mail = [
        {"label": "SPF", "name": check.sender, "type": "TXT", "wanted": f"include:{requested['spf_include']}"}
        | report.get("spf", {}),
        *(
            {"label": "DKIM", "name": f"{key['selector']}._domainkey.{check.sender}", "type": "CNAME"}
            | {"wanted": key["cname"]}
            | keys.get(key["selector"], {})
            for key in requested["dkim"]
        ),
        {"label": "DMARC", "name": f"_dmarc.{check.sender}", "type": "TXT"} | report.get("dmarc", {}),
        {"label": "MX", "name": check.sender, "type": "MX"} | report.get("mx", {}),
    ]
    return {"check": check, "records": records, "mail": mail if check.sender else []}
