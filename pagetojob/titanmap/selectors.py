"""Queries for the Titan Map. They need a scope that can read the tenant's rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT

from pagetojob.platform.tenants.models import BusinessProfile, Tenant

from . import capacity
from .coverage import Coverage, Page, coverage
from .models import CapacityRule, Family, PageBinding, TaxonomyItem

HOME = "/"
#: First parts of the paths of pages that no one writes.
GENERATED = frozenset({"services", "areas", "offers", "about", "contact"})


def binding_for_page(tenant: Tenant, page_path: str) -> PageBinding | None:
    """Return the newest binding of a page, with its items. Runs one query."""
    return (
        PageBinding.objects.filter(tenant=tenant, page_path=page_path)
        .select_related(*PageBinding.MAPPED)
        .order_by("-version")
        .first()
    )


def binding_for_request(tenant: Tenant, page_path: str) -> PageBinding | None:
    """Return the binding of a request from a page. At most two queries.

    Pages that are generated from the map have no binding. The chosen service decides the job type of such a
    request, and the home page the other roles.
    """
    binding = binding_for_page(tenant, page_path)
    return binding_for_page(tenant, HOME) if binding is None and is_generated(page_path) else binding


def is_generated(page_path: str) -> bool:
    """Return whether a path is of a page that is generated from the map: a list, a service, an area, an offer."""
    return page_path.lstrip("/").partition("/")[0] in GENERATED


def bound_pages(slugs: Collection[str]) -> dict[str, str]:
    """Map tenant slugs to their first page that is bound to every item a booking needs.

    Runs one query, or none if `slugs` is empty. Needs an operator's scope.
    """
    if not slugs:
        return {}
    whole = {f"{role}__isnull": False for role in PageBinding.MAPPED}
    rows = PageBinding.objects.filter(tenant__slug__in=slugs, **whole).order_by("-page_path")
    return dict(rows.values_list("tenant__slug", "page_path"))


def published_items(tenant: Tenant, *families: str) -> QuerySet[TaxonomyItem]:
    """Return the items of these families that public pages offer, by their public name. Runs one query."""
    rows = TaxonomyItem.objects.filter(tenant=tenant, family__in=families, published__active=True)
    return rows.order_by(KT("published__name"))


def service_names(tenant: Tenant) -> list[str]:
    """Return the names of the services that a visitor may choose: the published job types. Runs one query."""
    return list(published_items(tenant, Family.JOB_TYPE).values_list("published__name", flat=True))


def jobs_by_public_name(tenants: Collection[int], names: Collection[str]) -> dict[tuple[int, str], TaxonomyItem]:
    """Return the job types that public pages show by these names, by tenant and name. Runs one query.

    A job type that was never published is found by its own name.
    """
    rows = TaxonomyItem.objects.filter(tenant__in=tenants, family=Family.JOB_TYPE)
    jobs = list(rows.filter(Q(published__name__in=names) | Q(name__in=names, published__isnull=True)))
    return {(item.tenant_id, item.published["name"] if item.published else item.name): item for item in jobs}


def capacity_rules(tenant: Tenant) -> QuerySet[CapacityRule]:
    """Return the tenant's active rules in order of evaluation. Runs one query."""
    return CapacityRule.objects.filter(tenant=tenant, active=True)


def hours_of(tenant: Tenant) -> dict[str, Any]:
    """Return the office hours that public pages use. Runs one query."""
    return BusinessProfile.objects.filter(tenant=tenant).values_list("hours", flat=True).first() or {}


def capacity_choice(
    tenant: Tenant,
    *,
    binding: PageBinding | None,
    urgency: str,
    hours: capacity.OfficeHours,
    at: datetime,
    rules: Iterable[CapacityRule] | None = None,
) -> capacity.Choice:
    """Apply the tenant's capacity rules to a page, an urgency and a time. Runs one query, or none with `rules`."""
    zone = binding.zone if binding else None
    return capacity.choose(
        capacity_rules(tenant) if rules is None else rules,
        page_slug=binding.slug if binding else "",
        urgency=urgency,
        local=at.astimezone(tenant.shown_zone),
        # In an unknown time zone, no one knows whether the office is open.
        hours={} if tenant.zone_problem else hours,
        zone_state=zone.public.zone_state if zone else "",
    )


def newest_versions(tenant: Tenant | int) -> QuerySet[PageBinding]:
    """Return the newest version of each page without its items, by slug."""
    return PageBinding.objects.filter(tenant=tenant).order_by("slug", "-version").distinct("slug")


def newest_pages(tenant: Tenant | int) -> list[PageBinding]:
    """Return the newest version of each page with its items, by slug. Runs one query."""
    return list(newest_versions(tenant).select_related(*PageBinding.MAPPED))


def page_paths(tenant: Tenant, *, most: int) -> dict[str, str]:
    """Return the paths of up to `most` pages, by slug. Runs one query."""
    return dict(newest_versions(tenant).values_list("slug", "page_path")[:most])


def slug_of_page(tenant: Tenant, typed: str) -> str | None:
    """Return the slug of the page with this slug or path; None without such a page. Runs one query."""
    pages = newest_versions(tenant).filter(Q(slug=typed) | Q(page_path=typed))
    slug: str | None = pages.values_list("slug", flat=True).first()
    return slug


def coverage_of(tenant: Tenant) -> Coverage:
    """Return the coverage score of a tenant's map. Two queries."""
    bound = newest_versions(tenant).values_list("slug", *(f"{role}_id" for role in PageBinding.MAPPED))
    pages = [Page(slug, tuple(filter(None, keys))) for slug, *keys in bound]
    items = TaxonomyItem.objects.filter(tenant=tenant).only("family", "name", "active", "zone_state", "facts", "tenant")
    return coverage(items, pages, tenant.today())


@dataclass(frozen=True)
class Touched:
    """Pages affected by retiring an item: those whose newest version is bound to it, with their campaigns.

    `versions` are all page versions bound to it, because requests keep the version they were made with.
    """

    pages: Sequence[PageBinding]
    campaigns: Sequence[str]
    versions: Sequence[int]


def touched_by(item: TaxonomyItem) -> Touched:
    """Return the pages and campaigns that retiring an item affects. Two queries."""
    role = item.family.replace(" ", "_")
    if role not in PageBinding.MAPPED:
        return Touched((), (), ())
    bound = PageBinding.objects.filter(tenant=item.tenant_id, **{role: item})
    of_page = PageBinding.objects.filter(tenant=item.tenant_id, slug=OuterRef("slug"))
    newest = ~Exists(of_page.filter(version__gt=OuterRef("version")))
    pages = list(bound.filter(newest).select_related("campaign").order_by("slug"))
    campaigns = sorted({page.campaign.name for page in pages if page.campaign})
    return Touched(pages, campaigns, list(bound.values_list("pk", flat=True)))
