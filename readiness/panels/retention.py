"""Panel with the retention periods of the demo tenant, its last purge, and what it removed."""

from typing import Any

from pagetojob.retention.selectors import Overview, overview

from ..shape import Pack, PageView
from . import demo


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return the demo tenant's periods, or nothing without a demo tenant. Five queries and a scope."""
    tenant = demo.find()
    if tenant is None:
        return {}
    with demo.rows_of(tenant):
        shown: Overview = overview(tenant)
    return {"retention": shown}
