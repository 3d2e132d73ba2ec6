"""Deletes everything a route of a closed simulator connection stored, for proofs."""

from django.db import transaction

from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.vault.models import Connection, ConnectionState

from ..models import HookCount, HookKey, HookRoute, InboxEvent, InboxFinding, InboxGap, QuarantinedRequest


class StillNeeded(ValueError):
    """Raised for an open or a real connection, whose rows are deleted on schedule only."""


def forget_route(connection: Connection) -> int:
    """Delete events, copies, counts, keys and the route itself; return how many rows. Raises StillNeeded."""
    if connection.environment != Environment.SIMULATOR or connection.state != ConnectionState.DISCONNECTED:
        raise StillNeeded("Only the rows of a closed simulator connection can be deleted.")
    with transaction.atomic():
        with scope.tenant(connection.tenant_id):
            gone = HookKey.objects.filter(route__connection=connection).delete()[0]
        with scope.worker():
            routes = list(HookRoute.objects.filter(connection=connection).values_list("pk", flat=True))
            for model in (InboxEvent, QuarantinedRequest, InboxFinding, InboxGap, HookCount):
                gone += model._default_manager.filter(route__in=routes).delete()[0]
            gone += HookRoute.objects.filter(pk__in=routes).delete()[0]
    return gone
