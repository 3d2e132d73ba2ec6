"""Views of results: overview, campaigns, leads and chains."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.charts.bars import bar_chart
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.paging import PAGE_SIZE, keyset_links, page_links, requested_page
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..forms import WindowForm
from ..models import Label
from ..periods import period_of, worth
from ..selectors import chains, duplicates, files, money
from ..selectors.waiting import waiting
from ..services.linking import window_of
from ..services.links import link_counts
from ..templatetags.sealed import dollars

_WORTH = 10
#: Visitors control the campaign parameter of a URL, so the number of campaigns is unlimited.
_LISTED = 200
#: Labels of leads, those that need a person first.
_LABELS = (Label.NEEDS_REVIEW, Label.UNMATCHED, Label.MATCHED, Label.CERTAIN, Label.REVIEWED)


@operator_page(Ability.VIEW_QUEUE)
def tenants(request: HttpRequest) -> HttpResponse:
    """List all tenants with what waits for each. Six queries plus those of the permission check."""
    page = requested_page(request, Tenant.objects.order_by("name", "pk"))
    lines = waiting(list(page), now=timezone.now())
    return render(request, "attribution/tenants.html", {"lines": lines, **page_links(page)})


@tenant_page(Ability.VIEW_QUEUE)
def overview(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the funnel and money of a period, and their sources. Sixteen or seventeen queries."""
    period, span = period_of(request.GET, tenant)
    result, window_days = money.overview(tenant, span), window_of(tenant)
    context = {
        "tenant": tenant,
        "here": "overview",
        "period": period,
        "found": result,
        "funnel": bar_chart((step.name, f"{step.many:,}", step.many, 0) for step in result.steps),
        "worth": worth(result),
        "customers": money.customers(tenant, span),
        "coverage": files.coverage(tenant),
        "linking_status": files.linking_status(tenant),
        "loose": files.loose_invoices(tenant),
        "undated": files.undated_invoices(tenant),
        "window_days": window_days,
        "window_form": WindowForm(initial={"window_days": window_days}),
        "link_form": ReasonForm(initial={"reason": "New outcomes were imported."}, auto_id="link_%s"),
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "attribution/overview.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def campaigns(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show every campaign with its denominator. Four queries."""
    period, span = period_of(request.GET, tenant)
    lines = money.campaigns(tenant, span)
    chart = bar_chart((line.name, dollars(line.low), line.low, line.high - line.low) for line in lines[:_WORTH])
    context = {
        "tenant": tenant,
        "here": "campaigns",
        "period": period,
        "lines": lines[:_LISTED],
        "more": max(0, len(lines) - _LISTED),
        "chart": chart,
    }
    return render(request, "attribution/campaigns.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def lead_list(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show leads with their current link, newest first, and how many links wait for a review. Six queries."""
    label, before = request.GET.get("label", ""), request.GET.get("before", "")
    rows = chains.leads(
        tenant, label, int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    )
    page = rows[:PAGE_SIZE]
    newest = f"?label={label if label in Label.values else ''}"
    counts = link_counts(tenant)
    context = {
        "tenant": tenant,
        "here": "leads",
        "links": page,
        "received": money.lead_counts(tenant),
        "label": label,
        "labels": [(name, counts[name]) for name in _LABELS],
        "waiting": counts[Label.NEEDS_REVIEW],
        **keyset_links(newest, older=("before", len(rows) > len(page) and page[-1].pk), is_first=not before),
    }
    return render(request, "attribution/leads.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def chain(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show one lead from its landing page to its payments. At most eleven queries."""
    lead = access.lead_of(tenant, public_id)
    context = {
        "tenant": tenant,
        "here": "leads",
        "lead": lead,
        "counts_for": duplicates.counting_request(lead),
        "start": chains.start_of(lead),
        "chains": chains.chains(lead),
        "alone": lead.links.filter(tenant=tenant, current=True, job__isnull=True).first(),
    }
    return render(request, "attribution/chain.html", context)
