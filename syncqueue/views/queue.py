"""The operations dashboard: ledger, waiting items by cause, the item list with its saved views, and export."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.text import slugify

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.files.responses import streamed
from pagetojob.platform.forms import errors_on
from pagetojob.platform.paging import PAGE_SIZE, keyset_links
from pagetojob.platform.postgresql.base import set_time_limit
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from .. import selectors
from ..causes import CAUSES
from ..errors import QueueError
from ..filters import SWITCHES, UNASSIGNED, WORK_QUEUE, Filters
from ..forms.operate import ExportForm, SaveViewForm
from ..models import Kind, State, SyncItem
from ..services import export as exporting
from ..services import saved_views
from ..services.triage import note_visit
from ..state_texts import how_long
from .item_rows import rows_of, span
from .time_limit import LONGEST_MILLISECONDS, list_view


@list_view()
def item_list(request: HttpRequest) -> HttpResponse:
    """Show a list of items: without filters in the URL, the work queue."""
    filters = _filters(request)
    if not filters.active() and "all" not in request.GET:
        filters = WORK_QUEUE
    try:
        page = selectors.items_page(filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except selectors.BadCursor:
        messages.error(request, "This page link is not valid for this list. The first page is shown instead.")
        return redirect(list_url(filters))
    return render(request, "syncqueue/item_list.html", list_context(request, filters, page))


@list_view()
def live(request: HttpRequest) -> HttpResponse:
    """Return changes since the page was rendered: counters, rows with a new version, number of new items.

    Returns 304 if nothing changed. `rows=public_id.version,…` lists the rows on the page; `books=yes` adds the ledger.
    """
    filters = Filters.parse(request.GET)
    try:
        new = selectors.count_each([selectors.newer_than(filters, top)]) if (top := request.GET.get("top")) else [0]
        shown = _shown_versions(request.GET.get("rows", ""))
    except (selectors.BadCursor, ValueError):
        return HttpResponse("This page is out of date. Reload it.", status=400, content_type="text/plain")
    changed = [item for item in selectors.items_by_public_id(shown) if item.version != shown[item.public_id]]
    now = timezone.now()
    context = {
        "tiles": tiles(),
        "new": selectors.capped(new[0]) if new[0] else "",
        "rows": rows_of(changed, now),
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        **(_ledgers(selectors.ledgers_by_tenant()) if request.GET.get("books") else {}),
    }
    return _unless_known(request, render_to_string("syncqueue/list_live.html", context, request))


def list_url(filters: Filters) -> str:
    """Return the URL of a list: `/ops/?state=blocked`; `/ops/` alone is the work queue."""
    query = "" if filters == WORK_QUEUE else filters.as_query() or "all=yes"
    return reverse("ops:list") + (f"?{query}" if query else "")


def list_context(
    request: HttpRequest, filters: Filters, page: selectors.Page, **forms: SaveViewForm | ExportForm
) -> dict[str, Any]:
    now, actor = timezone.now(), actor_of(request)
    return {
        "filters": filters,
        "tenant": selectors.tenant_named(filters.tenant) if filters.tenant else None,
        "items": page.items,
        "rows": rows_of(page.items, now),
        "page": page,
        "older": page.older,
        **keyset_links(list_url(filters), newer=("before", page.newer), older=("after", page.older)),
        "shown_count": len(page.items),
        "note": f"{len(page.items)} shown",
        "refresh_url": request.get_full_path() if request.method == "GET" else list_url(filters),
        "may_act": actor.can(Ability.ACT_ON_QUEUE),
        **_queue_context(request, filters, actor),
        "tiles": tiles(filters),
        "groups": _groups(now),
        **_ledger_context(),
        **_ways_to_narrow(request, filters),
        "save_form": SaveViewForm(),
        "export_form": ExportForm(),
        **forms,
    }


def _queue_context(request: HttpRequest, filters: Filters, actor: User) -> dict[str, Any]:
    """Return what the list shows about the work of people."""
    return {
        "by_urgency": filters.needs_person,
        "my_id": str(actor.pk),
        "is_work_queue": filters == WORK_QUEUE,
        "queue_query": "" if filters == WORK_QUEUE else filters.as_query(),
        "all_items_url": list_url(Filters()),
        "tabs": _tabs(filters, actor),
        "news": _news(request, filters, actor),
    }


def _tabs(filters: Filters, actor: User) -> list[dict[str, Any]]:
    """Return the lists that are a click away. They keep the tenant of the current one."""
    tenant = Filters(tenant=filters.tenant)
    lists = [
        ("Needs a person", tenant.but(needs_person=True)),
        ("My items", tenant.but(needs_person=True, assignee=str(actor.pk))),
        ("Not assigned", tenant.but(needs_person=True, assignee=UNASSIGNED)),
        ("Snoozed", tenant.but(snoozed=True)),
        ("Finished", tenant.but(finished=True)),
        ("All items", tenant),
    ]
    return [{"label": label, "url": list_url(listed), "here": listed == filters} for label, listed in lists]


def _news(request: HttpRequest, filters: Filters, actor: User) -> selectors.News | None:
    """Return what is new since the last visit, on the first page of the work queue only."""
    if request.method != "GET" or filters != WORK_QUEUE or "after" in request.GET or "before" in request.GET:
        return None
    since = note_visit(actor)
    return selectors.news(actor, since) if since else None


def tiles(filters: Filters | None = None) -> list[dict[str, Any]]:
    """Return the counters at the top, each with the list that it counts. A single query."""
    return [
        {"key": key, "label": label, "count": count, "value": selectors.capped(count), "url": list_url(filters_of)}
        | {"here": filters_of == filters, "shape": filters_of.state or ("review due" if filters_of.untold else "")}
        for (key, label, filters_of), count in zip(selectors.TILES, selectors.count_tiles(), strict=True)
    ]


def _groups(now: datetime) -> list[dict[str, Any]]:
    """Return the causes of open items, each with its list. A single query."""
    return [
        {
            "cause": group.cause,
            "value": selectors.capped(group.count),
            "oldest": group.oldest,
            "age": span(now - group.oldest),
            "url": list_url(group.filters),
        }
        for group in selectors.groups_by_cause()
    ]


def _ledger_context() -> dict[str, Any]:
    """Return the ledgers, in total and per tenant. Two queries."""
    by_tenant = selectors.ledgers_by_tenant()
    shown = by_tenant[:PAGE_SIZE]
    slugs = selectors.slugs_by_name([ledger.name for ledger in shown])
    return {
        **_ledgers(by_tenant),
        "books_by_tenant": [
            (
                ledger.name,
                ledger.books,
                list_url(Filters(tenant=slugs[ledger.name])) if ledger.name in slugs else "",
                slugs.get(ledger.name, ""),
            )
            for ledger in shown
        ],
        "tenants_not_shown": len(by_tenant) - len(shown),
    }


def _ledgers(by_tenant: Sequence[selectors.Ledgers]) -> dict[str, Any]:
    """Return the ledgers of bookings and of notices, over all tenants."""
    whole = selectors.together(by_tenant)
    return {"books": whole.books, "notice_ledger": whole.notices}


def _ways_to_narrow(request: HttpRequest, filters: Filters) -> dict[str, Any]:
    """Return the active filters, each with the URL of the list without it, and the available filters."""
    actor, shown = actor_of(request), {} if filters == WORK_QUEUE else filters.active()
    return {
        "set_filters": [
            {"words": _words(name, value, actor), "url": list_url(filters.but(**{name: type(value)()}))}
            for name, value in shown.items()
        ],
        "states": State.choices,
        "kinds": Kind.choices,
        "causes": [(key, cause.title) for key, cause in CAUSES.items()],
        "switches": [(name, words, getattr(filters, name)) for name, words in SWITCHES.items()],
        "saved_views": selectors.saved_views(actor),
    }


def _words(name: str, value: str | bool, actor: User) -> str:
    if name == "assignee" and value == str(actor.pk):
        return "assigned to you"
    return Filters().but(**{name: value}).describe()


def _filters(request: HttpRequest) -> Filters:
    """Return the filters of the URL; invalid ones are dropped with a warning."""
    filters = Filters.parse(request.GET)
    wrong = list(filters.ignored)
    if filters.tenant and selectors.tenant_named(filters.tenant) is None:
        filters, wrong = filters.but(tenant=""), [*wrong, "tenant"]
    if wrong:
        messages.warning(request, f"Filter ignored, because there is no such {' or '.join(wrong)}.")
    return filters


def _shown_versions(text: str) -> Mapping[UUID, int]:
    """Parse `public_id.version,…` into a mapping; raises ValueError for anything else."""
    pairs = [pair.partition(".") for pair in text.split(",") if pair]
    if len(pairs) > PAGE_SIZE:
        raise ValueError("more rows than one page")
    return {UUID(public_id): int(version) for public_id, _, version in pairs}


def _unless_known(request: HttpRequest, body: str) -> HttpResponse:
    response = HttpResponse(body)
    set_response_etag(response)
    return get_conditional_response(request, response["ETag"], response=response) or response


@list_view("POST")
def save(request: HttpRequest) -> HttpResponse:
    filters, form = Filters.parse(request.POST), SaveViewForm(request.POST)
    if form.is_valid():
        with errors_on(form, QueueError, field="name"):
            view = saved_views.save_view(user=actor_of(request), name=form.cleaned_data["name"], filters=filters)
            messages.success(request, f"Saved as “{view.name}”.")
            return redirect(list_url(filters))
    context = list_context(request, filters, selectors.items_page(filters), save_form=form)
    return render(request, "syncqueue/item_list.html", context, status=422)


@operator_page(Ability.VIEW_QUEUE, "POST")
def delete(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "").replace("\x00", "")
    if saved_views.delete_view(user=actor_of(request), name=name):
        messages.success(request, f"Saved view “{name}” deleted.")
    else:
        messages.warning(request, "You have no saved view with that name. It may have been deleted already.")
    return redirect(list_url(Filters.parse(request.POST)))


@list_view("POST")
def export(request: HttpRequest) -> HttpResponse:
    """Return the filtered items as CSV, at most 10,000. The file name shows if there are more."""
    filters, form, actor = Filters.parse(request.POST), ExportForm(request.POST), actor_of(request)
    if form.is_valid() and filters.ignored:
        form.add_error(None, "The filters were out of date. Nothing was exported. Check the list and try again.")
    if not form.is_valid():
        context = list_context(request, filters, selectors.items_page(filters), export_form=form)
        return render(request, "syncqueue/item_list.html", context, status=422)
    reason = form.cleaned_data["export_reason"]
    (count,) = selectors.count_each([filters.queryset()], limit=exporting.MOST)
    exporting.begin_export(actor=actor, filters=filters, reason=reason)
    name = slugify(f"sync-items {timezone.now():%Y-%m-%d} {filters.as_query().replace('=', ' ').replace('&', ' ')}")
    name += f"-first-{exporting.MOST}" if count > exporting.MOST else ""
    rows = exporting.export_rows(actor=actor, filters=filters, reason=reason, read=_read)
    return streamed(rows, name=f"{name[:150]}.csv", content_type="text/csv; charset=utf-8")


def _read(filters: Filters, after: SyncItem | None, size: int) -> Sequence[SyncItem]:
    set_time_limit(LONGEST_MILLISECONDS)
    return selectors.next_items(filters, after, size)


@tenant_page(Ability.VIEW_QUEUE)
def status(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the same texts and numbers; 503 if they are unknown. Five queries plus those for the user."""
    safety = selectors.safety_of(tenant)
    context = {"tenant": tenant, "safety": safety, "age": how_long(safety.oldest if safety else None)}
    return render(request, "syncqueue/status.html", context, status=200 if safety else 503)
