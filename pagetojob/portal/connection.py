"""A tenant's connection in the portal: stored secrets, their use, and disconnection by the owner."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.gates.services import why_off
from pagetojob.ops.audit_export import names_for_tenant
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.forms import posted
from pagetojob.platform.tenants.models import Membership
from pagetojob.platform.tenants.roles import TenantRole
from pagetojob.servicetitan.connections import boards, receipts
from pagetojob.servicetitan.connections.forms import DisconnectForm
from pagetojob.servicetitan.vault.models import OPEN, Connection
from pagetojob.servicetitan.vault.selectors import connections_of, feature_needs, stored_secrets
from pagetojob.servicetitan.vault.services import disconnect

from .views import frame


@member_page()
def connection(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the connection's state, secrets, usage and next step. About ten queries with the frame."""
    tenant = membership.tenant
    live = [row for row in connections_of(tenant).select_related("tenant") if row.state in OPEN]
    names = names_for_tenant(tenant)
    shown = frame(
        request,
        membership,
        boards=[boards.board(row, names=names) for row in live],
        needs_without=feature_needs(None) if not live else [],
        needs_hidden=why_off("connection-readiness", tenant),
        receipts=receipts.of_tenant(tenant),
        is_owner=membership.role == TenantRole.OWNER,
    )
    return render(request, "portal/connection.html", shown)


@member_page(TenantRole.OWNER, methods=("GET", "HEAD", "POST"))
def end(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Disconnect, as the second step: show what stops and what continues, and ask for the name and the reason."""
    row = get_object_or_404(Connection.objects.select_related("tenant"), tenant=membership.tenant, public_id=public_id)
    if row.state not in OPEN:
        return redirect("portal:connection")
    form = DisconnectForm(posted(request), tenant=membership.tenant)
    if form.is_valid():
        receipt = disconnect(connection=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "Disconnected. The stored secrets are destroyed; this is your receipt.")
        return redirect("portal:receipt", receipt.public_id)
    shown = frame(request, membership, row=row, form=form, secrets=stored_secrets(row), needs=feature_needs(row))
    return render(request, "portal/disconnect.html", shown, status=422 if form.errors else 200)


@member_page()
def receipt(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Show one receipt of the tenant."""
    row = receipts.get_receipt(public_id, tenant=membership.tenant)
    return render(request, "portal/receipt.html", frame(request, membership, **receipts.shown(row, inside=False)))


@member_page()
def receipt_pdf(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Download the newest PDF of a receipt."""
    return receipts.pdf_answer(receipts.get_receipt(public_id, tenant=membership.tenant))


@member_page()
def ids_read(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Download the list of IDs that were read by API."""
    return receipts.ids_answer(receipts.get_receipt(public_id, tenant=membership.tenant))


@member_page()
def receipt_bundle(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Download the files of a receipt with their proof."""
    return receipts.bundle_answer(receipts.get_receipt(public_id, tenant=membership.tenant))
