"""What was removed from a kind of row: a list of it, and its history, which the database keeps for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from pagetojob.platform.audit.models import RowChange

#: Entries on one page of the list.
PAGE = 50
#: What a row is called by, the first of them that it has.
_NAMES = ("title", "name", "heading", "text", "question", "slug")


@dataclass(frozen=True, slots=True)
class Removed:
    """One row that is gone. `who` is empty for what went outside the admin."""

    pk: int
    name: str
    at: datetime
    who: str


def removals_of(model: type[Model]) -> QuerySet[RowChange]:
    """Every removal of a row of this kind, newest first. An id is never given twice."""
    return RowChange.objects.filter(table=model._meta.db_table, operation="DELETE").select_related("actor")


def name_of(change: RowChange) -> str:
    """What the row was called when it went."""
    before = change.before or {}
    return str(next((before[name] for name in _NAMES if before.get(name)), f"row {change.row}"))


def was_there(model: type[Model], object_id: str) -> tuple[Any, str] | None:
    """A row that was removed, with nothing but its key, and its name. None where none of this key was. One query."""
    if not (object_id.isascii() and object_id.isdecimal() and len(object_id) < 19):
        return None
    change = removals_of(model).filter(row=int(object_id)).first()
    return (model(pk=change.row), name_of(change)) if change else None


def removed_page(request: HttpRequest, owner: Any) -> TemplateResponse:
    """The list. `owner` is the admin of the kind. At most two queries, however many there are."""
    if not owner.has_view_or_change_permission(request):
        raise PermissionDenied
    pages = owner.get_paginator(request, removals_of(owner.model), PAGE)
    page = pages.get_page(request.GET.get("p"))
    if pages.count == 0 and request.GET.get("p"):
        raise Http404("Nothing was removed, so there is no such page.")
    context = {
        **owner.admin_site.each_context(request),
        "title": f"Removed {owner.opts.verbose_name_plural}",
        "removed": [
            Removed(change.row, name_of(change), change.at, str(change.actor or "")) for change in page.object_list
        ],
        "page": page,
        "page_range": pages.get_elided_page_range(page.number),
        "opts": owner.opts,
    }
    return TemplateResponse(request, "admin/readiness/removed.html", context)
