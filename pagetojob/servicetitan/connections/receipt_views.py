"""Receipt pages for operators, and the confirmation that access was revoked at ServiceTitan."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.roles import Ability
from pagetojob.servicetitan.vault.services import confirm_revocation
from pagetojob.servicetitan.vault.services.disconnection import NothingToConfirm

from . import receipts
from .forms import RevocationForm


@operator_page(Ability.VIEW_QUEUE)
def receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a receipt with the progress of its follow-ups. Two queries in addition to those for the user."""
    row = receipts.get_receipt(public_id)
    context = receipts.shown(row, inside=True) | {
        "tenant": row.tenant,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "connections/receipt.html", context)


@operator_page(Ability.VIEW_QUEUE)
def receipt_pdf(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Download the newest PDF of a receipt."""
    return receipts.pdf_answer(receipts.get_receipt(public_id))


@operator_page(Ability.VIEW_QUEUE)
def ids_read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Download the list of IDs that were read by API."""
    return receipts.ids_answer(receipts.get_receipt(public_id))


@operator_page(Ability.VIEW_QUEUE)
def receipt_bundle(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Download the files of a receipt with their proof."""
    return receipts.bundle_answer(receipts.get_receipt(public_id))


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def revocation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Record, once, that a person saw the app disabled at ServiceTitan, and how they know."""
    row, form = receipts.get_receipt(public_id), RevocationForm(posted(request))
    if form.is_valid():
        with errors_on(form, NothingToConfirm):
            confirm_revocation(receipt=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, "Recorded. A new PDF of the receipt is being made.")
            return redirect("connections:receipt", public_id)
    context = {"receipt": row, "tenant": row.tenant, "form": form}
    return render(request, "connections/revocation.html", context, status=422 if form.errors else 200)
