"""Small things the list needs beside its items. Needs a scope that shows them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from pagetojob.platform.tenants.models import Tenant, User

from ..models import SavedView


def tenant_named(slug: str) -> Tenant | None:
    """The tenant with this slug, if there is one. One query."""
    return Tenant.objects.filter(slug=slug).first()


def slugs_by_name(names: Collection[str]) -> Mapping[str, str]:
    """The slug of each tenant by its name; a name that two tenants have is left out. One query."""
    pairs = list(Tenant.objects.filter(name__in=names).values_list("name", "slug"))
    often = Counter(name for name, _ in pairs)
    return {name: slug for name, slug in pairs if often[name] == 1}


def saved_views(user: User) -> Sequence[SavedView]:
    """The views this person saved, at most 20, by name. One query."""
    return list(SavedView.objects.filter(user=user).order_by("name"))
