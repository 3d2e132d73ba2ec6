"""The circuit breaker of a lane, and the pause by a person.

Five consecutive transient errors open a lane's breaker; then one item at a time probes the lane. An attempt without a
transient error closes it. Queued items keep their attempts and their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from .. import retry, sql
from ..errors import QueueError
from ..models import Kind, Lane, SyncItem
from ..outcomes import Outcome

#: A server that asks to retry later is reachable: this concerns one mailbox and not the lane.
SINGLE_MAILBOX_CAUSES = ("mail-later",)
_SQL = sql.load("circuit_breaker")


@dataclass
class _LaneUpdate:
    """The breaker updates of one lane in a batch: any success, and the failures since."""

    passed: bool = False
    failed: int = 0
    began: datetime | None = None
    cool_down: timedelta = timedelta(0)


class BreakerUpdates:
    """Breaker updates of a batch of attempts, collected in order of completion and written in four statements.

    Each transient error counts, and several in a row open the breaker. While it is open only the lane's latest attempt
    counts, so that attempts already in progress do not extend the cool-down.
    """

    def __init__(self) -> None:
        self._of: dict[tuple[int, str], _LaneUpdate] = {}

    def add(self, item: SyncItem, outcome: Outcome) -> None:
        """Add the outcome of an attempt that began when its item was claimed."""
        lane = self._of.setdefault((item.tenant_id, item.kind), _LaneUpdate())
        if not outcome.may_pass or outcome.found_nothing:
            lane.passed, lane.failed, lane.began = True, 0, None
        elif outcome.tried and outcome.cause not in SINGLE_MAILBOX_CAUSES:
            self.add_failure(item, item.state_since)
        lane.cool_down = max(lane.cool_down, outcome.lane_cool_down)

    def add_failure(self, item: SyncItem, began: datetime) -> None:
        """Add a transient error of an attempt that began at `began`."""
        lane = self._of.setdefault((item.tenant_id, item.kind), _LaneUpdate())
        lane.failed += 1
        lane.began = max(lane.began or began, began)

    def write(self) -> None:
        """Write the updates. Call in the transaction that settles the batch."""
        lanes = sorted(self._of.items())
        with prepared_cursor() as cursor:
            if passed := [lane for lane, update in lanes if update.passed]:
                cursor.execute(_SQL["close"], [retry.BREAK_AFTER, *_columns(passed)])
            if failing := [(*lane, update.failed, update.began) for lane, update in lanes if update.failed]:
                names = ("tenants", "kinds", "failed", "began")
                params: dict[str, Any] = dict(zip(names, _columns(failing), strict=True))
                cursor.execute(_SQL["count_failures"], params | {"break_after": retry.BREAK_AFTER})
                pauses = [(pk, pause) for pk, failures in cursor.fetchall() if (pause := retry.next_pause(failures))]
                if pauses:
                    cursor.execute(_SQL["pause"], _columns(pauses))
            if cooling := [(*lane, update.cool_down) for lane, update in lanes if update.cool_down]:
                cursor.execute(_SQL["cool_down"], _columns(cooling))
            bookings = [(of, span) for of, kind, span in cooling if kind == Kind.BOOKING_REQUEST]
            if bookings:
                cursor.execute(_SQL["pause_reads"], _columns(bookings))


def cool_down_bookings(tenant_id: int, span: timedelta) -> None:
    """Pause the lane of a tenant's bookings, because its account asked for it in response to a reading call."""
    with scope.worker(), prepared_cursor() as cursor:
        cursor.execute(_SQL["cool_down"], [[tenant_id], [Kind.BOOKING_REQUEST.value], [span]])


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def pause(*, lane: Lane, actor: User, reason: str) -> None:
    """Stop claiming items of the lane. Items that a worker already holds are finished.

    Raises QueueError if it is already paused, or if `actor` may not act on the queue.
    """
    _require_operator(actor)
    with transaction.atomic():
        running = Lane.objects.filter(pk=lane.pk, held_at=None)
        if not running.update(held_at=Now(), held_by=actor, held_reason=reason.strip()):
            raise QueueError("This lane is already paused.")
        _record(lane, actor, reason, action="syncqueue.pause_lane", change=("running", "paused"))


def resume(*, lane: Lane, actor: User, reason: str) -> None:
    """Resume the lane, within its rate limit and circuit breaker. Raises QueueError if it was not paused."""
    _require_operator(actor)
    with transaction.atomic():
        paused = Lane.objects.filter(pk=lane.pk, held_at__isnull=False)
        if not paused.update(held_at=None, held_by=None, held_reason=""):
            raise QueueError("This lane is no longer paused.")
        _record(lane, actor, reason, action="syncqueue.resume_lane", change=("paused", "running"))


def _require_operator(actor: User) -> None:
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise QueueError("Only operators can pause and resume a lane.")


def _record(lane: Lane, actor: User, reason: str, *, action: str, change: tuple[str, str]) -> None:
    record(
        action=action,
        subject=f"lane:{lane.tenant.slug}/{lane.kind}",
        reason=reason,
        tenant=lane.tenant_id,
        actor=actor,
        changes={"lane": change},
    )
