"""Panel with real drift findings of the demo tenant's website, compared with its map, and the coverage.

It reads nothing that a customer typed: no comments, names or photos.
"""

from typing import Any

from drift.report import newest_reading, standing
from drift.selectors import coverage
from pagetojob.platform.tenants.models import Tenant

from ..shape import Pack, PageView
from . import demo

MOST_SHOWN = 25


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the demo tenant's findings, or nothing without a demo tenant. Three queries and a scope."""
    tenant = demo.find()
    return {"drift": read_drift(tenant)} if tenant else {}


def read_drift(tenant: Tenant) -> dict[str, Any]:
    """Return a demo tenant's findings. Raises NotADemo for other tenants. Two queries and a scope."""
    with demo.rows_of(tenant):
        lines, last = standing(tenant, MOST_SHOWN + 1), newest_reading(tenant)
    read = coverage(last) if last else ""
    return {"tenant": tenant, "coverage": read, "lines": lines[:MOST_SHOWN], "more": len(lines) > MOST_SHOWN}
