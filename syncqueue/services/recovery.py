"""Requeues the items of dead workers."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from pagetojob.platform import states
from pagetojob.platform.tenants import scope

from .. import retry, workers
from ..causes import CAUSES
from ..models import NOTICES, Kind, State, SyncAttempt, SyncItem
from ..notices.escalation import escalate_reviewed
from .circuit_breaker import BreakerUpdates

SWEEP_BATCH = 200
LOST = "lost"
MAX_LOST_ATTEMPTS = 25


def recover(*, worker: str) -> int:
    """Requeue items of ended processes of this machine. Return how many. A single query if there are none."""
    if not workers.place():
        return 0
    with scope.worker():
        sending = SyncItem.objects.filter(state=State.SENDING)
        names = sending.filter(claimed_by__startswith=workers.place()).order_by().values_list("claimed_by", flat=True)
        ended = [name for name in names.distinct() if workers.has_ended(name)]
        return _requeue_batch(sending.filter(claimed_by__in=ended), worker=worker) if ended else 0


def sweep_leases(*, worker: str = "sweep") -> int:
    """Requeue items of dead workers: still `sending` after their lease. Return how many.

    A notice may have been sent, so it is retried and marked as possibly sent twice. A booking request whose send had
    begun has a send intent: a lookup comes first, and not before its time. An item that lost many workers goes to a
    person, and its request escalates like that of a refused notice.
    """
    with scope.worker():
        return _requeue_batch(SyncItem.objects.filter(state=State.SENDING, lease_until__lt=Now()), worker=worker)


def _requeue_batch(items: QuerySet[SyncItem], *, worker: str) -> int:
    """Requeue up to 200 of `items`. A process lost while it held bookings of a single lane counts as its transient
    error.

    If it held items of several lanes, the culprit is unknown. Lanes of notifications are never delayed by this.
    """
    lost = list(items.select_for_update(skip_locked=True).order_by("lease_until")[:SWEEP_BATCH])
    lanes_of: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for item in lost:
        lanes_of[item.claimed_by].add((item.tenant_id, item.kind))
    updates = BreakerUpdates()
    for item in lost:
        alone = len(lanes_of.get(item.claimed_by, ())) == 1
        if alone and item.lease_until and item.kind == Kind.BOOKING_REQUEST:
            del lanes_of[item.claimed_by]
            updates.add_failure(item, item.lease_until - timedelta(seconds=settings.LEASE_SECONDS))
        _requeue(item, worker=worker)
    updates.write()
    escalate_reviewed(item for item in lost if item.state == State.NEEDS_REVIEW)
    return len(lost)


def _requeue(item: SyncItem, *, worker: str) -> None:
    claim_version, began = item.version, item.state_since
    lost_before = SyncAttempt.objects.filter(tenant=item.tenant_id, item=item, outcome=LOST).count()
    poison = lost_before + 1 >= MAX_LOST_ATTEMPTS
    # A first loss is probably not due to the item; each further one makes it wait longer.
    wait = timedelta(0) if not lost_before else min(retry.LONGEST, retry.AFTER_LOSS * 2**lost_before)
    cause = "worker-lost-often" if poison else "worker-lost"
    stop = State.UNKNOWN if item.must_reconcile else State.NEEDS_REVIEW
    due: Any = Now() + wait
    if item.must_reconcile:
        due = Greatest(due, F("send_began_at") + timedelta(seconds=settings.FIRST_LOOK_UP_SECONDS))
    with transaction.atomic():
        states.move(
            item,
            stop if poison else State.RETRYING,
            lease_until=None,
            due_at=None if poison else due,
            attempts=item.attempts + 1,
            cause=cause,
            error_class=CAUSES[cause].error_class,
            last_error="The worker stopped before it recorded an outcome.",
            possibly_twice=item.possibly_twice or item.kind in NOTICES,
        )
        SyncAttempt.objects.create(
            tenant_id=item.tenant_id,
            item=item,
            claim_version=claim_version,
            outcome=LOST,
            error_class=CAUSES["worker-lost"].error_class,
            cause=cause,
            detail="The worker stopped.",
            worker=worker[:80],
            began_at=began,
        )
