"""Requests of data subjects for operators: open one, read what was found, hand over a copy, erase with two people."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform import masking
from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.credentials.forms import reason_given
from pagetojob.platform.files import responses
from pagetojob.platform.files.models import File
from pagetojob.platform.files.services import FileRefused, content_of
from pagetojob.platform.forms import errors_on, errors_shown
from pagetojob.platform.limited_process import TooManyChildren
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.transparency.views import bundle_download

from . import subject_export, subjects
from .erasing import KIND, REMAINS
from .forms import SubjectForm
from .labels import labeled
from .models import SubjectKind, SubjectMatch, SubjectRequest
from .places import places
from .readers import ReadFile, evidence_file, evidence_types
from .receipts import receipt_file
from .search import EVIDENCE
from .services import RetentionRefused, lost_operators, why_not_second
from .transfer import FILE

STEPS: dict[str, tuple[Callable[..., None], str]] = {
    "search": (subjects.search_again, "Search started."),
    "request-erasure": (subjects.request_erasure, "Erasure requested. Another person must confirm it."),
    "withdraw": (subjects.withdraw_erasure, "Erasure withdrawn. The list can be changed again."),
    "confirm": (subjects.confirm_erasure, "Erasure confirmed and started."),
    "close": (subjects.close_request, "Request closed. Its name and contact details are emptied."),
}


@tenant_page(Ability.VIEW_QUEUE)
def listing(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """List the requests of a contractor, and offer a form for a new one."""
    return _list(request, tenant, SubjectForm(auto_id="subject-%s"))


@tenant_page(Ability.ACT_ON_QUEUE, "POST", adds_during_deletion=True)
def open_request(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = SubjectForm(request.POST, auto_id="subject-%s")
    if form.is_valid():
        with errors_on(form, RetentionRefused):
            row = subjects.open_request(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Request opened. The search is queued.")
            return redirect("retention:subject", tenant.slug, row.public_id)
    return _list(request, tenant, form, status=422)


def _list(request: HttpRequest, tenant: Tenant, form: SubjectForm, status: int = 200) -> HttpResponse:
    rows = SubjectRequest.objects.filter(tenant=tenant).order_by(F("ended_at").desc(nulls_first=True), "due_on", "pk")
    page = requested_page(request, rows)
    context = {
        "tenant": tenant,
        "rows": page,
        "form": form,
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "today": tenant.today(),
        "days": subjects.ANSWER_DAYS,
        **page_links(page),
    }
    return render(request, "retention/subjects.html", context, status=status)


@operator_page(Ability.VIEW_QUEUE)
def subject(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show what was found, by table, and the next step. Values of rows are only in the copy."""
    row = _request(slug, public_id)
    matches = list(SubjectMatch.objects.filter(request=row))
    to_check = requested_page(request, SubjectMatch.objects.filter(request=row, certain=False))
    titles = {place.table: place.title for place in places()}
    run = Run.objects.filter(tenant=row.tenant_id, kind=KIND, params__request=row.pk).order_by("-id").first()
    actor = actor_of(request)
    context = {
        "tenant": row.tenant,
        "row": row,
        "masked": _masked(row),
        "certain": _by_title([match for match in matches if match.certain], titles),
        "uncertain": _to_check(row, to_check, titles),
        **page_links(to_check),
        "included": sum(match.included for match in matches),
        "run": run,
        "running": run is not None and run.state in ("queued", "running"),
        "refused": subjects.refusal_of(row) if row.kind == SubjectKind.ERASURE and not row.ended_at else "",
        "open_items": subjects.open_items(row) if row.kind == SubjectKind.ERASURE and not row.ended_at else [],
        "remains": REMAINS,
        "may_act": actor.can(Ability.ACT_ON_QUEUE) and not row.ended_at,
        "why_not": _why_not_confirm(row, actor),
        "seen": subjects.mark_of(row),
        "today": row.tenant.today(),
    }
    return render(request, "retention/subject.html", context)


def _why_not_confirm(row: SubjectRequest, actor: User) -> str:
    """Return why this person cannot confirm the erasure, or start it again. At most one query."""
    first = row.erasure_requested_by_id
    lost = lost_operators([first]) if row.confirmed_at is None else ()
    return why_not_second(first, actor, lost, subjects.OWN_ERASURE)


def _to_check(row: SubjectRequest, page: Page[SubjectMatch], titles: dict[str, str]) -> list[dict[str, Any]]:
    """Return a page of the rows that a person has to check, with title, file and name. Makes at most five queries."""
    keys: dict[str, list[int]] = {FILE: [], EVIDENCE: []}
    for match in page:
        if match.table in keys:
            keys[match.table].append(int(match.row))
    types = evidence_types(row.tenant_id, keys[EVIDENCE])
    files: dict[tuple[str, str], File | dict[str, str]]
    files = {(EVIDENCE, key): {"content_type": name} for key, name in types.items()}
    for file in File.objects.filter(tenant=row.tenant_id, pk__in=keys[FILE]):
        files[FILE, str(file.pk)] = file
    names = subjects.named_rows(row.tenant_id, page)
    return [
        {
            "match": match,
            "title": titles.get(match.table, match.table),
            "file": files.get((match.table, match.row)),
            "about": names.get((match.table, match.row)),
        }
        for match in page
    ]


def _masked(row: SubjectRequest) -> dict[str, str]:
    return {
        "Name": masking.name(row.name) if row.name else "",
        "Phone": masking.phone(row.phone) if row.phone else "",
        "Email": masking.email(row.email) if row.email else "",
        "Reference": row.reference,
    }


