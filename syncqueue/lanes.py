"""Lanes: which items are due, and the claim that leases them to a worker.

The lane that was served longest ago is next, so one tenant's flood delays the others by a few items only. The rules are
in `sql/lanes.sql`.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DataError, connection
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.postgresql.base import fetch_value, prepared_cursor
from pagetojob.platform.tenants import scope

from . import retry, send_intent, sql, workers
from .models import Kind, State, SyncItem
from .ports import SendIntent

#: Among lanes that have waited equally long, notifications of people come first.
KIND_ORDER = (
    Kind.BUSINESS_NOTIFICATION,
    Kind.VISITOR_CONFIRMATION,
    Kind.BOOKING_REQUEST,
    Kind.WEBSITE_UPDATE,
    Kind.OUTCOME_MATCH,
    Kind.TAXONOMY_IMPORT,
)
#: A claimed item that has not started its call within this time is released, so that its send intent does not age.
LATE_SECONDS = 0.25
#: A lane gets at least this many items per claim, even if its share of the slots is less: each claim locks and writes
#: the row of a lane, which is expensive for a single item (decision 0033). A claim of few slots serves fewer lanes
#: instead.
AT_A_TURN, LANES_OF_FEW = 4, 8

_COLUMNS = [field.column for field in SyncItem._meta.concrete_fields]
_NAMES = [field.attname for field in SyncItem._meta.concrete_fields]
SQL = sql.load("lanes", item_columns=", ".join(f"item.{column}" for column in _COLUMNS))

Plan = Callable[[Sequence[SyncItem]], Mapping[int, SendIntent]]
log = logging.getLogger(__name__)


def pace_params() -> dict[str, int]:
    """Return the parameters of `pace`: bookings per minute, chosen so that no second exceeds the setting.

    A bucket that holds a tenth of a second's worth lets that much more pass in any one second, and items claimed early
    may be sent together with items claimed LATE_SECONDS later. Both are subtracted.
    """
    second: int = settings.BOOKINGS_PER_SECOND
    return {"booking_pace": max(30, min(int(second * 60 / (1.1 + LATE_SECONDS)), (second - 1) * 60))}


def anything_due() -> bool:
    """Return whether a worker would find something to claim. Items in a lane that is cooling down do not count.

    Needs a scope that shows items and lanes. A single statement with a few probes per lane that has scheduled items,
    regardless of how many items wait, so it can run four times a second.
    """
    return bool(fetch_value(SQL["anything_due"], pace_params()))


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
    cooling down or that other workers are claiming from. No lane gets more than `most`, including the items in progress
    here, which `busy` counts by tenant. Items with a send intent from `plan` are claimed with it in one statement; if
    an intent cannot be stored, all are claimed without intents.
    """
    params = claim_params(limit, kinds, busy or {}, most)
    try:
        return _claim(params, plan)
    except DataError:
        log.exception("send intent cannot be stored")
        return _claim(params, no_intents)


def _claim(params: dict[str, Any], plan: Plan) -> list[SyncItem]:
    with scope.worker():
        rows = take(params)
        if not rows:
            return []
        began: datetime = rows[0][-2]
        items = [_item(row) for row in rows]
        lease_until = began + timedelta(seconds=settings.LEASE_SECONDS)
        lease: dict[str, Any] = {"lease_until": lease_until, "claimed_by": workers.name()}
        intents = plan(items)
        marked = [item for item in items if item.id in intents]
        moved = send_intent.claim_with_intents(marked, intents, send_began_at=began, **lease)
        moved |= states.move_many([item for item in items if item.id not in intents], State.SENDING, **lease)
    for item in items:
        item.state, item.version, item.lease_until = State.SENDING, item.version + 1, lease_until
        item.state_since = began
    for item in marked:
        send_intent.remember(item, intents[item.id])
    return [item for item in items if item.id in moved]


def take(params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Lock the items to claim. A single statement; a second one if the first only created rows for new lanes."""
    with prepared_cursor() as cursor:
        cursor.execute(SQL["take"], params)
        rows = cursor.fetchall()
        if rows[0][0] is None and rows[0][-1]:
            cursor.execute(SQL["take"], params)
            rows = cursor.fetchall()
    return [row for row in rows if row[0] is not None]


def claim_params(slots: int, kinds: Collection[str], busy: Mapping[int, int], most: int | None) -> dict[str, Any]:
    """Return the parameters of `take`."""
    return pace_params() | {
        "slots": slots,
        "most": most or slots,
        "turn": max(1, min(AT_A_TURN, slots // LANES_OF_FEW)),
        "kinds": [str(kind) for kind in KIND_ORDER],
        "only": [str(kind) for kind in kinds],
        "tenants": list(busy),
        "counts": list(busy.values()),
        "break_after": retry.BREAK_AFTER,
        "probe": timedelta(seconds=settings.LEASE_SECONDS),
    }


def _item(row: tuple[Any, ...]) -> SyncItem:
    item = SyncItem.from_db(connection.alias, _NAMES, row[:-2])
    for name, convert in _converters():
        setattr(item, name, convert(getattr(item, name), None, connection))
    return item


@cache
def _converters() -> list[tuple[str, Any]]:
    fields = SyncItem._meta.concrete_fields
    return [(field.attname, convert) for field in fields for convert in field.get_db_converters(connection)]


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
