"""Reads of the Titan Map. Each needs a scope in which the tenant's rows can be seen."""

from django.db.models import QuerySet

from pagetojob.kernel.tenants.models import Tenant

from .models import Family, PageBinding, TaxonomyItem


def binding_for_page(tenant: Tenant, page_path: str) -> PageBinding | None:
    """The newest binding of a page, with its items. One query."""
    return (
        PageBinding.objects.filter(tenant=tenant, page_path=page_path)
        .select_related(*PageBinding.MAPPED)
        .order_by("-version")
        .first()
    )


def services_offered(tenant: Tenant) -> QuerySet[TaxonomyItem]:
    """The job types a visitor may ask for: the active ones. One query."""
    return TaxonomyItem.objects.filter(tenant=tenant, family=Family.JOB_TYPE, active=True).order_by("name")
