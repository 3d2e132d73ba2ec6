"""Extra context for the item list. Needs a scope that shows it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from pagetojob.platform.tenants.models import Tenant, User

from ..models import SavedView


def tenant_named(slug: str) -> Tenant | None:
    """Return the tenant with this slug, if there is one. A single query."""
    return Tenant.objects.filter(slug=slug).first()


def slugs_by_name(names: Collection[str]) -> Mapping[str, str]:
    """Return the slug of each tenant by name, without ambiguous names. A single query."""
    pairs = list(Tenant.objects.filter(name__in=names).values_list("name", "slug"))
    often = Counter(name for name, _ in pairs)
    return {name: slug for name, slug in pairs if often[name] == 1}


def saved_views(user: User) -> Sequence[SavedView]:
    """Return this person's saved views, at most 20, by name. A single query."""
    return list(SavedView.objects.filter(user=user).order_by("name"))
