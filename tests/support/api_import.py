"""Imports by API: a tenant that is connected to the simulator, with a feature that reads it."""

from typing import Any

from pagetojob.gates.registry import FLAGS
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection
from tests.support.gates import wish
from tests.support.handed import connect
from tests.support.runs import reload_run, work_runs
from tests.support.standin import TENANT, StandInProcess


def connected_for(tenant: Tenant, owner: User, *flags: str, without: tuple[str, ...] = ()) -> Connection:
    """Connect the tenant with all scopes of the features, except some, and request the features."""
    row = connect(tenant, owner)
    scopes = sorted({name for flag in flags for name in FLAGS[flag].scopes} - set(without))
    modules = [FLAGS[flag].least_module for flag in flags if FLAGS[flag].least_module]
    with scope.tenant(tenant.pk):
        Connection.objects.filter(pk=row.pk).update(scopes=scopes, modules=modules)
    wish(tenant, *flags)
    return row


def put(standin: StandInProcess, table: str, *rows: dict[str, Any]) -> None:
    """Add or change rows of the account."""
    standin.control("POST", f"rows/{TENANT}", {"table": table, "rows": list(rows)})


def finished(run: Run) -> Run:
    """Work the waiting runs, and return this one."""
    work_runs()
    return reload_run(run)
