"""The demo tenant's Titan Map: its items by family, its bound pages, its capacity rules, and its coverage score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.coverage import FORMULA, Coverage
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import capacity_rules, coverage_of
from syncqueue.envelope import NEEDED_ROLES

from ..shape import Pack, PageView
from . import demo
from .handoff_draft import bound_pages

TEMPLATE = "readiness/panels/demo_map.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
SECONDS = 10
MOST_ITEMS, MOST_RULES = 300, 50


@dataclass(frozen=True)
class MapPage:
    """A page with the objects it is bound to. It counts as bound when nothing a hand-off needs is missing."""

    binding: PageBinding
    mapped: Sequence[tuple[str, TaxonomyItem]]
    missing: Sequence[str]
    needed: Sequence[str]

    @property
    def bound(self) -> bool:
        return not self.needed


@dataclass(frozen=True)
class MapView:
    """One tenant's map. `coverage` is the score the workbench shows, with its formula."""

    tenant: Tenant
    families: Sequence[tuple[str, Sequence[TaxonomyItem]]]
    pages: Sequence[MapPage]
    rules: Sequence[CapacityRule]
    coverage: Coverage
    formula: str = FORMULA


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """The demo tenant's map; nothing without a demo tenant. Six queries and a scope."""
    tenant = demo.find()
    return {"map": read_map(tenant)} if tenant else {}


def read_map(tenant: Tenant) -> MapView:
    """Five queries and a scope. Raises NotADemo for a tenant not marked as a demo."""
    with demo.rows_of(tenant):
        items = list(TaxonomyItem.objects.filter(tenant=tenant).order_by("-active", "name")[:MOST_ITEMS])
        pages = [map_page(binding) for binding in bound_pages(tenant)]
        rules = list(capacity_rules(tenant)[:MOST_RULES])
        score = coverage_of(tenant)
    families = [(family.label, [item for item in items if item.family == family]) for family in Family]
    return MapView(tenant, [(name, rows) for name, rows in families if rows], pages, rules, score)


def map_page(binding: PageBinding) -> MapPage:
    """What a binding holds and lacks. An item that is no longer active counts as missing where it is needed."""
    chosen = {role: getattr(binding, role) for role in PageBinding.MAPPED}
    return MapPage(
        binding=binding,
        mapped=[(role.replace("_", " "), item) for role, item in chosen.items() if item],
        missing=[role.replace("_", " ") for role, item in chosen.items() if item is None],
        needed=[role.replace("_", " ") for role in NEEDED_ROLES if chosen[role] is None or not chosen[role].active],
    )
