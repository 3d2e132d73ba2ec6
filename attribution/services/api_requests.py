"""Start imports of outcomes by API, and show what was read. Loads nothing that calls the API."""

from datetime import timedelta
from typing import Any

from pagetojob.importer.uploads import ImportRefused
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.mirror import schedule
from pagetojob.servicetitan.vault.connection_use import decide_where_connected

from ..models import OutcomeKind

KIND = "attribution.api_import"
FLAG = "closed-loop-revenue"
BY = "outcome import"
EVERY = timedelta(hours=1)
#: In the order in which they refer to each other.
KINDS = (OutcomeKind.BOOKINGS, OutcomeKind.JOBS, OutcomeKind.INVOICES, OutcomeKind.PAYMENTS)


def start_import(*, tenant: Tenant, actor: User | None, reason: str) -> tuple[Run, bool]:
    """Request an import; return its run and whether it is new. Raises ImportRefused while the feature is off."""
    decision = decide_where_connected(FLAG, tenant)
    if not decision.open:
        raise ImportRefused(decision.missing[0].sentence)
    params = {"words": "Import outcomes by API", "environment": decision.environment.value}
    return start_run(tenant=tenant, kind=KIND, params=params, actor=actor or BY, reason=reason)


def start_due() -> int:
    """Start the hourly import of each tenant whose connection permits it; return how many. A periodic task."""
    return schedule.start_due(
        KIND, EVERY, flag=FLAG, start=lambda tenant: start_import(tenant=tenant, actor=None, reason="Hourly import.")[1]
    )


def api_board(tenant: Tenant) -> dict[str, Any]:
    """Return what the page of imports shows about imports by API. At most seven queries."""
    return schedule.board(tenant, decide_where_connected(FLAG, tenant), KIND, [kind.value for kind in KINDS])
