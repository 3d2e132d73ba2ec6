"""Panel with real drift findings of the demo tenant's website, compared with its map, and the coverage.

It reads nothing that a customer typed: no comments, names or photos.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drift.report import Line, newest_reading, standing
from drift.selectors import coverage
from pagetojob.platform.tenants.models import Tenant

from ..shape import Pack, PageView
from . import demo

TEMPLATE = "readiness/panels/demo_drift.html"
STYLES: tuple[str, ...] = ("readiness-tools.css",)
SECONDS = 10
MOST_SHOWN = 25


@dataclass(frozen=True)
class DriftView:
    """Findings of one tenant at one time. `coverage` is empty if its website was never read."""

    tenant: Tenant
    coverage: str
    lines: Sequence[Line]
    more: bool


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the demo tenant's findings, or nothing without a demo tenant. Three queries and a scope."""
    tenant = demo.find()
    return {"drift": read_drift(tenant)} if tenant else {}


def read_drift(tenant: Tenant) -> DriftView:
    """Return a demo tenant's findings. Raises NotADemo for other tenants. Two queries and a scope."""
    with demo.rows_of(tenant):
        lines, last = standing(tenant, MOST_SHOWN + 1), newest_reading(tenant)
    return DriftView(tenant, coverage(last) if last else "", lines[:MOST_SHOWN], len(lines) > MOST_SHOWN)
