"""A queue that looks like one in use: every state, kind and cause, three tenants, all ages."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Exclusion, Suspicion
from syncqueue.models import Kind, State, SyncItem
from syncqueue.models.item import OF_A_LEAD

from .factories import make_lead, make_sync_item, make_tenant

#: Kind, state, cause, last error, age in minutes.
_LIVES: tuple[tuple[Kind, State, str, str, int], ...] = (
    (Kind.BUSINESS_NOTIFICATION, State.DELIVERED, "", "", 1),
    (Kind.BOOKING_REQUEST, State.BLOCKED, "gate-shut", "partner approval, customer authorization", 2),
    (Kind.BUSINESS_NOTIFICATION, State.QUEUED, "", "", 0),
    (Kind.BUSINESS_NOTIFICATION, State.RETRYING, "mail-unreachable", "mail server: connection refused", 14),
    (Kind.BOOKING_REQUEST, State.NEEDS_REVIEW, "capacity-review", "Rule “Emergencies after hours” asks first", 41),
    (Kind.VISITOR_CONFIRMATION, State.SENDING, "", "", 3),
    (Kind.BUSINESS_NOTIFICATION, State.NEEDS_REVIEW, "mail-refused", "mailbox unavailable", 95),
    (Kind.BOOKING_REQUEST, State.UNKNOWN, "own-fault", "timed out after the request was sent", 130),
    (Kind.BOOKING_REQUEST, State.MANUAL_COMPLETE, "", "", 300),
    (Kind.VISITOR_CONFIRMATION, State.DELIVERED, "", "", 400),
    (Kind.TAXONOMY_IMPORT, State.NEEDS_REVIEW, "field-missing", "column “Business Unit” is missing", 900),
    (Kind.WEBSITE_UPDATE, State.NEEDS_REVIEW, "done-by-people", "", 1500),
    (Kind.OUTCOME_MATCH, State.RETRYING, "database-lost", "the connection was closed", 2000),
    (Kind.BOOKING_REQUEST, State.BLOCKED, "mapping-missing", "no job type for /water-heater-repair-mesa", 2900),
    (Kind.BOOKING_REQUEST, State.CANCELLED, "", "", 4300),
    (Kind.BOOKING_REQUEST, State.DELIVERED, "", "", 8000),
)


def reach(item: SyncItem, state: str, **facts: Any) -> None:
    """Move a queued item to `state` along the arrows there are. Needs a worker's scope."""
    now = timezone.now()
    if state == State.QUEUED:
        return
    if state in {State.MANUAL_COMPLETE, State.CANCELLED}:
        proof = {"done_where": "ServiceTitan", "done_reference": "Booking 4711", "done_at": now}
        states.move(item, state, due_at=None, **(proof if state == State.MANUAL_COMPLETE else {}))
        return
    states.move(item, State.SENDING, lease_until=now + timedelta(minutes=1))
    if state != State.SENDING:
        states.move(item, state, lease_until=None, **facts)


def fill_queue(tenant: Tenant, rounds: int = 4) -> list[Tenant]:
    """About 16 items a round, spread over `tenant` and two others, whose books balance. Returns the tenants."""
    others = [
        make_tenant(name="Blue Mesa Plumbing & Drain", slug="blue-mesa"),
        make_tenant(name="Canyon Rooter and Electrical Services of Greater Tucson", slug="canyon-rooter"),
    ]
    tenants = [tenant, *others]
    for number in range(rounds):
        for place, life in enumerate(_LIVES):
            _live(tenants[(number + place) % 3], number, life)
    return tenants


def _live(tenant: Tenant, number: int, life: tuple[Kind, State, str, str, int]) -> None:
    kind, state, cause, error, minutes = life
    at = timezone.now() - timedelta(minutes=minutes * (number + 1), seconds=number)
    with scope.tenant(tenant.pk):
        facts: dict[str, Any] = {"tenant": tenant, "created_at": at}
        booking = kind == Kind.BOOKING_REQUEST
        beside = None
        if kind in OF_A_LEAD:
            facts["lead"] = make_lead(
                tenant=tenant,
                suspected=[Suspicion.TOO_FAST] if number == 2 and minutes < 20 else [],
                excluded_as=Exclusion.SPAM if number == 3 and minutes == 4300 else Exclusion.NONE,
                received_at=at,
            )
            beside = make_sync_item(**facts, **({"kind": Kind.BUSINESS_NOTIFICATION} if booking else {}))
            if kind == Kind.VISITOR_CONFIRMATION:
                make_sync_item(**facts, kind=Kind.BUSINESS_NOTIFICATION)
        item = make_sync_item(**facts, kind=kind, due_at=timezone.now(), attempts=number)
    with scope.worker():
        later = timezone.now() + timedelta(minutes=7) if state == State.RETRYING else None
        found_there = {"adopted": True} if booking and state == State.DELIVERED else {}
        reach(item, state, cause=cause, last_error=error, due_at=later, **found_there)
        if beside:
            reach(beside, *((State.DELIVERED,) if booking else (State.BLOCKED,)), cause="" if booking else "gate-shut")
