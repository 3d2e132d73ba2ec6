"""Reads of the Titan Map. Each needs a scope in which the tenant's rows can be seen."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from pagetojob.kernel.tenants.models import Tenant

from . import capacity
from .models import CapacityRule, Family, PageBinding, TaxonomyItem


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


def capacity_rules(tenant: Tenant) -> QuerySet[CapacityRule]:
    """The tenant's active rules in the order in which they are read. One query."""
    return CapacityRule.objects.filter(tenant=tenant, active=True)


def capacity_choice(
    tenant: Tenant,
    *,
    binding: PageBinding | None,
    urgency: str,
    hours: capacity.OfficeHours,
    at: datetime,
    rules: Iterable[CapacityRule] | None = None,
) -> capacity.Choice:
    """What the tenant's rules say for a page and an urgency at a moment. One query, or none with `rules` in hand."""
    zone = binding.zone if binding else None
    return capacity.choose(
        capacity_rules(tenant) if rules is None else rules,
        page_slug=binding.slug if binding else "",
        urgency=urgency,
        local=at.astimezone(ZoneInfo(tenant.time_zone)),
        hours=hours,
        zone_state=zone.zone_state if zone else "",
    )
