"""A webhook route in the web: why it accepts nothing, its first event, and test events of ours."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import decide
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.public import is_served
from pagetojob.servicetitan.vault.models import USABLE, Connection

from ..inbox import verifiers
from ..inbox.outcomes import Outcome
from ..models import HookRoute, InboxEvent, QuarantinedRequest
from . import inbox
from .inbox_keys import RingRefused, load_ring, recipe_of, ring_of
from .record_updates import TEST

#: A sender whose key or settings are not ours gets these for every request.
NOT_SIGNED_BY_A_KEY = (Outcome.UNSIGNED, Outcome.WRONG_SIGNATURE, Outcome.RETIRED_KEY)


@dataclass(frozen=True)
class RouteStatus:
    """Status of a route. The events are those of the sender, without our test events.

    `why_not`: why the route accepts nothing now. `refused`: the newest request that no accepted key had signed, if no
    event was accepted since.
    """

    why_not: tuple[str, ...]
    events: int
    first_at: datetime | None
    last_at: datetime | None
    refused: QuarantinedRequest | None


def status_of(route: HookRoute) -> RouteStatus:
    """Return the status of a route. In the operator scope; six queries."""
    events = InboxEvent.objects.filter(route=route).exclude(kind=TEST)
    seen = events.aggregate(events=Count("pk"), first=Min("received_at"), last=Max("received_at"))
    with scope.tenant(route.tenant_id):
        connection = Connection.objects.get(pk=route.connection_id)
        why_not = why_no_events(connection)
        if route.closed_at is not None:
            why_not = ("The route is closed.", *why_not)
        elif not any(key.retired_at is None for key in ring_of(route)):
            why_not = (*why_not, "No key is stored.")
    return RouteStatus(why_not, seen["events"], seen["first"], seen["last"], _refused_since(route, seen["last"]))


def _refused_since(route: HookRoute, last_event: datetime | None) -> QuarantinedRequest | None:
    unsigned = QuarantinedRequest.objects.filter(route=route, outcome__in=NOT_SIGNED_BY_A_KEY).defer("box")
    return (unsigned.filter(received_at__gt=last_event) if last_event else unsigned).first()


def why_no_events(connection: Connection) -> tuple[str, ...]:
    """Return why a connection cannot receive events now, apart from its route. In the tenant's scope; two queries."""
    decision = decide(inbox.FLAG, connection.tenant, Environment(connection.environment))
    why_not = [reason.sentence for reason in decision.missing]
    if connection.state not in USABLE:
        why_not.insert(0, f"The connection is {connection.state}.")
    if not is_served(connection.tenant):
        why_not.insert(0, "The contractor is closed.")
    return tuple(why_not)


def send_test_event(*, route: HookRoute, actor: User, reason: str) -> Outcome:
    """Sign an event with the current key, and give it to our receiver. Return its outcome. Not inside a transaction.

    It shows that headers, encoding and key fit together on our side; it proves nothing about the sender. Raises
    RingRefused without a current key, and the errors of the vault.
    """
    current = next((key for key in load_ring(route) if key.accepted), None)
    if current is None:
        raise RingRefused("Store a key first.")
    body = json.dumps({"type": TEST, "version": 1, "data": {}}).encode()
    stamp, message_id = str(int(timezone.now().timestamp())), f"test_{secrets.token_hex(8)}"
    headers = verifiers.sign(recipe_of(route), current, body, message_id=message_id, stamp=stamp)
    post = inbox.Post(headers | {"content-type": "application/json"}, body)
    inbox.forget()
    outcome = inbox.receive(route.public_id, method="POST", read=lambda: post, now=timezone.now())
    with scope.tenant(route.tenant_id):
        record_change("inbox.test_event", route, actor=actor, reason=reason, outcome=(None, outcome.value))
    return outcome
