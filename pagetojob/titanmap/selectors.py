"""Reads of the Titan Map. Each needs a scope in which the tenant's rows can be seen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from pagetojob.platform.tenants.models import Tenant

from . import capacity
from .coverage import Coverage, Page, coverage
from .models import CapacityRule, Family, PageBinding, TaxonomyItem


def binding_for_page(tenant: Tenant, page_path: str) -> PageBinding | None:
    """The newest binding of a page, with its items. One query."""
    return (
        PageBinding.objects.filter(tenant=tenant, page_path=page_path)
        .select_related(*PageBinding.MAPPED)
        .order_by("-version")
        .first()
    )


def bound_pages(slugs: Collection[str]) -> dict[str, str]:
    """Of each tenant so named the first page that is bound to everything a booking needs. One query, none for nobody.

    Needs an operator's scope.
    """
    if not slugs:
        return {}
    whole = {f"{role}__isnull": False for role in PageBinding.MAPPED}
    rows = PageBinding.objects.filter(tenant__slug__in=slugs, **whole).order_by("-page_path")
    return dict(rows.values_list("tenant__slug", "page_path"))


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


def newest_pages(tenant: Tenant | int) -> list[PageBinding]:
    """The newest version of each page with its items, by slug. One query."""
    rows = PageBinding.objects.filter(tenant=tenant).select_related(*PageBinding.MAPPED)
    return list(rows.order_by("slug", "-version").distinct("slug"))


def today_of(tenant: Tenant) -> date:
    """The day it is where the tenant is. No query."""
    return timezone.now().astimezone(ZoneInfo(tenant.time_zone)).date()


def coverage_of(tenant: Tenant) -> Coverage:
    """The coverage score of a tenant's map. Two queries."""
    pages = [
        Page(page.slug, tuple(key for role in PageBinding.MAPPED if (key := getattr(page, f"{role}_id"))))
        for page in newest_pages(tenant)
    ]
    return coverage(TaxonomyItem.objects.filter(tenant=tenant), pages, today_of(tenant))


@dataclass(frozen=True)
class Touched:
    """What retiring an item touches: the pages whose newest version is bound to it, and those pages' campaigns.

    `versions` are all versions of any page bound to it: requests keep the version they came with.
    """

    pages: Sequence[PageBinding]
    campaigns: Sequence[str]
    versions: Sequence[int]


def touched_by(item: TaxonomyItem) -> Touched:
    """The blast radius of an item in the map itself. Two queries."""
    role = item.family.replace(" ", "_")
    if role not in PageBinding.MAPPED:
        return Touched((), (), ())
    pages = [page for page in newest_pages(item.tenant_id) if getattr(page, f"{role}_id") == item.pk]
    versions = PageBinding.objects.filter(tenant=item.tenant_id, **{role: item}).values_list("pk", flat=True)
    return Touched(pages, sorted({page.campaign.name for page in pages if page.campaign}), list(versions))
