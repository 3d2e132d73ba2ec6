"""Outcomes of a contractor's leads in the portal: figures, closed months, and their proof packets."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from attribution.packets import document
from attribution.packets import selectors as packets
from attribution.packets.downloads import bundle_of, sent
from attribution.periods import period_of, worth
from attribution.selectors import files, money
from attribution.services.linking import window_of
from attribution.statements import selectors as statements
from attribution.statements.downloads import bundle_of as month_bundle_of
from pagetojob.platform.access import member_page
from pagetojob.platform.charts.bars import bar_chart
from pagetojob.platform.tenants.models import Membership

from .views import frame

#: Rows per list. The packets contain all of them.
MOST = 50


@member_page()
def outcomes(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the funnel, revenue, campaigns, closed months and packets. Thirteen queries with the frame."""
    tenant = membership.tenant
    period, span = period_of(request.GET, tenant)
    figures, lines = money.overview(tenant, span), money.campaigns(tenant, span)
    context = frame(
        request,
        membership,
        period=period,
        found=figures,
        funnel=bar_chart((step.name, f"{step.many:,}", step.many, 0) for step in figures.steps),
        worth=worth(figures),
        lines=lines[:MOST],
        more=max(0, len(lines) - MOST),
        coverage=files.coverage(tenant),
        window_days=window_of(tenant),
        statements=statements.statements_of(tenant)[:MOST],
        packets=packets.sealed_of(tenant)[:MOST],
    )
    return render(request, "portal/outcomes.html", context)


@member_page()
def month(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Show a closed month with its restatements, as sealed. Five queries with the frame."""
    row = statements.statement_of(membership.tenant, public_id)
    signed = list(statements.restatements_of(row))
    context = frame(request, membership, statement=row, signed=signed, doc=document.of_statement(row, signed))
    return render(request, "portal/month.html", context)


@member_page()
def month_bundle(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Download a closed month and its restatements with the proof that they are in the public log."""
    return month_bundle_of(statements.statement_of(membership.tenant, public_id))


@member_page()
def packet_file(request: HttpRequest, membership: Membership, public_id: UUID, part: str) -> HttpResponse:
    """Download a file of a sealed packet."""
    part_row = packets.part_of(packets.packet_of(membership.tenant, public_id), part)
    if part_row is None:
        raise Http404
    return sent(part_row)


@member_page()
def packet_bundle(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Download all files of a sealed packet with the proof that they are in the public log."""
    return bundle_of(packets.packet_of(membership.tenant, public_id))
