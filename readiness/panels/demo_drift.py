"""The demo tenant's website against its map: real findings of real readings, and how much was read.

Nothing that a customer typed is read into it: no comment, no name, no photo.
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
    """One tenant's findings at one moment. `coverage` is empty where its website was never read."""

    tenant: Tenant
    coverage: str
    lines: Sequence[Line]
    more: bool


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """The demo tenant's findings; nothing without a demo tenant. Three queries and a scope."""
    tenant = demo.find()
    return {"drift": read_drift(tenant)} if tenant else {}


def read_drift(tenant: Tenant) -> DriftView:
    """Two queries and a scope. Raises NotADemo for a tenant not marked as a demo."""
    with demo.rows_of(tenant):
        lines, last = standing(tenant, MOST_SHOWN + 1), newest_reading(tenant)
    return DriftView(tenant, coverage(last) if last else "", lines[:MOST_SHOWN], len(lines) > MOST_SHOWN)
