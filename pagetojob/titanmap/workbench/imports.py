"""Imports into the map: upload a file, map its columns, review the changes, apply or undo them."""

import csv
from collections.abc import Callable
from itertools import zip_longest
from typing import IO, Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from pagetojob.importer import selectors, uploads
from pagetojob.importer.fields import MappingProblem
from pagetojob.importer.models import ImportRow, RowOutcome, Upload, UploadState
from pagetojob.importer.targets import target_of
from pagetojob.importer.uploads import ImportRefused
from pagetojob.importer.values import formula_safe
from pagetojob.platform.access import actor_of, operator_page, operators_only, tenant_for_operator
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on
from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap import documents
from pagetojob.titanmap.importing import PREFIX, missing
from pagetojob.titanmap.models import TaxonomyItem

from ..map_document import take_document
from ..map_errors import MapRefused
from . import access, boards
from .forms import MappingForm, UploadForm

_WORKING = (UploadState.READING, UploadState.APPLYING, UploadState.UNDOING)


@operator_page(Ability.VIEW_QUEUE)
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    return _list_page(request, tenant_for_operator(slug), UploadForm())


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Store and inspect a file. Nothing is imported yet."""
    tenant, form = tenant_for_operator(slug), UploadForm(request.POST, request.FILES)
    if form.is_valid():
        brought = form.cleaned_data["file"]
        try:
            made = _taken(tenant, form.cleaned_data["target"], brought, actor_of(request))
        except (ImportRefused, MapRefused) as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("titanmap:import", slug, made.public_id)
    return _list_page(request, tenant, form)


def _taken(tenant: Tenant, target: str, brought: UploadedFile, actor: User) -> Upload:
    """Store the file: a table waits for its column mapping, a whole map in JSON is staged immediately."""
    content, name = cast("IO[bytes]", brought), brought.name or ""
    if target == documents.SLUG:
        return take_document(tenant=tenant, content=content, name=name, actor=actor)
    return uploads.take_upload(tenant=tenant, target=target, content=content, name=name, actor=actor)


def _list_page(request: HttpRequest, tenant: Tenant, form: UploadForm) -> HttpResponse:
    rows = [(row, target_of(row.target).label) for row in selectors.uploads_of(tenant, PREFIX)[:PAGE_SIZE]]
    context = {
        "tenant": tenant,
        "form": form,
        "rows": rows,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "titanmap/imports.html", context, status=422 if form.errors else 200)


@operator_page(Ability.VIEW_QUEUE)
def import_detail(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _page(request, access.upload_of(tenant_for_operator(slug), public_id))


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def mapping(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Confirm the column mapping; a worker then reads the rows."""
    row = access.upload_of(tenant_for_operator(slug), public_id)
    form = _mapping_form(row, request.POST)
    if form.is_valid():
        try:
            row = uploads.confirm_mapping(upload=row, mapping=form.mapping(), actor=actor_of(request))
        except MappingProblem as problem:
            form.add_error(problem.field or None, problem.for_people)
        except ImportRefused as refused:
            form.add_error(None, refused.for_people)
        else:
            return redirect("titanmap:import", slug, row.public_id)
    return _page(request, row, form=form)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def sheet(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Read another sheet of the workbook."""
    row = access.upload_of(tenant_for_operator(slug), public_id)
    try:
        row = uploads.choose_sheet(upload=row, sheet=request.POST.get("sheet", ""), actor=actor_of(request))
    except ImportRefused as refused:
        messages.error(request, refused.for_people)
    return redirect("titanmap:import", slug, row.public_id)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def rows(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Include the checked rows among those shown, and exclude the others."""
    row = access.upload_of(tenant_for_operator(slug), public_id)
    shown, ticked = (_numbers(request.POST.getlist(name)) for name in ("shown", "chosen"))
    try:
        uploads.choose_rows(upload=row, numbers=shown - ticked, chosen=False)
        uploads.choose_rows(upload=row, numbers=shown & ticked, chosen=True)
    except ImportRefused as refused:
        messages.error(request, refused.for_people)
    else:
        messages.success(request, f"{len(shown & ticked)} of the {len(shown)} rows shown will be imported.")
    return redirect(f"{request.path.removesuffix('/rows')}?{request.POST.get('back', '')}")


def _numbers(texts: list[str]) -> set[int]:
    return {int(text) for text in texts if text.isdecimal() and len(text) < 10}


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def approve(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _act(request, slug, public_id, uploads.approve)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def undo(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _act(request, slug, public_id, uploads.undo)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def discard(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    return _act(request, slug, public_id, uploads.discard)


def _act(request: HttpRequest, slug: str, public_id: UUID, service: Callable[..., Upload]) -> HttpResponse:
    """Run a service that needs only a reason."""
    row, form = access.upload_of(tenant_for_operator(slug), public_id), ReasonForm(request.POST)
    if form.is_valid():
        with errors_on(form, ImportRefused):
            service(upload=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
            return redirect("titanmap:import", slug, public_id)
    return _page(request, row, reason=form)


def _mapping_form(row: Upload, data: Any = None) -> MappingForm:
    guessed = row.mapping or selectors.suggested(row).mapping
    return MappingForm(data, target=target_of(row.target), upload=row, guessed=guessed)


def _page(
    request: HttpRequest, row: Upload, *, form: MappingForm | None = None, reason: ReasonForm | None = None
) -> HttpResponse:
    reason = reason or ReasonForm()
    context: dict[str, Any] = {
        "tenant": row.tenant,
        "upload": row,
        "label": target_of(row.target).label,
        "working": row.state in _WORKING,
        "reason": reason,
        "form": form,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "may_map": row.state in (UploadState.UPLOADED, UploadState.READY),
        "whole": row.target == documents.SLUG,
        "may_undo": row.state == UploadState.APPLIED and uploads.last_applied(row.tenant_id, row.target) == row,
    }
    if context["may_map"] and not context["whole"]:
        context |= {"form": form or _mapping_form(row), "remembered": selectors.suggested(row).remembered}
    if row.state == UploadState.UPLOADED:
        context["samples"] = [
            {"number": line.number, "named": list(zip_longest(row.headings, line.cells, fillvalue=""))}
            for line in uploads.samples(row)
        ]
    elif row.state != UploadState.REFUSED:
        context |= _rows_shown(request, row)
    wrong = bool(reason.errors or (form and form.errors))
    return render(request, "titanmap/import.html", context, status=422 if wrong else 200)


def _rows_shown(request: HttpRequest, row: Upload) -> dict[str, Any]:
    """Return the counts, one page of rows with one outcome, and the items missing from the file."""
    counted = selectors.tally(row)
    wanted = request.GET.get("show", "")
    first = next((kind for kind in ("changed", "new", "problem", "same") if counted.counts[kind]), "same")
    outcome = wanted if wanted in RowOutcome.values or wanted == "missing" else first
    after = request.GET.get("after", "")
    page_rows = selectors.rows_of(
        row, outcome, after=int(after) if after.isdecimal() and len(after) < 10 else 0, limit=PAGE_SIZE
    )
    gone = TaxonomyItem.objects.none() if row.target == documents.SLUG else missing(row.tenant, row)
    kinds = [(kind.value, kind.label, counted.counts[kind.value]) for kind in RowOutcome]
    return {
        "tally": counted,
        "outcome": outcome,
        "kinds": [*kinds, ("missing", "not in the file", gone.count())],
        "rows": boards.shown_rows(row.target, page_rows),
        "gone": gone[:PAGE_SIZE] if outcome == "missing" else (),
        "older_url": f"?show={outcome}&after={page_rows[-1].number}" if len(page_rows) == PAGE_SIZE else "",
        "choosing": row.state == UploadState.READY and outcome in ("new", "changed"),
    }


@require_safe
@operators_only(Ability.VIEW_QUEUE)
def problems_csv(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Export the problem rows for the person who corrects the file. Contains no cell contents."""
    row = access.upload_of(tenant_for_operator(slug), public_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="problems-{row.public_id}.csv"'
    writer = csv.writer(response)
    writer.writerow(("row", "column", "what to do"))
    wrong = ImportRow.objects.filter(tenant=row.tenant_id, upload=row, outcome=RowOutcome.PROBLEM).order_by("number")
    for number, column, problem in wrong.values_list("number", "column", "problem").iterator():
        writer.writerow(formula_safe((number, column, problem)))
    return response
