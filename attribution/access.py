"""The ways from an operator's request to a row. What is missing, or another tenant's, is a 404."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from pagetojob.platform.access import actor_of, operators_only
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead

from .models import Estimate, Link, LinkRun, OutcomeFile, ReviewDecision

__all__ = ["actor_of", "operators_only"]


def tenant_for_operator(slug: str) -> Tenant:
    """A tenant, for a view behind the operators' door."""
    return get_object_or_404(Tenant, slug=slug)


def link_of(tenant: Tenant, public_id: UUID) -> Link:
    """A link with a job: only of these is there anything to decide."""
    rows = Link.objects.select_related("lead", "job", "run").filter(job__isnull=False)
    return get_object_or_404(rows, tenant=tenant, public_id=public_id)


def linking_of(tenant: Tenant, public_id: UUID) -> LinkRun:
    """A linking that was written."""
    return get_object_or_404(LinkRun, tenant=tenant, public_id=public_id, applied_at__isnull=False)


def lead_of(tenant: Tenant, public_id: UUID | str) -> Lead:
    return get_object_or_404(Lead, tenant=tenant, public_id=public_id)


def file_of(tenant: Tenant, public_id: UUID) -> OutcomeFile:
    return get_object_or_404(OutcomeFile.objects.select_related("file"), tenant=tenant, public_id=public_id)


def decision_of(tenant: Tenant, public_id: UUID) -> ReviewDecision:
    rows = ReviewDecision.objects.select_related("link__lead", "job")
    return get_object_or_404(rows, tenant=tenant, public_id=public_id)


def estimate_of(tenant: Tenant, public_id: UUID) -> Estimate:
    return get_object_or_404(Estimate.objects.select_related("tenant"), tenant=tenant, public_id=public_id)


#: Under this name the session keeps why its person sees contact details, and of which tenant.
SHOWN = "attribution.shown"


def reason_to_see(request: HttpRequest, tenant: Tenant) -> str:
    """The reason this person gave to see contact details of a tenant; empty where none was given."""
    kept = request.session.get(SHOWN) or {}
    return str(kept.get("reason", "")) if kept.get("tenant") == tenant.pk else ""
