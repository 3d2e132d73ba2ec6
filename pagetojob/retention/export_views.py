"""Exports of a whole contractor for operators: start one, see its progress, and download it."""

from uuid import UUID

from django.contrib import messages
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.credentials.forms import reason_given
from pagetojob.platform.files.responses import streamed
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import exporting
from .models import TenantExport
from .services import RetentionRefused

MOST = 20


@tenant_page(Ability.VIEW_QUEUE)
def listing(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """List the newest exports of a contractor, with their progress."""
    context = {
        "tenant": tenant,
        "rows": TenantExport.objects.filter(tenant=tenant).select_related("run")[:MOST],
        "days": exporting.STORED_DAYS,
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "retention/exports.html", context)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
@confirmed_first
def start(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    if reason := reason_given(request):
        with errors_shown(request, RetentionRefused):
            exporting.request_export(tenant=tenant, actor=actor_of(request), reason=reason)
            messages.success(request, "Export queued.")
    return redirect("retention:exports", tenant.slug)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
@confirmed_first
def download(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Stream the zip. The download is recorded in the audit log before it begins."""
    rows = TenantExport.objects.select_related("tenant")
    export = get_object_or_404(rows, tenant__slug=slug, public_id=public_id)
    if not (reason := reason_given(request)):
        return redirect("retention:exports", slug)
    if not export.is_ready:
        messages.error(request, "This export is not complete, or its content was removed.")
        return redirect("retention:exports", slug)
    TenantExport.objects.filter(pk=export.pk).update(downloaded_at=Now())
    record_change("retention.download_export", export, actor=actor_of(request), reason=reason)
    name = f"{slug}-{export.ended_at:%Y-%m-%d}.zip"
    return streamed(exporting.archive(export), name=name, content_type="application/zip")
