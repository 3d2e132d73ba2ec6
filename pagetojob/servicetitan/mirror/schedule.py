"""When scheduled readings start, and what their screens show."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from pagetojob.gates.registry import Environment, Grade
from pagetojob.gates.services import Decision
from pagetojob.platform.runs.models import OPEN, Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.one_by_one import sum_of_each

from ..vault.connection_use import decide_where_connected
from ..vault.models import Connection, ConnectionState
from ..vault.selectors import connection_of
from .models import ReadCursor

#: A run that stopped is started again after this time, and continues at its position.
AFTER_STOP = timedelta(hours=1)


def tenants_with_access() -> list[Tenant]:
    """Return the tenants with an active connection whose contract has not ended. Runs one query."""
    with scope.worker():
        ids = Connection.objects.filter(state=ConnectionState.ACTIVE).order_by().values("tenant")
        return list(Tenant.objects.filter(pk__in=ids).exclude(state=Lifecycle.CLOSED).order_by("pk"))


def start_due(kind: str, every: timedelta, *, flag: str, start: Callable[[Tenant], bool]) -> int:
    """Call `start` for each tenant whose connection permits the feature and whose last run is due; return how many.

    `start` runs in the scope of the tenant and returns whether a run began.
    """

    def start_if_due(tenant: Tenant) -> bool:
        with scope.tenant(tenant.pk):
            may_start = is_due(tenant, kind, every) and decide_where_connected(flag, tenant).open
            return may_start and start(tenant)

    return sum_of_each(tenants_with_access(), start_if_due, task=kind)


def is_due(tenant: Tenant, kind: str, every: timedelta) -> bool:
    """Return whether the last run of a kind is long enough ago. Runs one query, in a scope that sees them."""
    last = Run.objects.filter(tenant=tenant, kind=kind).order_by("-pk").first()
    if last is None:
        return True
    wait = min(every, AFTER_STOP) if last.state == RunState.FAILED else every
    return last.state not in OPEN and timezone.now() - last.created_at >= wait


def board(tenant: Tenant, decision: Decision, kind: str, names: list[str]) -> dict[str, Any]:
    """Return what a page shows about imports by API: access, the last run, and each list that was read. Three queries.

    `grade` is None in production, whose data proves nothing about an environment.
    """
    connection = connection_of(tenant, decision.environment)
    cursors = ReadCursor.objects.filter(tenant=tenant, connection=connection, resource__in=names) if connection else ()
    run = Run.objects.filter(tenant=tenant, kind=kind).order_by("-pk").first()
    by_name = {cursor.resource: cursor for cursor in cursors}
    return {
        "decision": decision,
        "environment": decision.environment.label,
        "connected": connection is not None,
        "run": run,
        "open": run is not None and run.state in OPEN,
        "cursors": [by_name[name] for name in names if name in by_name],
    }


def grade_label(value: str) -> str:
    """Return a grade in words for screens. The stored value of the simulator's is older than its name."""
    return "captured in simulator" if value == Grade.SIMULATOR else value


def environment_label(value: str) -> str:
    return Environment(value).label
