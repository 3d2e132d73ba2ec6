"""Views that record, confirm and revoke evidence about a tenant."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from pagetojob.gates.attachments import EvidenceRefused, attachment_content
from pagetojob.gates.models import Evidence
from pagetojob.gates.proof import why_no_more_evidence, why_not_confirm
from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.files import responses
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import records
from .forms import EvidenceForm


def evidence_for_operator(slug: str, public_id: UUID) -> Evidence:
    """Return evidence of that tenant. Evidence of another tenant or of PageToJob is a 404."""
    return get_object_or_404(records.with_people(), tenant__slug=slug, public_id=public_id)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def new(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Record evidence about a tenant, with its file. It counts once a second person has confirmed it."""
    form = EvidenceForm(posted(request), request.FILES or None, initial={"gate": request.GET.get("gate")})
    if form.is_valid():
        with errors_on(form, EvidenceRefused):
            records.record(given=form.given, actor=actor_of(request), tenant=tenant)
            messages.success(request, "Recorded. It counts once another person, an operator lead, confirms it.")
            return redirect("gates:tenant", tenant.slug)
    status = 422 if form.errors else 200
    context = {"tenant": tenant, "form": form, "why": why_no_more_evidence(tenant)}
    return render(request, "gates/evidence_new.html", context, status=status)


@operator_page(Ability.VIEW_QUEUE, "GET", "HEAD", "POST")
def confirm(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Confirm evidence, or show why this person cannot."""
    row, actor = evidence_for_operator(slug, public_id), actor_of(request)
    why = why_not_confirm(row, actor)
    if request.method == "POST" and not why:
        try:
            records.confirm(evidence=row, actor=actor)
        except EvidenceRefused as refused:
            why = str(refused)
        else:
            messages.success(request, confirmed_message(row))
            return redirect("gates:tenant", slug)
    context = {"row": row, "tenant": row.tenant, "state": records.state(row, timezone.now()), "why": why}
    return render(request, "gates/evidence_confirm.html", context, status=422 if request.method == "POST" else 200)


def confirmed_message(row: Evidence) -> str:
    if row.confirmed_at:
        return "Confirmed. It counts from now on."
    return "Confirmed. It was recorded at the shell, so it counts once another person confirms it too."


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def revoke(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Take evidence back, for good. Whatever stood on it alone is off within a second."""
    row, form = evidence_for_operator(slug, public_id), ReasonForm(posted(request))
    if form.is_valid():
        with errors_on(form, EvidenceRefused):
            records.revoke(evidence=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, "Revoked. Features that relied on it alone are off within a second.")
            return redirect("gates:tenant", slug)
    context = {"row": row, "tenant": row.tenant, "state": records.state(row, timezone.now()), "form": form}
    return render(request, "gates/evidence_revoke.html", context, status=422 if form.errors else 200)


@operator_page(Ability.ACT_ON_QUEUE)
def file(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Return the stored file as a download; the browser never displays it."""
    row = evidence_for_operator(slug, public_id)
    if row.file is None:
        raise Http404
    return responses.download(attachment_content(row.file), name=row.file.name, content_type=row.file.content_type)
