"""Blocks items as soon as their gate closes, and requeues them once the gate, the access or the time zone is fixed.

Requeued are bookings that were never sent, and bookings that may have arrived and wait for a lookup.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.gates.decisions import ENDED, Decision
from pagetojob.gates.selectors import gate_facts_by_tenant, tenants_wanting
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.time_zones import known_zone
from pagetojob.servicetitan.vault.selectors import connections_by_place
from syncqueue.leads.models import AnswerKind

from ..booking_decisions import decision_on
from ..causes import ErrorClass
from ..envelope import UNKNOWN_ZONE
from ..item_actions import ACCESS_REFUSED, CONTRACT_ENDED, GATE_CLOSED, LOOKUP_WAITS, MAPPING_MISSING, OF_THE_BINDING
from ..models import Kind, Lane, State, SyncItem
from ..office_answer import BOOKED_BY_OFFICE, EXCLUDED, answer_of_item
from ..stop_reasons import ENDED_SENTENCE, FLAG, NO_SENDER
from .operate import requeue

#: Causes that only a new connection fixes, not a gate: the other side refused access, or there is no connection.
OF_THE_CONNECTION = (ACCESS_REFUSED, "not-connected")
#: A lookup that was impossible is not tried again sooner, in case something else than the gate prevents it.
LOOKUP_PAUSE = timedelta(seconds=30)
#: Items of one tenant per run; the others follow in the next.
A_TURN = 200
log = logging.getLogger(__name__)


def release_opened() -> int:
    """Requeue booking requests whose gate opened, whose kill switch was lifted, whose access is back or whose time zone
    was corrected; return how many.

    A single query while no tenant has sending on; three more otherwise, and one for each tenant whose gates are open.
    An item that the office booked waits until the office takes that back, so that no job is booked twice.
    An item that lists a missing piece outside the gates stays blocked, because an open gate does not fix it. A refused
    item waits until its connection has been activated again since: retried unchanged, it would be refused again. An
    item that waits for its lookup is released once the environment that it was sent to can be reached.
    """
    released = 0
    with scope.worker():
        if not (tenant_ids := tenants_wanting(FLAG)):
            return 0
        rows = connections_by_place(tenant_ids)
        snapshots = gate_facts_by_tenant(tenant_ids)
        zones = dict(Tenant.objects.filter(pk__in=tenant_ids).values_list("pk", "time_zone"))
    for snapshot in snapshots.values():
        decision = decision_on(snapshot, rows, now=timezone.now())
        if not decision.open:
            continue
        connection = rows[decision.tenant_id, decision.environment.value]
        with scope.worker():
            in_zone = known_zone(zones[decision.tenant_id]) is not None
            for item in _waiting_items(decision, active_since=connection.state_since, in_zone=in_zone):
                requeue(item)
                released += 1
    if released:
        log.info("gates opened", extra={"items": released})
    return released


def _waiting_items(decision: Decision, *, active_since: datetime, in_zone: bool) -> list[SyncItem]:
    """Return the items that the connection of an open decision can send or look up.

    `in_zone`: the time zone of the tenant is known, so that a preferred time can be sent.
    """
    never_sent = Q(cause__in=(GATE_CLOSED, BOOKED_BY_OFFICE, EXCLUDED)) | Q(
        cause__in=OF_THE_CONNECTION, state_since__lt=active_since
    )
    if in_zone:
        never_sent |= Q(cause=MAPPING_MISSING, missing__contains=[{"sentence": UNKNOWN_ZONE}])
    to_send = Q(never_sent, ~Q(answer=AnswerKind.BOOKED), state=State.BLOCKED)
    sent_there = Q(sent_to=decision.environment.value, state_since__lt=Now() - LOOKUP_PAUSE)
    waiting = SyncItem.objects.select_for_update(skip_locked=True, of=("self",)).alias(answer=answer_of_item())
    rows = waiting.filter(
        to_send | Q(sent_there, state=State.UNKNOWN, cause=LOOKUP_WAITS),
        tenant=decision.tenant_id,
        kind=Kind.BOOKING_REQUEST,
        lead__excluded_as="",
    )
    return list(rows.exclude(missing__contains=[{"what": NO_SENDER.what}]).order_by("created_at", "id")[:A_TURN])


def state_contract_end(*, tenant_id: int) -> int:
    """Make the end of the contract the cause of the bookings that were blocked before it; return how many.

    Call in the transaction that closes the contractor: their earlier cause asks for something that no longer helps.
    Runs one statement.
    """
    blocked = SyncItem.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST, state=State.BLOCKED)
    return blocked.filter(cause__in=(GATE_CLOSED, *OF_THE_BINDING, *OF_THE_CONNECTION)).update(
        cause=CONTRACT_ENDED,
        error_class=ErrorClass.GATE_CLOSED,
        last_error=ENDED_SENTENCE,
        missing=[asdict(ENDED)],
    )


@dataclass(frozen=True)
class RescheduledItems:
    """The number of retrying items made due now, and of blocked items."""

    rescheduled: int
    blocked: int


def recheck_gates_now(*, tenant_id: int) -> RescheduledItems:
    """Make all retrying booking requests of a tenant due, so that the worker blocks them at the closed gate.

    Also ends the lane's cool-down: no API call is made while the gate is closed.

    Idempotent. Due items meet the closed gate anyway; items that a person is working on stay unchanged. Three queries.
    """
    with scope.worker():
        waiting = SyncItem.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST)
        rescheduled = waiting.filter(state=State.RETRYING, due_at__gt=Now()).update(due_at=Now())
        Lane.objects.filter(tenant_id=tenant_id, kind=Kind.BOOKING_REQUEST).update(paused_until=None)
        return RescheduledItems(rescheduled, waiting.filter(state=State.BLOCKED).count())
