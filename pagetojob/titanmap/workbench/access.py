"""Load the item, rule, draft or page of an operator's request. Missing rows and other tenants' rows raise a 404."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import CapacityRule, PageBinding, PageDraft, TaxonomyItem


def item_of(tenant: Tenant, public_id: UUID) -> TaxonomyItem:
    return get_object_or_404(TaxonomyItem, tenant=tenant, public_id=public_id)


def rule_of(tenant: Tenant, public_id: UUID) -> CapacityRule:
    return get_object_or_404(CapacityRule, tenant=tenant, public_id=public_id)


def draft_of(tenant: Tenant, public_id: UUID) -> PageDraft:
    """Return a draft with its items."""
    rows = PageDraft.objects.select_related(*PageDraft.MAPPED)
    return get_object_or_404(rows, tenant=tenant, public_id=public_id)


def author_of(tenant: Tenant, public_id: UUID) -> User:
    """Return a person who wrote a draft, with the columns that an operator may read."""
    authors = PageDraft.objects.filter(tenant=tenant).values("written_by")
    return get_object_or_404(User.objects.only("name", "public_id").order_by(), pk__in=authors, public_id=public_id)


def versions_of(tenant: Tenant, page: str) -> list[PageBinding]:
    """Return all versions of a page, newest first, with their items."""
    rows = PageBinding.objects.filter(tenant=tenant, slug=page).select_related(*PageBinding.MAPPED)
    versions = list(rows.order_by("-version"))
    if not versions:
        raise Http404
    return versions
