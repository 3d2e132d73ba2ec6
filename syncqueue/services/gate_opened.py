"""What a shut gate or a lost access held is queued again once that is mended. No timer retries it."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.gates.decisions import Decision, judge
from pagetojob.gates.registry import Environment
from pagetojob.gates.selectors import gate_facts_by_tenant, tenants_wanting
from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.vault.connection_use import with_connection
from pagetojob.servicetitan.vault.selectors import connection_of

from ..item_actions import GATE_SHUT
from ..models import Kind, State, SyncItem
from ..stop_reasons import FLAG, NO_SENDER

#: What the other side refused or what had no connection waits for the connection, and no gate is about it.
OF_THE_CONNECTION = ("access-refused", "not-connected")
#: Items of one tenant in one turn; the rest comes with the next.
A_TURN = 200
log = logging.getLogger(__name__)


def release_opened() -> int:
    """Queue the booking requests whose gate has opened, whose kill was lifted or whose access is back; return how many.

    One query while nobody wants to send; two more otherwise, and three for each tenant whose gates are open. An item
    that lists something which no gate is about stays: opening a gate does not mend it. One that was refused waits until
    its connection has been activated anew since: asked again as it is, it would be refused again.
    """
    released = 0
    with scope.worker():
        found = gate_facts_by_tenant(tenants_wanting(FLAG))
    now = timezone.now()
    for tenant_id, standing in found.items():
        decisions = [judge(FLAG, standing, where, now=now) for where in (Environment.STAND_IN, Environment.PRODUCTION)]
        with scope.worker():
            active = [since for decision in decisions if decision.open and (since := _active_since(decision))]
            if active:
                released += _release(_held(tenant_id, active_since=max(active)))
    if released:
        log.info("gates opened", extra={"items": released})
    return released


def _active_since(decision: Decision) -> datetime | None:
    """Since when the connection that the decision would send over is in use; None while it may not be sent."""
    row = connection_of(decision.tenant_id, decision.environment)
    return row.state_since if row is not None and with_connection(decision, row).open else None


def _held(tenant_id: int, *, active_since: datetime) -> list[SyncItem]:
    rows = SyncItem.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        Q(cause=GATE_SHUT) | Q(state_since__lt=active_since),
        cause__in=(GATE_SHUT, *OF_THE_CONNECTION),
        tenant=tenant_id,
        kind=Kind.BOOKING_REQUEST,
        state=State.BLOCKED,
        lead__excluded_as="",
    )
    return list(rows.exclude(missing__contains=[{"what": NO_SENDER.what}]).order_by("created_at", "id")[:A_TURN])


def _release(rows: Iterable[SyncItem]) -> int:
    done = 0
    for row in rows:
        states.move(
            row,
            State.QUEUED,
            due_at=Now(),
            requeued_at=Now(),
            cause="",
            error_class="",
            last_error="",
            missing=[],
        )
        done += 1
    return done
