"""Operators' views to request proof packets and download sealed files."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from attribution.errors import NoSuchPeriod, PacketsOff
from attribution.forms import PacketForm
from attribution.models import PacketPart
from attribution.statements.restating import unsigned_changes
from attribution.templatetags.sealed import signed_dollars
from pagetojob.gates.services import why_off
from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import selectors
from .downloads import bundle_of, sent
from .files import NAMES
from .sealing import FLAG, ask_packet, campaigns_of


@tenant_page(Ability.VIEW_QUEUE)
def packets(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show a tenant's packets, newest first, and the closed months. Eight queries."""
    page = requested_page(request, selectors.packets_of(tenant))
    context = _page(request, tenant) | {
        "packets": page,
        "months": selectors.months_of(tenant),
        "off": why_off(FLAG, tenant),
        **page_links(page),
    }
    return render(request, "attribution/packets/list.html", context)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def ask(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Request a packet, which a run makes. A repeated request with unchanged inputs returns the same packet."""
    form = _packet_form(request, tenant)
    if form.is_valid():
        with errors_on(form, NoSuchPeriod, PacketsOff):
            packet, new = ask_packet(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
            message = (
                "Packet requested. It is being made." if new else "Nothing has changed since this packet was made."
            )
            messages.success(request, message)
            return redirect("packets:packet", tenant.slug, packet.public_id)
    context = _page(request, tenant) | {"form": form, "off": why_off(FLAG, tenant)}
    return render(request, "attribution/packets/ask.html", context, status=422 if form.errors else 200)


def _packet_form(request: HttpRequest, tenant: Tenant) -> PacketForm:
    """Return the form. It asks to confirm that the packet leaves out changes of its months that no one has signed."""
    offered: dict[str, Any] = {"months": selectors.months_of(tenant), "campaigns": campaigns_of(tenant)}
    form = PacketForm(posted(request), **offered)
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        months = [row for row in offered["months"] if first <= row.month <= last]
        changed = unsigned_changes(tenant, months)
        shown = {
            f"{row.month:%Y-%m} {changed[row.pk].mark}": f"{row.month:%B %Y}, {signed_dollars(changed[row.pk].delta)}"
            for row in months
            if row.pk in changed
        }
        form = PacketForm(posted(request), **offered, unsigned=shown) if shown else form
    return form


@tenant_page(Ability.VIEW_QUEUE)
def packet(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show a packet's content, files and hashes, or its progress. Seven queries."""
    row = selectors.packet_of(tenant, public_id)
    run = None if row.files.all() else selectors.newest_run(row.tenant)
    context = _page(request, row.tenant) | {
        "packet": row,
        "doc": selectors.document_of(row),
        "files": [(file, NAMES[PacketPart(file.part)]) for file in row.files.all()],
        "failed": run.error if run and run.state == RunState.FAILED else "",
    }
    return render(request, "attribution/packets/packet.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def file(request: HttpRequest, tenant: Tenant, public_id: UUID, part: str) -> HttpResponse:
    """Download a file of a packet."""
    part_file = selectors.part_of(selectors.packet_of(tenant, public_id), part)
    if part_file is None:
        raise Http404
    return sent(part_file)


@tenant_page(Ability.VIEW_QUEUE)
def bundle(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Download all files of a packet with their proof."""
    return bundle_of(selectors.packet_of(tenant, public_id))


def _page(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "here": "packets",
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
