"""The send decision for tenants' bookings, shared by the worker and by the page that previews it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils import timezone

from pagetojob.gates.decisions import GateFacts, environments_for, judge
from pagetojob.gates.selectors import gate_facts_by_tenant, no_gate_facts
from pagetojob.gates.services import Decision
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.connection_use import with_connection
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.selectors import connections_by_place

from .stop_reasons import FLAG

Rows = Mapping[tuple[int, str], Connection]


def decision_for(tenant: Tenant) -> Decision:
    """Return the decision for the environment of the tenant's connection. Two queries."""
    return decisions_for([tenant])[tenant.pk]


def decisions_for(tenants: Collection[Tenant]) -> dict[int, Decision]:
    """Return the decisions for many tenants by tenant id. Two queries, regardless of their number."""
    ids = [tenant.pk for tenant in tenants]
    # Read connections first: if one ends in between, the epoch rises above the one the decision was made at.
    rows = connections_by_place(ids)
    snapshots, now = gate_facts_by_tenant(ids), timezone.now()
    return {
        tenant.pk: decision_on(snapshots.get(tenant.pk) or no_gate_facts(tenant), rows, now=now) for tenant in tenants
    }


def decision_on(facts: GateFacts, rows: Rows, *, now: datetime) -> Decision:
    """Return the decision for the one environment that the tenant's bookings go to. No query.

    It is the first one with a connection, also a paused or lost one: a connection that stops working never sends its
    bookings to the next environment. Without any, it is the first one that lacks only a connection; production is last.
    """
    decisions = [judge(FLAG, facts, place, now=now) for place in environments_for(is_ours=facts.is_ours)]
    connections = [rows.get((facts.tenant_id, decision.environment.value)) for decision in decisions]
    for decision, row in zip(decisions, connections, strict=True):
        if row is not None or (decision.open and not any(connections)):
            return with_connection(decision, row)
    return with_connection(decisions[-1], None)
