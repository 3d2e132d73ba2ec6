"""Leases due items to a worker, and releases those it has not started."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DataError
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants import scope

from .. import send_intent, workers
from ..lane_sql import KIND_ORDER
from ..models import State, SyncItem
from ..ports import SendIntent
from . import lanes

Plan = Callable[[Sequence[SyncItem]], Mapping[int, SendIntent]]
log = logging.getLogger(__name__)


def no_intents(_items: Sequence[SyncItem]) -> Mapping[int, SendIntent]:
    """Return no send intents: the plan of kinds that need none."""
    return {}


def claim(
    limit: int,
    *,
    kinds: Collection[str] = KIND_ORDER,
    busy: Mapping[int, int] | None = None,
    most: int | None = None,
    plan: Plan = no_intents,
) -> list[SyncItem]:
    """Lease up to `limit` due items to this worker, from the lanes that were served longest ago. Two or three
    statements.

    Within a lane, by priority, then by due time. Empty if nothing is due, or if all due items belong to lanes that are
    cooling down or that other workers are claiming from. `busy` and `most`: see `lanes.take`. Items with a send intent
    from `plan` are claimed and marked in one statement; if an intent cannot be stored, all are claimed without intents.
    """
    try:
        return _claim(limit, kinds, busy, most, plan)
    except DataError:
        log.exception("send intent cannot be stored")
        return _claim(limit, kinds, busy, most, no_intents)


def _claim(
    limit: int, kinds: Collection[str], busy: Mapping[int, int] | None, most: int | None, plan: Plan
) -> list[SyncItem]:
    with scope.worker():
        rows = lanes.take(limit, kinds=kinds, busy=busy, most=most)
        if not rows:
            return []
        began: datetime = rows[0].clock  # type: ignore[attr-defined]
        lease_until = began + timedelta(seconds=settings.LEASE_SECONDS)
        intents = plan(rows)
        marked = [row for row in rows if row.id in intents]
        moved = send_intent.claim_with_intents(marked, intents, began=began, lease_until=lease_until)
        moved |= states.move_many(
            [row for row in rows if row.id not in intents],
            State.SENDING,
            lease_until=lease_until,
            claimed_by=workers.name(),
        )
    for row in rows:
        row.state, row.version, row.lease_until = State.SENDING, row.version + 1, lease_until
        row.state_since = began
    for row in marked:
        send_intent.remember(row, intents[row.id].envelope, intents[row.id].sent_to)
    return [row for row in rows if row.id in moved]


def requeue_unstarted(items: Sequence[SyncItem]) -> int:
    """Requeue, due now, items that this worker claimed and has not started; return how many it still held.

    Reads from the item in memory if it keeps its send intent. No attempt was made, so none is recorded. Two statements.
    """
    if not items:
        return 0
    with scope.worker():
        intents = [item.must_reconcile for item in items]
        ours = states.move_many(items, State.QUEUED, each={"must_reconcile": intents}, lease_until=None)
        SyncItem.objects.filter(pk__in=ours).update(due_at=Now())
    return len(ours)
