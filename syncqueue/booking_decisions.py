"""Where the bookings of tenants may go now: one decision each, for the worker and for the page that says it before."""

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
    """The stand-in's for a demo tenant whose stand-in is open; production's for everybody else. Two queries."""
    return decisions_for([tenant])[tenant.pk]


def decisions_for(tenants: Collection[Tenant]) -> dict[int, Decision]:
    """The same for many, by the tenant's row id. Two queries, however many they are."""
    ids = [tenant.pk for tenant in tenants]
    # The connections first: one that ends meanwhile raises the epoch past the one the decision was made at.
    rows = connections_by_place(ids)
    found, now = gate_facts_by_tenant(ids), timezone.now()
    return {
        tenant.pk: _decision(tenant, found.get(tenant.pk) or no_gate_facts(tenant), rows, now) for tenant in tenants
    }


def _decision(tenant: Tenant, standing: GateFacts, rows: Rows, now: datetime) -> Decision:
    if tenant.is_demo and (stand_in := judge(FLAG, standing, Environment.STAND_IN, now=now)).open:
        return with_connection(stand_in, rows.get((tenant.pk, Environment.STAND_IN.value)))
    production = judge(FLAG, standing, Environment.PRODUCTION, now=now)
    return with_connection(production, rows.get((tenant.pk, Environment.PRODUCTION.value)))
