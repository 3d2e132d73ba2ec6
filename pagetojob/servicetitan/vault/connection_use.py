"""Whether a feature may use a tenant's connection now: its gates, and what the connection itself has on file.

The gates say that a feature may act; the connection says whether there is access to act with. A sender asks for both
at once, and watches one epoch: a change of either raises it.
"""

from dataclasses import replace

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
    """As `decide`, and shut as well while no active connection has the least scopes and module of the flag.

    Two queries; one for a flag without gates, which needs no connection.
    """
    # The connection first: one that ends meanwhile raises the epoch past the one the decision was made at.
    row = connection_of(tenant, environment) if needs_connection(flag) else None
    decision = decide(flag, tenant, environment)
    return with_connection(decision, row)


def needs_connection(flag: str) -> bool:
    return flag in FLAGS and bool(FLAGS[flag].gates)


def with_connection(decision: Decision, row: Connection | None) -> Decision:
    """`decision`, narrowed by what the connection of its tenant and environment lacks. No query."""
    lacking = missing_of(decision.flag, row)
    if not lacking:
        return decision
    return replace(decision, open=False, missing=(*decision.missing, *lacking), valid_until=None)


def missing_of(flag: str, row: Connection | None) -> tuple[Missing, ...]:
    """What of a flag's need a connection does not meet; nothing for a flag that needs none. No query."""
    if not needs_connection(flag):
        return ()
    if row is None:
        return (Missing("connection", "PageToJob", "There is no connection to ServiceTitan."),)
    if row.state != ConnectionState.ACTIVE:
        holder = _HOLDERS.get(ConnectionState(row.state), "PageToJob")
        return (Missing("connection", holder, f"The connection to ServiceTitan is not active: it is {row.state}."),)
    definition = FLAGS[flag]
    scopes = [name for name in definition.least_scopes if name not in row.scopes]
    found = []
    if scopes:
        named = ", ".join(scopes)
        found.append(Missing("connection scopes", "ServiceTitan admin", f"The connection lacks these scopes: {named}."))
    if definition.least_module and definition.least_module not in row.modules:
        sentence = f"The connection has no module {definition.least_module} on file."
        found.append(Missing("connection module", "Customer", sentence))
    return tuple(found)
