"""Decide if a feature may use a tenant's connection now, from its gates and from the connection.

The gates permit a feature; the connection provides the access it needs. Senders check both together and watch one
epoch, which a change of either increments.
"""

from dataclasses import replace

from pagetojob.gates.decisions import environments_for
from pagetojob.gates.registry import FLAGS, Environment
from pagetojob.gates.services import Decision, Missing, decide
from pagetojob.platform.tenants.models import Tenant

from .models import Connection, ConnectionState
from .selectors import connection_of

_HOLDERS = {
    ConnectionState.NOT_CONNECTED: "PageToJob",
    ConnectionState.AWAITING_APPROVAL: "ServiceTitan admin",
    ConnectionState.AUTHORIZED: "PageToJob",
    ConnectionState.PAUSED: "PageToJob",
    ConnectionState.LOST: "ServiceTitan admin",
}


def decide_with_connection(flag: str, tenant: Tenant, environment: Environment) -> Decision:
    """Decide as `decide`, and also require an active connection with the scopes and module of the flag.

    Two queries; one for a flag without gates, which needs no connection.
    """
    # Read the connection first: if it ends in between, the epoch is newer than that of the decision.
    row = connection_of(tenant, environment) if needs_connection(flag) else None
    decision = decide(flag, tenant, environment)
    return with_connection(decision, row)


def decide_where_connected(flag: str, tenant: Tenant) -> Decision:
    """Decide in the environment of the tenant's connection: the first one that has an open connection.

    A paused or lost connection counts, so that a pause never moves calls to the next environment. Without any, it is
    production. At most one query per environment, and one more.
    """
    for environment in environments_for(is_ours=tenant.is_demo):
        if connection_of(tenant, environment) is not None:
            return decide_with_connection(flag, tenant, environment)
    return decide_with_connection(flag, tenant, Environment.PRODUCTION)


def needs_connection(flag: str) -> bool:
    return flag in FLAGS and bool(FLAGS[flag].gates)


def with_connection(decision: Decision, row: Connection | None) -> Decision:
    """Return `decision` with the scopes of the connection, closed if it lacks something the flag requires. No query."""
    lacking = () if decision.has_ended else missing_of(decision.flag, row)
    granted = frozenset(row.scopes) if row else None
    if not lacking:
        return replace(decision, granted=granted)
    return replace(decision, open=False, missing=(*decision.missing, *lacking), valid_until=None, granted=granted)


def missing_of(flag: str, row: Connection | None) -> tuple[Missing, ...]:
    """Return the requirements of a flag that the connection does not meet. No query."""
    if not needs_connection(flag):
        return ()
    if row is None:
        return (Missing("connection", "PageToJob", "There is no connection to ServiceTitan."),)
    if row.state != ConnectionState.ACTIVE:
        holder = _HOLDERS.get(ConnectionState(row.state), "PageToJob")
        return (Missing("connection", holder, f"The connection to ServiceTitan is not active: it is {row.state}."),)
    definition = FLAGS[flag]
    scopes = [name for name in definition.least_scopes if name not in row.scopes]
    missing = []
    if scopes:
        named = ", ".join(scopes)
        missing.append(
            Missing("connection scopes", "ServiceTitan admin", f"The connection lacks these scopes: {named}.")
        )
    if definition.least_module and definition.least_module not in row.modules:
        sentence = f"The connection has no module {definition.least_module} on file."
        missing.append(Missing("connection module", "Customer", sentence))
    return tuple(missing)
