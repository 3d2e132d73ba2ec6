"""Receipts of disconnects, as a page and as a PDF with the same text from the same row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from pagetojob.claims.selectors import disclaimers
from pagetojob.platform.files.models import File
from pagetojob.platform.files.services import content_of
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.servicetitan.vault.models import MAKES_PDF, FollowUp, Receipt, Revocation, Step
from pagetojob.transparency.views import bundle_download

REVOCATION = {
    Revocation.CONFIRMED: "Confirmed: a person saw that the app is disabled at ServiceTitan.",
    Revocation.UNSUPPORTED: "Cannot be done from here: ServiceTitan has no call that withdraws access. "
    "Your admin disables the app.",
    Revocation.UNKNOWN: "Not known: we cannot see whether anything is still allowed at ServiceTitan.",
}
SIMULATED = "Does not apply: this connection led to the PageToJob simulator, and ServiceTitan never granted access."


def of_tenant(tenant: Tenant) -> QuerySet[Receipt]:
    """Return a tenant's receipts with their follow-ups and people's names, newest first. Two queries."""
    return _rows().filter(tenant=tenant)


def get_receipt(public_id: UUID, **about: Any) -> Receipt:
    """Return one receipt visible in the current scope, or raise a 404. Two queries."""
    return get_object_or_404(_rows(), public_id=public_id, **about)


def _rows() -> QuerySet[Receipt]:
    steps = Prefetch("follow_ups", FollowUp.objects.select_related("file").order_by("id"))
    rows = Receipt.objects.select_related("tenant", "connection", "by", "revoked_by").prefetch_related(steps)
    names = [f"{person}__{field}" for person in ("by", "revoked_by") for field in ("name", "public_id")]
    fields = [f.name for f in Receipt._meta.concrete_fields]
    return rows.only(*fields, *names, "tenant__name", "tenant__slug", "connection__environment")


def shown(receipt: Receipt, *, inside: bool) -> dict[str, Any]:
    """Return the context of a receipt page. Without `inside`, people at PageToJob are shown as "PageToJob"."""
    steps = list(receipt.follow_ups.all())
    simulated = receipt.connection.is_simulated
    return {
        "receipt": receipt,
        "held": [row | {"kept_at": datetime.fromisoformat(row["kept_at"])} for row in receipt.held],
        "simulated": simulated,
        "revocation": SIMULATED if simulated else REVOCATION[Revocation(receipt.revocation)],
        "confirmed": not simulated and receipt.revocation == Revocation.CONFIRMED,
        "by": _named(receipt.by, receipt.tenant, inside=inside),
        "revoked_by": _named(receipt.revoked_by, receipt.tenant, inside=inside),
        "steps": steps,
        "done": sum(step.done_at is not None for step in steps),
        "pdf": pdf_of(receipt),
        "ids": ids_of(receipt),
        "pdf_owed": any(step.step.endswith("pdf") and not step.done_at for step in steps),
    }


def _named(person: User | None, tenant: Tenant, *, inside: bool) -> str:
    """Return the person's name for this reader. Makes one query unless `inside`."""
    if person is None or inside:
        return person.name if person else ""
    member = Membership.objects.filter(tenant=tenant, user=person).exists()
    return person.name if member else "PageToJob"


def pdf_of(receipt: Receipt) -> File | None:
    """Return the newest PDF of the receipt. No query for receipts from `get_receipt` or `of_tenant`."""
    made: list[File] = [step.file for step in receipt.follow_ups.all() if step.file and step.step in MAKES_PDF]
    return made[-1] if made else None


def ids_of(receipt: Receipt) -> File | None:
    """Return the list of IDs that were read by API. No query for receipts from `get_receipt` or `of_tenant`."""
    return next((step.file for step in receipt.follow_ups.all() if step.step == Step.LIST_READ), None)


def receipt_html(receipt: Receipt) -> str:
    """Return standalone HTML for the PDF, without names of people at PageToJob. Needs the tenant's scope."""
    row = get_receipt(receipt.public_id)
    return render_to_string("connections/receipt_paper.html", shown(row, inside=False) | {"disclaimers": disclaimers()})


def pdf_answer(receipt: Receipt) -> HttpResponse:
    """Return the stored PDF, or raise a 404. Needs a scope that can read the tenant's files."""
    return _download(pdf_of(receipt), "application/pdf")


def ids_answer(receipt: Receipt) -> HttpResponse:
    """Return the list of IDs, or raise a 404. Needs a scope that can read the tenant's files."""
    return _download(ids_of(receipt), "text/csv; charset=utf-8")


def bundle_answer(receipt: Receipt) -> HttpResponse:
    """Return PDF and list of IDs with the proof that they are in the public log, or raise a 404 before there is a PDF.

    Needs a scope that can read the tenant's files.
    """
    files = [file for file in (pdf_of(receipt), ids_of(receipt)) if file is not None]
    if pdf_of(receipt) is None:
        raise Http404
    return bundle_download({file.name: content_of(file) for file in files}, name=f"receipt-{receipt.public_id}")


def _download(file: File | None, content_type: str) -> HttpResponse:
    if file is None:
        raise Http404
    answer = HttpResponse(content_of(file), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
