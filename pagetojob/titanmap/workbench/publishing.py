"""Publish the map: what public pages show now, and after publishing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap import publishing
from pagetojob.titanmap.capacity import HOLIDAYS
from pagetojob.titanmap.models import PUBLIC_FACTS, PUBLIC_FAMILIES, TaxonomyItem
from pagetojob.titanmap.services import MapRefused

from ..staged_changes import differences
from .forms import AllForm, TakeBackForm

#: Changes that the page lists; more are only counted.
_MOST = 200


def publish_hint(item: TaxonomyItem) -> str:
    """Return what is left to do after an edit of an item; empty if public pages do not show its family."""
    return " Public pages change when you publish." if item.family in PUBLIC_FAMILIES else ""


@tenant_page(Ability.VIEW_QUEUE)
def changes(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show what publishing would change on public pages. Nine queries plus authentication."""
    return _page(request, tenant, ReasonForm())


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def publish(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = AllForm(request.POST)
    if form.is_valid():
        with errors_on(form, MapRefused):
            given = form.cleaned_data
            made = publishing.publish(tenant, by=actor_of(request), reason=given["reason"], seen=given["mark"])
            messages.success(request, f"Published {_count(made.changes)}. Public pages show them now.")
            return redirect("titanmap:publish", tenant.slug)
    return _page(request, tenant, form)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def take_back(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show again what public pages showed before the last publication."""
    form = TakeBackForm(request.POST)
    if form.is_valid():
        with errors_on(form, MapRefused):
            made = publishing.take_back(tenant, by=actor_of(request), **form.cleaned_data)
            messages.success(request, f"Undid {_count(made.changes)}. Public pages show the version before.")
            return redirect("titanmap:publish", tenant.slug)
    return _page(request, tenant, form)


def _count(rows: Sequence[Any]) -> str:
    return f"{len(rows):,} change{'' if len(rows) == 1 else 's'}"


def _page(request: HttpRequest, tenant: Tenant, form: ReasonForm) -> HttpResponse:
    waiting, last = publishing.unpublished_changes(tenant), publishing.last_publication(tenant)
    now, after = publishing.services_after(tenant, waiting)
    context = {
        "tenant": tenant,
        "rows": _shown(waiting[:_MOST]),
        "more": len(waiting) - _MOST,
        "count": len(waiting),
        "mark": publishing.mark_of(waiting),
        "services": {"now": now, "after": after},
        "last": last,
        "publisher": _name_of(last.published_by_id) if last else "",
        "reversed": _shown((publishing.reversal(last) if last else [])[:_MOST]),
        "form": form,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "titanmap/publish.html", context, status=422 if form.errors else 200)


def _name_of(pk: int) -> str:
    return next(iter(User.objects.filter(pk=pk).order_by("pk").values_list("name", flat=True)), "")


def _shown(waiting: Sequence[publishing.Change]) -> list[dict[str, Any]]:
    return [
        {"change": change, "differences": differences(_words(change, change.before), _words(change, change.after))}
        for change in waiting
    ]


def _words(change: publishing.Change, values: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if change.part != publishing.HOURS or not values:
        known = {name: value for name, value in (values or {}).items() if name in PUBLIC_FACTS}
        return {name: value for name, value in (values or {}).items() if name not in known} | {"facts": known}
    holidays = values.get(HOLIDAYS) or {}
    week = {day: ", ".join(" to ".join(span) for span in spans) for day, spans in values.items() if day != HOLIDAYS}
    return week | {HOLIDAYS: ", ".join(f"{name} ({day})" for day, name in holidays.items())}
