"""Start imports of the Titan Map by API, and show what was read. Loads nothing that calls the API."""

from datetime import timedelta
from typing import Any

from pagetojob.importer.models import ImportRow, Upload
from pagetojob.importer.uploads import ImportRefused
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.mirror import schedule
from pagetojob.servicetitan.vault.connection_use import decide_where_connected

from .api_lists import RESOURCES
from .models import TaxonomyItem
from .selectors import Touched, touched_by

KIND = "titanmap.api_import"
FLAG = "api-taxonomy-import"
BY = "Titan Map import"
EVERY = timedelta(hours=24)
_MOST_RETIRED = 20


def start_import(*, tenant: Tenant, actor: User | None, reason: str) -> tuple[Run, bool]:
    """Request an import; return its run and whether it is new. Raises ImportRefused while the feature is off."""
    decision = decide_where_connected(FLAG, tenant)
    if not decision.open:
        raise ImportRefused(decision.missing[0].sentence)
    words = "Import lists by API"
    params = {"words": words, "environment": decision.environment.value, "asked": actor is not None}
    return start_run(tenant=tenant, kind=KIND, params=params, actor=actor or BY, reason=reason)


def start_due() -> int:
    """Start the daily import of each tenant whose connection permits it; return how many. A periodic task."""
    return schedule.start_due(
        KIND, EVERY, flag=FLAG, start=lambda tenant: start_import(tenant=tenant, actor=None, reason="Daily import.")[1]
    )


def api_board(tenant: Tenant) -> dict[str, Any]:
    """Return what the page of imports shows about imports by API. At most seven queries."""
    return schedule.board(tenant, decide_where_connected(FLAG, tenant), KIND, list(RESOURCES))


def retired_by(upload: Upload) -> list[tuple[TaxonomyItem, Touched]]:
    """Return items that an import proposes to retire, with the pages that use them; at most twenty.

    Three queries, and those of `touched_by` for each item.
    """
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload, values__active=False, before__active=True)
    ids = [pk for pk in rows.order_by("number").values_list("subject_id", flat=True)[:_MOST_RETIRED] if pk]
    items = TaxonomyItem.objects.filter(tenant=upload.tenant_id, pk__in=ids).order_by("name")
    return [(item, touched_by(item)) for item in items]
