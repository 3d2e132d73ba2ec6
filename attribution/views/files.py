"""Views of exports: list, details, and the linking that follows an import."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.credentials.forms import reason_given
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from syncqueue.selectors import inbox

from .. import access
from ..errors import AttributionError
from ..forms import WindowForm
from ..selectors import files
from ..services import review
from ..services.linking import start_linking

_EVENTS = timedelta(days=31)


@tenant_page(Ability.VIEW_QUEUE)
def file_list(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the exports, newest first, their coverage, and when events may have been missed. Eight queries."""
    now = timezone.now()
    page = requested_page(request, files.files_of(tenant))
    context = {
        "tenant": tenant,
        "here": "files",
        "files": page,
        "coverage": files.coverage(tenant),
        "events": inbox.statement(tenant, since=now - _EVENTS, until=now),
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        **page_links(page),
    }
    return render(request, "attribution/files.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def file_detail(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show one export: its columns, changes and remarks. Two queries."""
    context = {"tenant": tenant, "here": "files", "file": access.file_of(tenant, public_id)}
    return render(request, "attribution/file.html", context)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def link(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Start a linking of what changed, or of everything."""
    actor, whole = actor_of(request), request.POST.get("whole")
    if reason := reason_given(request):
        _, new = start_linking(tenant=tenant, actor=actor, reason=reason, whole=whole == "yes")
        messages.success(request, "Linking run requested." if new else "A linking run is already in progress.")
    return redirect("attribution:overview", tenant.slug)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def window(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Set the attribution window and link everything again with it."""
    form = WindowForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose between 1 and 730 days and enter a reason.")
        return redirect("attribution:overview", tenant.slug)
    days, reason, actor = form.cleaned_data["window_days"], form.cleaned_data["reason"], actor_of(request)
    with errors_shown(request, AttributionError):
        review.set_window(tenant_id=tenant.pk, days=days, actor=actor, reason=reason)
        start_linking(tenant=tenant, actor=actor, reason=reason)
        messages.success(request, f"The window is now {days} days. Everything is being linked again.")
    return redirect("attribution:overview", tenant.slug)
