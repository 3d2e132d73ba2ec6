"""The send decision for tenants' bookings, shared by the worker and by the page that previews it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils import timezone

from pagetojob.gates.decisions import GateFacts, judge
from pagetojob.gates.registry import Environment
from pagetojob.gates.selectors import gate_facts_by_tenant, no_gate_facts
from pagetojob.gates.services import Decision
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.connection_use import with_connection
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.selectors import connections_by_place

from .stop_reasons import FLAG

Rows = Mapping[tuple[int, str], Connection]


def decision_for(tenant: Tenant) -> Decision:
    """Return the simulator's decision for a demo tenant whose simulator is open, otherwise production's. Two
    queries.
    """
    return decisions_for([tenant])[tenant.pk]


def decisions_for(tenants: Collection[Tenant]) -> dict[int, Decision]:
    """Return the decisions for many tenants by tenant id. Two queries, regardless of their number."""
    ids = [tenant.pk for tenant in tenants]
    # Read connections first: if one ends in between, the epoch rises above the one the decision was made at.
    rows = connections_by_place(ids)
    snapshots, now = gate_facts_by_tenant(ids), timezone.now()
    return {
        tenant.pk: _decision(tenant, snapshots.get(tenant.pk) or no_gate_facts(tenant), rows, now) for tenant in tenants
    }


def _decision(tenant: Tenant, snapshot: GateFacts, rows: Rows, now: datetime) -> Decision:
    if tenant.is_demo and (stand_in := judge(FLAG, snapshot, Environment.SIMULATOR, now=now)).open:
        return with_connection(stand_in, rows.get((tenant.pk, Environment.SIMULATOR.value)))
    production = judge(FLAG, snapshot, Environment.PRODUCTION, now=now)
    return with_connection(production, rows.get((tenant.pk, Environment.PRODUCTION.value)))
