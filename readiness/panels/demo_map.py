"""Panel with the demo tenant's Titan Map: items by family, bound pages, capacity rules and coverage score."""

from typing import Any

from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.coverage import FORMULA
from pagetojob.titanmap.models import Family, PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import capacity_rules, coverage_of
from syncqueue.envelope import NEEDED_ROLES

from ..shape import Pack, PageView
from . import demo
from .handoff_draft import bound_pages

MOST_ITEMS, MOST_RULES = 300, 50


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the demo tenant's map, or nothing without a demo tenant. Six queries and a scope."""
    tenant = demo.find()
    return {"map": read_map(tenant)} if tenant else {}


def read_map(tenant: Tenant) -> dict[str, Any]:
    """Return a demo tenant's map. Raises NotADemo for other tenants. Five queries and a scope."""
    with demo.rows_of(tenant):
        items = list(TaxonomyItem.objects.filter(tenant=tenant).order_by("-active", "name")[:MOST_ITEMS])
        pages = [map_page(binding) for binding in bound_pages(tenant)]
        rules = list(capacity_rules(tenant)[:MOST_RULES])
        # The same score that the workbench shows.
        score = coverage_of(tenant)
    families = [(family.label, [item for item in items if item.family == family]) for family in Family]
    return {
        "tenant": tenant,
        "families": [(name, rows) for name, rows in families if rows],
        "pages": pages,
        "rules": rules,
        "coverage": score,
        "formula": FORMULA,
    }


def map_page(binding: PageBinding) -> dict[str, Any]:
    """Return the objects that a binding has and lacks. An inactive item counts as missing if it is needed.

    The page counts as bound if it has everything that a handoff needs.
    """
    chosen = {role: getattr(binding, role) for role in PageBinding.MAPPED}
    needed = [role.replace("_", " ") for role in NEEDED_ROLES if chosen[role] is None or not chosen[role].active]
    return {
        "binding": binding,
        "mapped": [(role.replace("_", " "), item) for role, item in chosen.items() if item],
        "missing": [role.replace("_", " ") for role, item in chosen.items() if item is None],
        "needed": needed,
        "bound": not needed,
    }
