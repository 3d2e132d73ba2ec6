"""Removed rows of a kind: a list, and the history, which the database keeps permanently."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from pagetojob.platform.audit.models import RowChange
from pagetojob.platform.forms import typed_number

#: Entries on one page of the list.
PAGE = 50
#: Fields that can name a row, in order of preference.
_NAMES = ("title", "name", "heading", "text", "question", "slug")


def removals_of(model: type[Model]) -> QuerySet[RowChange]:
    """Return all removals of rows of this model, newest first. Primary keys are never reused."""
    return RowChange.objects.filter(table=model._meta.db_table, operation="DELETE").select_related("actor")


def name_of(change: RowChange) -> str:
    """Return the row's name at the time of its removal."""
    before = change.before or {}
    return str(next((before[name] for name in _NAMES if before.get(name)), f"row {change.row}"))


def was_there(model: type[Model], object_id: str) -> tuple[Any, str] | None:
    """Return a removed row (with only its key set) and its name, or None if no row had this key. Makes one query."""
    number = typed_number(object_id)
    change = removals_of(model).filter(row=number).first() if number is not None else None
    return (model(pk=change.row), name_of(change)) if change else None


def removed_page(request: HttpRequest, owner: Any) -> TemplateResponse:
    """Return the list page. `owner` is the admin of the model. At most two queries, regardless of the row count."""
    if not owner.has_view_or_change_permission(request):
        raise PermissionDenied
    pages = owner.get_paginator(request, removals_of(owner.model), PAGE)
    page = pages.get_page(request.GET.get("p"))
    if pages.count == 0 and request.GET.get("p"):
        raise Http404("Nothing was removed, so this page does not exist.")
    context = {
        **owner.admin_site.each_context(request),
        "title": f"Removed {owner.opts.verbose_name_plural}",
        "removed": [
            {"pk": change.row, "name": name_of(change), "at": change.at, "who": str(change.actor or "")}
            for change in page.object_list
        ],
        "page": page,
        "page_range": pages.get_elided_page_range(page.number),
        "opts": owner.opts,
    }
    return TemplateResponse(request, "admin/readiness/removed.html", context)
