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
from ..inbox.outcomes import NOT_SIGNED_BY_A_KEY, Outcome
from ..models import HookRoute, InboxEvent, QuarantinedRequest
from ..refused_senders import RefusedSender, refused_senders
from . import inbox
from .inbox_keys import RingRefused, load_ring, recipe_of, ring_of
from .record_updates import TEST


@dataclass(frozen=True)
class RouteStatus:
    """Status of a route. The events are those of the sender, without our test events.

    `why_not`: why the route accepts nothing now. `sender`: its sender, while requests are refused for their signature.
    `refused`: the newest of these requests that is on file.
    """

    why_not: tuple[str, ...]
    events: int
    first_at: datetime | None
    last_at: datetime | None
    sender: RefusedSender | None
    refused: QuarantinedRequest | None


def status_of(route: HookRoute) -> RouteStatus:
    """Return the status of a route. In the operator scope; eight queries at most."""
    events = InboxEvent.objects.filter(route=route).exclude(kind=TEST)
    seen = events.aggregate(events=Count("pk"), first=Min("received_at"), last=Max("received_at"))
    with scope.tenant(route.tenant_id):
        connection = Connection.objects.get(pk=route.connection_id)
        why_not = why_no_events(connection)
        if route.closed_at is not None:
            why_not = ("The route is closed.", *why_not)
        elif not any(key.retired_at is None for key in ring_of(route)):
            why_not = (*why_not, "No key is stored.")
    sender = next(iter(refused_senders(route)), None)
    unsigned = QuarantinedRequest.objects.filter(route=route, outcome__in=NOT_SIGNED_BY_A_KEY).defer("box")
    refused = unsigned.first() if sender else None
    return RouteStatus(why_not, seen["events"], seen["first"], seen["last"], sender, refused)


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
    # Counted, it would be evidence about a sender that did not send it.
    outcome = inbox.receive(route.public_id, method="POST", read=lambda: post, now=timezone.now(), counts=False)
    with scope.tenant(route.tenant_id):
        record_change("inbox.test_event", route, actor=actor, reason=reason, outcome=(None, outcome.value))
    return outcome
