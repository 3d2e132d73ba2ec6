"""All drafts of an import on one page, with their changes, for approval by a second person."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.importer.models import Upload
from pagetojob.importer.selectors import upload_of
from pagetojob.platform.access import actor_of, operator_page, tenant_for_operator, tenant_page
from pagetojob.platform.forms import errors_on
from pagetojob.platform.paging import PAGE_SIZE, keyset_links
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap import approving
from pagetojob.titanmap.importing import PREFIX
from pagetojob.titanmap.models import PageDraft
from pagetojob.titanmap.services import MapRefused

from . import boards
from .forms import AllForm


@tenant_page(Ability.VIEW_QUEUE)
def drafts(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """List 50 drafts at a time by tenant.slug, with counts of all. Runs nine queries plus authentication."""
    return _page(request, upload_of(tenant, PREFIX, public_id), None)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def approve(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _act(request, slug, public_id, approving.approve_all)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def back(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _act(request, slug, public_id, approving.back_all)


def _act(request: HttpRequest, slug: str, public_id: UUID, service: Callable[..., Run]) -> HttpResponse:
    upload, form = upload_of(tenant_for_operator(slug), PREFIX, public_id), AllForm(request.POST)
    if form.is_valid():
        with errors_on(form, MapRefused):
            service(upload=upload, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "The drafts are queued. You can leave this page.")
            return redirect("titanmap:import-drafts", slug, public_id)
    return _page(request, upload, form)


def _page(request: HttpRequest, upload: Upload, form: AllForm | None) -> HttpResponse:
    actor, after = actor_of(request), request.GET.get("after", "")[:80].replace("\x00", "")
    rows = approving.waiting(upload).select_related(*PageDraft.MAPPED)
    page_rows = list((rows.filter(slug__gt=after) if after else rows)[:PAGE_SIZE])
    run = approving.last_run(upload)
    preview, way_back = approving.preview(upload, actor), approving.way_back(upload)
    context = {
        "tenant": upload.tenant,
        "upload": upload,
        "rows": boards.shown_drafts(page_rows, actor),
        **keyset_links("", older=("after", len(page_rows) == PAGE_SIZE and page_rows[-1].slug)),
        "preview": preview,
        "way_back": way_back,
        "run": run,
        "working": run is not None and run.state in OPEN,
        "form": form,
        "reason": (form or AllForm())["reason"],
        "can_act": actor.can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "titanmap/import_drafts.html", context, status=422 if form and form.errors else 200)
