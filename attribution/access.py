"""Row lookups and permission checks for the operators' views. A missing row, or one of another tenant, is a 404."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead

from .models import Estimate, Link, LinkRun, OutcomeFile, ReviewDecision, finished_runs


def link_of(tenant: Tenant, public_id: UUID) -> Link:
    """Return a link that names a job. Links without a job have nothing to decide."""
    rows = Link.objects.select_related("lead", "job", "run").filter(job__isnull=False)
    return get_object_or_404(rows, tenant=tenant, public_id=public_id)


def linking_of(tenant: Tenant, public_id: UUID) -> LinkRun:
    """Return a linking run whose results were written."""
    return get_object_or_404(finished_runs(tenant), public_id=public_id)


def lead_of(tenant: Tenant, public_id: UUID | str) -> Lead:
    return get_object_or_404(Lead, tenant=tenant, public_id=public_id)


def file_of(tenant: Tenant, public_id: UUID) -> OutcomeFile:
    return get_object_or_404(OutcomeFile.objects.select_related("file"), tenant=tenant, public_id=public_id)


def decision_of(tenant: Tenant, public_id: UUID) -> ReviewDecision:
    rows = ReviewDecision.objects.select_related("link__lead", "job")
    return get_object_or_404(rows, tenant=tenant, public_id=public_id)


def estimate_of(tenant: Tenant, public_id: UUID) -> Estimate:
    return get_object_or_404(Estimate.objects.select_related("tenant"), tenant=tenant, public_id=public_id)


#: Session key that stores why this user may see contact details, and for which tenant.
SHOWN = "attribution.shown"


def reason_to_see(request: HttpRequest, tenant: Tenant) -> str:
    """Return the reason this user gave to see a tenant's contact details, or an empty string."""
    stored = request.session.get(SHOWN) or {}
    return str(stored.get("reason", "")) if stored.get("tenant") == tenant.pk else ""
