"""Where the bookings of a tenant may go now: one decision, for the worker and for the page that says it before."""

from pagetojob.kernel.gates.registry import Environment
from pagetojob.kernel.gates.services import Decision, decide
from pagetojob.kernel.tenants.models import Tenant
from pagetojob.kernel.vault.selectors import connection_of
from pagetojob.kernel.vault.using import decide_with_connection, with_connection

from .stopping import FLAG


def decision_for(tenant: Tenant) -> Decision:
    """The stand-in's for a demo tenant whose stand-in is open; production's for everybody else."""
    if tenant.is_demo:
        # The connection first: one that ends meanwhile raises the epoch past the one the decision was made at.
        row = connection_of(tenant, Environment.STAND_IN)
        if (stand_in := decide(FLAG, tenant, Environment.STAND_IN)).open:
            return with_connection(stand_in, row)
    return decide_with_connection(FLAG, tenant, Environment.PRODUCTION)