def _by_title(matches: list[SubjectMatch], titles: dict[str, str]) -> list[tuple[str, str, int, int]]:
    """Return table, title, number of rows and number of included rows."""
    every, included = Counter(), Counter()  # type: ignore[var-annotated]
    for match in matches:
        every[match.table] += 1
        included[match.table] += match.included
    return [(table, titles.get(table, table), count, included[table]) for table, count in sorted(every.items())]


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def move_subject(request: HttpRequest, slug: str, public_id: UUID, step: str) -> HttpResponse:
    """Search again, request, withdraw or confirm the erasure, or close the request."""
    if step not in STEPS:
        raise Http404
    row = _request(slug, public_id)
    act, done = STEPS[step]
    if reason := reason_given(request):
        seen = {"seen": request.POST.get("seen", "")} if step == "confirm" else {}
        with errors_shown(request, RetentionRefused):
            act(request=row, actor=actor_of(request), reason=reason, **seen)
            messages.success(request, done)
    return redirect("retention:subject", slug, public_id)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def choose_rows(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Include the checked rows of a page in which only the name is the same, and all rows of the checked tables."""
    row = _request(slug, public_id)
    picked, shown = _keys(request, "row"), _keys(request, "shown")
    if reason := reason_given(request):
        rows = SubjectMatch.objects.filter(request=row)
        tables = [table.replace("\x00", "") for table in request.POST.getlist("table")]
        certain = rows.filter(certain=True, table__in=tables)
        on_other_pages = rows.filter(certain=False, included=True).exclude(pk__in=shown)
        included = picked.union(*(chosen.values_list("pk", flat=True) for chosen in (certain, on_other_pages)))
        with errors_shown(request, RetentionRefused):
            subjects.choose_rows(request=row, included=included, actor=actor_of(request), reason=reason)
            messages.success(request, "List changed.")
    return redirect("retention:subject", slug, public_id)


def _keys(request: HttpRequest, name: str) -> set[int]:
    return {int(value) for value in request.POST.getlist(name) if value.isdecimal() and len(value) < 19}


@operator_page(Ability.ACT_ON_QUEUE, "POST")
@confirmed_first
def copy(request: HttpRequest, slug: str, public_id: UUID, form: str) -> HttpResponse:
    """Download the copy for the person, as JSON or as a page. Recorded in the audit log."""
    row = _request(slug, public_id)
    if form not in ("json", "html"):
        raise Http404
    if row.searched_at is None:
        messages.error(request, "Wait until the search has ended.")
    if row.ended_at or row.searched_at is None or not (reason := reason_given(request)):
        return redirect("retention:subject", slug, public_id)
    try:
        facts = subject_export.export(row)
    except TooManyChildren:
        messages.error(request, "Other copies are being made. Try again in a minute.")
        return redirect("retention:subject", slug, public_id)
    record_change("retention.export_person", row, actor=actor_of(request), reason=reason)
    if form == "json":
        text = json.dumps(facts, indent=2, default=str, ensure_ascii=False)
        answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    else:
        kinds = [(place["title"], [labeled(copy) for copy in place["rows"]]) for place in facts["places"]]
        shown = {"facts": facts, "kinds": kinds, "tenant": row.tenant, "row": row}
        answer = render(request, "retention/subject_copy.html", shown)
    answer["Content-Disposition"] = f'attachment; filename="copy-{row.public_id}.{form}"'
    return answer


@operator_page(Ability.ACT_ON_QUEUE, "POST")
@confirmed_first
def file(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Download a listed file, to look for the person in it. Recorded in the audit log."""
    row = _request(slug, public_id)
    table = EVIDENCE if "evidence" in request.POST else FILE
    key = request.POST.get("evidence" if table == EVIDENCE else "file", "")
    if not (reason := reason_given(request)):
        return redirect("retention:subject", slug, public_id)
    is_listed = key.isdecimal() and SubjectMatch.objects.filter(request=row, table=table, row=key).exists()
    if row.ended_at or not is_listed:
        raise Http404
    try:
        listed = _evidence_of(row, key) if table == EVIDENCE else _file_of(row, key)
        answer = responses.download(listed.content, name=listed.name, content_type=listed.content_type)
    except FileRefused as error:
        messages.error(request, str(error))
        return redirect("retention:subject", slug, public_id)
    changes = {"file": (None, str(listed.public_id))}
    record_change("retention.open_file", row, actor=actor_of(request), reason=reason, **changes)
    return answer


def _file_of(row: SubjectRequest, key: str) -> ReadFile:
    file = get_object_or_404(File, tenant=row.tenant_id, pk=int(key))
    return ReadFile(file.public_id, file.name, file.content_type, content_of(file))


def _evidence_of(row: SubjectRequest, key: str) -> ReadFile:
    listed = evidence_file(row.tenant_id, int(key))
    if listed is None:
        raise Http404
    return listed


@operator_page(Ability.VIEW_QUEUE)
def letter(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the confirmation letter of an erasure, to be printed or sent. It contains no personal value."""
    row = _request(slug, public_id)
    if row.receipt is None:
        raise Http404
    titles = {place.table: place.title for place in places()}
    lines = [(titles.get(line["table"], line["table"]), line["rows"]) for line in row.receipt["erased"]]
    return render(request, "retention/subject_letter.html", {"tenant": row.tenant, "row": row, "lines": lines})


@operator_page(Ability.VIEW_QUEUE)
def receipt(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Download the receipt with the proof of its place in the public log, for the person."""
    row = _request(slug, public_id)
    if row.receipt is None:
        raise Http404
    return bundle_download({"erasure-receipt.json": receipt_file(row.receipt)}, name=f"erasure-{row.public_id}")


def _request(slug: str, public_id: UUID) -> SubjectRequest:
    rows = SubjectRequest.objects.select_related("tenant")
    return get_object_or_404(rows, tenant__slug=slug, public_id=public_id)
