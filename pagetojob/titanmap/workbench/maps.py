"""The map itself: tenants, items by family, one item with the effect of retiring it, coverage, and exports."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.files.responses import saved_as
from pagetojob.platform.forms import errors_on
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.spreadsheet import BYTE_ORDER_MARK, csv_bytes
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap import coverage, facts
from pagetojob.titanmap.models import Family, TaxonomyItem
from pagetojob.titanmap.selectors import coverage_of
from pagetojob.titanmap.services import MapRefused, set_active

from ..map_document import document_of, written
from . import access, boards
from .publishing import publish_hint

#: Gaps, and pages with retired items, that the page of coverage lists.
MOST_GAPS = 200


@operator_page(Ability.VIEW_QUEUE)
def tenants(request: HttpRequest) -> HttpResponse:
    page = requested_page(request, Tenant.objects.order_by("name", "pk"))
    return render(request, "titanmap/list.html", {"tenants": page, **page_links(page)})


@tenant_page(Ability.VIEW_QUEUE)
def the_map(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """List the items of one family, with search. Runs six queries plus authentication."""
    family = request.GET.get("family", "")
    family = family if family in Family.values else Family.JOB_TYPE.value
    words = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:100]
    page = requested_page(request, boards.find_items(tenant, family, words))
    context = {
        "tenant": tenant,
        "tabs": boards.family_tabs(tenant, family),
        "family": family,
        "words": words,
        "rows": [(item, facts.shown(item.facts)) for item in page],
        "count": page.paginator.count,
        "score": coverage_of(tenant),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        **page_links(page, f"&family={family}&q={words}"),
    }
    return render(request, "titanmap/map.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def item(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    return _item_page(request, tenant, access.item_of(tenant, public_id), ReasonForm())


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def item_state(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Retire an item, or reactivate it."""
    row, form = access.item_of(tenant, public_id), ReasonForm(request.POST)
    active = request.POST.get("active") == "yes"
    if form.is_valid():
        with errors_on(form, MapRefused):
            set_active(item=row, active=active, actor=actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, f"{row.name} is {'active again' if active else 'retired'}.{publish_hint(row)}")
            return redirect("titanmap:item", tenant.slug, public_id)
    return _item_page(request, tenant, row, form)


def _item_page(request: HttpRequest, tenant: Tenant, row: TaxonomyItem, form: ReasonForm) -> HttpResponse:
    context = {
        "tenant": tenant,
        "item": row,
        "facts": facts.shown(row.facts),
        "radius": boards.retirement_effects(row),
        "expected": coverage.expects_a_page(row, tenant.today()),
        "history": boards.history(tenant, row),
        "form": form,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "titanmap/item.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.VIEW_QUEUE)
def gaps(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    score = coverage_of(tenant)
    context = {
        "tenant": tenant,
        "score": score,
        "formula": coverage.FORMULA,
        "gaps": score.gaps[:MOST_GAPS],
        "more_gaps": max(0, len(score.gaps) - MOST_GAPS),
        "unsound": score.unsound[:MOST_GAPS],
        "more_unsound": max(0, len(score.unsound) - MOST_GAPS),
    }
    return render(request, "titanmap/coverage.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def items_csv(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Export every item of the map as CSV, escaped so that a spreadsheet runs no formula."""
    rows: list[tuple[object, ...]] = [("family", "name", "id", "status", "state", "description", "facts")]
    for row in TaxonomyItem.objects.filter(tenant=tenant).order_by("family", "name").iterator():
        facts_text = "; ".join(f"{label}: {value}" for label, value in facts.shown(row.facts, day=str))
        status = "active" if row.active else "retired"
        rows.append((row.family, row.name, row.external_id, status, row.zone_state, row.detail, facts_text))
    return HttpResponse(
        BYTE_ORDER_MARK.encode() + csv_bytes(rows),
        content_type="text/csv; charset=utf-8",
        headers=saved_as(f"titan-map-{tenant.slug}.csv"),
    )


@tenant_page(Ability.VIEW_QUEUE)
def map_json(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Export the whole map in the documented form, as the import accepts it."""
    headers = saved_as(f"titan-map-{tenant.slug}.json")
    return HttpResponse(written(document_of(tenant)), content_type="application/json", headers=headers)
