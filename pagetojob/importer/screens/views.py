"""Views of an import: upload a file, match its columns, review the preview, then approve, undo or discard it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform import masking, times
from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.files.responses import saved_as
from pagetojob.platform.forms import errors_on, errors_shown, typed_number
from pagetojob.platform.paging import PAGE_SIZE, keyset_links, page_links, requested_page
from pagetojob.platform.spreadsheet import csv_bytes
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from pagetojob.servicetitan.mirror.schedule import environment_label, grade_label

from .. import selectors, uploads
from ..columns import Columns
from ..errors import TableError
from ..fields import FieldSpec, MappingProblem, missing
from ..models import ImportRow, RowOutcome, Upload, UploadState
from ..records import Line
from ..targets import FileTarget, target_of
from ..uploads import ImportRefused
from ..values import BadValue, moment, read
from ..waiting import waits_until
from .area import Area
from .forms import ApproveForm, ColumnsForm, SeenForm, UploadForm, suggestion_words


def _is_open(row: Upload) -> bool:
    """Return whether a person can still change the columns of an import, or discard it."""
    return row.state in (UploadState.UPLOADED, UploadState.READY) or selectors.is_reading_stopped(row)


@tenant_page(Ability.VIEW_QUEUE)
def imports(request: HttpRequest, tenant: Tenant, area: Area) -> HttpResponse:
    return _list_page(request, tenant, area, UploadForm(area=area))


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def upload(request: HttpRequest, tenant: Tenant, area: Area) -> HttpResponse:
    """Store a file. Nothing is imported yet."""
    form = UploadForm(request.POST, request.FILES, area=area)
    if form.is_valid():
        file = form.cleaned_data["file"]
        with errors_on(form, ImportRefused, field="file"):
            made = area.take(
                tenant=tenant, target=form.cleaned_data["target"], content=file, name=file.name or "",
                actor=actor_of(request),
            )  # fmt: skip
            return redirect(area.url("import", tenant, made))
    return _list_page(request, tenant, area, form)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def api_import(request: HttpRequest, tenant: Tenant, area: Area) -> HttpResponse:
    """Start an import by API."""
    assert area.api is not None
    with errors_shown(request, ImportRefused):
        _, new = area.api.start(tenant=tenant, actor=actor_of(request), reason="An operator requested the import.")
        messages.success(request, "The import is queued." if new else "An import is already running.")
    return redirect(area.url("imports", tenant))


def _list_page(request: HttpRequest, tenant: Tenant, area: Area, form: UploadForm) -> HttpResponse:
    page = requested_page(request, selectors.uploads_of(tenant, area.prefix))
    wrong = selectors.with_problems(page)
    context = _context(request, area, tenant) | {
        "form": form,
        "rows": [
            (
                row,
                target_of(row.target).label,
                area.url("import", tenant, row),
                selectors.state_words(row, has_problems=row.pk in wrong),
            )
            for row in page
        ],
        "api": area.api.board(tenant) if area.api else None,
        **page_links(page),
    }
    return render(request, "importer/imports.html", context, status=422 if form.errors else 200)


def _context(request: HttpRequest, area: Area, tenant: Tenant, row: Upload | None = None) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "area": area,
        "here": "files",
        "urls": area.urls(tenant) | (area.urls(tenant, row) if row else {}),
        "upload": row,
        "target": target_of(row.target) if row else None,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "waits_until": waits_until(row) if row else None,
    }


@tenant_page(Ability.VIEW_QUEUE)
def columns(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Show each heading with samples, and the field that it is matched to."""
    row = selectors.upload_of(tenant, area.prefix, public_id)
    if not _is_open(row) or not row.headings:
        return redirect(area.url("import", row.tenant, row))
    return _columns_page(request, area, row)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def mapping(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Confirm the column mapping; a worker then reads the rows of the stored file."""
    row = selectors.upload_of(tenant, area.prefix, public_id)
    form = _columns_form(row, selectors.suggested(row), request.POST)
    if form.is_valid():
        version, actor = form.cleaned_data["version"], actor_of(request)
        try:
            made = uploads.confirm_mapping(upload=row, mapping=form.mapping(), actor=actor, version=version)
        except MappingProblem as problem:
            form.refuse(problem)
        except ImportRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(area.url("import", row.tenant, made))
    return _columns_page(request, area, row, form)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def sheet(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Read another sheet of the workbook."""
    row = selectors.upload_of(tenant, area.prefix, public_id)
    with errors_shown(request, ImportRefused):
        seen, name = _numbers([request.POST.get("version", "")]), request.POST.get("sheet", "")
        row = uploads.choose_sheet(upload=row, sheet=name, actor=actor_of(request), version=min(seen, default=None))
    return redirect(area.url("import", row.tenant, row))


def _columns_form(row: Upload, suggestion: selectors.Suggested, data: Any = None) -> ColumnsForm:
    return ColumnsForm(data, upload=row, target=target_of(row.target), mapping=row.mapping or suggestion.mapping)


def _columns_page(request: HttpRequest, area: Area, row: Upload, form: ColumnsForm | None = None) -> HttpResponse:
    suggestion = selectors.suggested(row)
    form = form or _columns_form(row, suggestion)
    mapped = row.mapping or suggestion.mapping
    columns = Columns(row.headings, mapped)
    lacking = missing(target_of(row.target).fields, mapped)
    lines, repeated = _samples(row), columns.repeated
    context = _context(request, area, row.tenant, row) | {
        "form": form,
        "unknown": columns.unknown,
        "repeated": repeated,
        "lacking": lacking.label if lacking else "",
        "columns": [
            {
                "place": place,
                "heading": heading,
                "samples": _cells(row, mapped, lines, place, like=repeated.get(place, place)),
                "field": form.column(place),
                "why": suggestion_words(suggestion, heading, place, repeated.get(place)),
            }
            for place, heading in enumerate(row.headings, start=1)
        ],
    }
    return render(request, "importer/columns.html", context, status=422 if form.errors else 200)


def _cells(row: Upload, mapped: Mapping[str, list[int]], lines: Sequence[Line], place: int, *, like: int) -> list[str]:
    """Return the first cells of a column. `like` is another column with the same heading, or the column itself.

    If the file may be about people, a cell is shown in clear only if it is a date, or fits a field that is not about
    them: a column of names may have been matched to an ID. A person compares two columns with the same heading.
    """
    target = target_of(row.target)
    field = next((spec for spec in target.fields if {place, like} & set(mapped.get(spec.name, ()))), None)
    cells = [cell for line in lines if (cell := "".join(line.cells[place - 1 : place]).strip())]
    if not target.personal:
        return cells
    return [cell if _is_date(cell) or _fits(field, cell) else masking.shape(cell) for cell in cells]


def _fits(field: FieldSpec | None, cell: str) -> bool:
    if field is None or field.personal:
        return False
    try:
        return read(field, [cell], UTC) is not None
    except BadValue:
        return False


def _is_date(cell: str) -> bool:
    try:
        return any(mark in cell for mark in "/-,") and bool(moment(cell, UTC))
    except BadValue:
        return False


def _samples(row: Upload) -> list[Line]:
    try:
        return uploads.samples(row) if _is_open(row) else []
    except TableError:
        return []  # reading the rows will say what is wrong


@tenant_page(Ability.VIEW_QUEUE)
def detail(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Show the preview or the outcome; while the columns are not confirmed, lead there."""
    row = selectors.upload_of(tenant, area.prefix, public_id)
    if row.state == UploadState.UPLOADED:
        return redirect(area.url("columns", row.tenant, row))
    return _page(request, area, row)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def rows(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Include the checked rows among those shown, and exclude the others."""
    row = selectors.upload_of(tenant, area.prefix, public_id)
    shown, ticked = (_numbers(request.POST.getlist(name)) for name in ("shown", "chosen"))
    with errors_shown(request, ImportRefused):
        uploads.choose_rows(upload=row, included=shown & ticked, excluded=shown - ticked, actor=actor_of(request))
        messages.success(request, f"{len(shown & ticked)} of the {len(shown)} rows shown will be imported.")
    return redirect(f"{area.url('import', row.tenant, row)}?{request.POST.get('back', '')}")


def _numbers(texts: list[str]) -> set[int]:
    return {number for text in texts if (number := typed_number(text)) is not None}


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def approve(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    row = selectors.upload_of(tenant, area.prefix, public_id)
    form = ApproveForm(request.POST, upload=row, target=target_of(row.target))
    return _act(request, area, row, form, uploads.approve)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def undo(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    return _act_with_reason(request, tenant, public_id, area, uploads.undo)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def resume(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Apply the rows that an import has left since its run stopped."""
    return _act_with_reason(request, tenant, public_id, area, uploads.resume)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def discard(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Discard an import and delete its file."""
    return _act_with_reason(request, tenant, public_id, area, uploads.discard)


def _act_with_reason(
    request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area, service: Callable[..., Upload]
) -> HttpResponse:
    row = selectors.upload_of(tenant, area.prefix, public_id)
    return _act(request, area, row, SeenForm(request.POST), service)


def _act(request: HttpRequest, area: Area, row: Upload, form: SeenForm, service: Callable[..., Upload]) -> HttpResponse:
    if form.is_valid():
        with errors_on(form, ImportRefused):
            service(upload=row, actor=actor_of(request), **form.options())
            return redirect(area.url("import", row.tenant, row))
    row.refresh_from_db()
    return _page(request, area, row, form)


def _page(request: HttpRequest, area: Area, row: Upload, form: SeenForm | None = None) -> HttpResponse:
    target, tally = target_of(row.target), selectors.tally(row)
    whole_file = isinstance(target, FileTarget)
    context = _context(request, area, row.tenant, row) | {
        "label": target.label,
        "state": selectors.state_words(row, has_problems=bool(selectors.with_problems([row]))),
        "mapped": bool(row.headings),
        "whole_file": whole_file,
        "working": row.state in selectors.WORKING and not selectors.is_reading_stopped(row),
        "why_stopped": selectors.why_stopped(row),
        "form": form,
        "approval": form if isinstance(form, ApproveForm) else ApproveForm(upload=row, target=target),
        "tally": tally,
        **_approvable(row, tally, whole_file=whole_file),
        "may_discard": _is_open(row),
        **_undoable(row, whole_file=whole_file),
        "unknown": Columns(row.headings, row.mapping).unknown,
        "source": _source_words(row),
        **area.more(row),
    }
    if row.state == UploadState.DISCARDED and (newer := selectors.successor_of(row)):
        context["newer_url"] = area.url("import", row.tenant, newer)
    if row.state not in (*selectors.WORKING, UploadState.REFUSED, UploadState.DISCARDED):
        context |= _rows_shown(request, area, row, tally)
    return render(request, "importer/import.html", context, status=422 if form and form.errors else 200)


def _approvable(row: Upload, tally: selectors.Tally, *, whole_file: bool) -> dict[str, Any]:
    """Return whether the import may be approved, and the digest of the rows that an approval covers."""
    if row.state != UploadState.READY:
        return {"may_approve": False, "chosen": ""}
    may_approve = not tally.counts[RowOutcome.PROBLEM] if whole_file else tally.chosen
    return {"may_approve": may_approve, "chosen": selectors.chosen_digest(row)}


def _undoable(row: Upload, *, whole_file: bool) -> dict[str, Any]:
    """Return whether the import may be undone, and how many rows it has left if its run stopped."""
    is_applied = row.state == UploadState.APPLIED and not whole_file
    may_undo = is_applied and uploads.last_applied(row.tenant_id, row.target) == row
    return {"may_undo": may_undo, "rows_left": uploads.rows_left(row) if may_undo else 0}


def _source_words(row: Upload) -> Mapping[str, Any] | None:
    """Return the provenance of an import by API in words; None for a file."""
    if (source := row.notes.get("source")) is None:
        return None
    words = {"environment": environment_label(source["environment"]), "grade": grade_label(source["grade"])}
    read_at = datetime.fromisoformat(source["read_at"]) if source["read_at"] else None
    return {**source, **words, "read_at": read_at, "retired": row.notes.get("retired", 0)}


def _rows_shown(request: HttpRequest, area: Area, row: Upload, tally: selectors.Tally) -> dict[str, Any]:
    """Return one page of rows with one outcome, and what the file leaves out."""
    kinds = [(kind.value, kind.label, tally.counts[kind.value]) for kind in RowOutcome]
    gone = area.not_in_file(row) if area.not_in_file else None
    if gone is not None:
        kinds.append(("missing", "not in the file", gone.count()))
    wanted = request.GET.get("show", "")
    order = ("changed", "new", "problem", "same") if area.by_row else ("problem", "changed", "new", "same")
    first = next((kind for kind in order if tally.counts[kind]), "same")
    outcome = wanted if any(wanted == kind for kind, _, _ in kinds) else first
    after = typed_number(request.GET.get("after")) or 0
    page_rows = selectors.rows_of(row, outcome, after=after, limit=PAGE_SIZE)
    return {
        "outcome": outcome,
        "kinds": kinds,
        "covers": [times.shown_day(day) for day in row.notes.get("covers") or ()],
        "rows": area.show_rows(row, page_rows),
        "gone": gone[:PAGE_SIZE] if gone is not None and outcome == "missing" else (),
        **keyset_links(f"?show={outcome}", older=("after", len(page_rows) == PAGE_SIZE and page_rows[-1].number)),
        "choosing": area.by_row and row.state == UploadState.READY and outcome in ("new", "changed"),
    }


@tenant_page(Ability.VIEW_QUEUE)
def problems_csv(request: HttpRequest, tenant: Tenant, public_id: UUID, area: Area) -> HttpResponse:
    """Export the problem rows for the person who corrects the file. Contains no cell contents."""
    row = selectors.upload_of(tenant, area.prefix, public_id)
    wrong = ImportRow.objects.filter(tenant=row.tenant_id, upload=row, outcome=RowOutcome.PROBLEM).order_by("number")
    lines = wrong.values_list("number", "column", "problem").iterator()
    return HttpResponse(
        csv_bytes([("row", "column", "what to do"), *lines]),
        content_type="text/csv; charset=utf-8",
        headers=saved_as(f"problems-{row.public_id}.csv"),
    )
