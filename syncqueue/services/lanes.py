"""Fairness, pace and the breaker: which lane is served next, with what, and when a lane rests.

Lanes take turns, the one longest unserved first, so a flood of one tenant costs another a few items'
time. Five passing faults in a row rest a lane; then one item at a time tries whether they have passed.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from .. import retry
from ..lane_sql import BUSY, DUE, KIND_ORDER, READY, TOKENS
from ..models import Lane, SyncItem

#: Lanes that have work and no row get one, and are served from the next call on. `room` is what a lane
#: may take now: one item when its breaker tries again, else its share of the slots within its tokens.
_TAKE = f"""
WITH RECURSIVE {BUSY},
made AS (
    INSERT INTO syncqueue_lane (tenant_id, kind, tokens, failures)
    SELECT busy.tenant_id, busy.kind, 0, 0 FROM busy
    WHERE NOT EXISTS (
        SELECT FROM syncqueue_lane AS lane WHERE lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
    )
    ON CONFLICT DO NOTHING
),
chosen AS (
    SELECT lane.id, lane.tenant_id, lane.kind, lane.failures >= %(break_after)s AS probing,
        CASE WHEN lane.per_minute IS NOT NULL THEN {TOKENS} END AS tokens
    FROM busy JOIN syncqueue_lane AS lane ON lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
    WHERE {READY} AND EXISTS (
        SELECT FROM syncqueue_syncitem AS item
        WHERE item.tenant_id = lane.tenant_id AND item.kind = lane.kind AND {DUE}
    )
    ORDER BY lane.served_at NULLS FIRST, array_position(%(kinds)s::text[], lane.kind::text), lane.id
    LIMIT %(slots)s
    FOR UPDATE OF lane SKIP LOCKED
),
sized AS (
    SELECT chosen.*, CASE
        WHEN probing THEN 1
        ELSE least(%(slots)s / (SELECT count(*) FROM chosen), coalesce(floor(tokens), %(slots)s))::int
    END AS room
    FROM chosen
),
taken AS (
    SELECT sized.id AS lane_id, item.*
    FROM sized CROSS JOIN LATERAL (
        SELECT * FROM syncqueue_syncitem AS item
        WHERE item.tenant_id = sized.tenant_id AND item.kind = sized.kind AND {DUE}
        ORDER BY priority, due_at, id
        LIMIT sized.room
        FOR UPDATE SKIP LOCKED
    ) AS item
),
served AS (
    UPDATE syncqueue_lane AS lane
    SET served_at = statement_timestamp(),
        tokens = coalesce(sized.tokens - counted.n, 0),
        refilled_at = statement_timestamp(),
        paused_until = CASE
            WHEN sized.probing AND counted.n > 0 THEN statement_timestamp() + %(probe)s ELSE lane.paused_until
        END
    FROM sized CROSS JOIN LATERAL (SELECT count(*) AS n FROM taken WHERE taken.lane_id = sized.id) AS counted
    WHERE lane.id = sized.id
)
SELECT taken.*, statement_timestamp() AS clock FROM taken ORDER BY priority, due_at, id
"""  # noqa: S608 - made of our own constants; what varies is a parameter


def take(slots: int) -> list[SyncItem]:
    """Lock up to `slots` due items of the lanes whose turn it is, and note that these were served.

    Call inside a worker scope and move the items in the same transaction. One statement; a second one
    when nothing was found, because the first may only have made the rows of new lanes.
    """
    params = {
        "slots": slots,
        "kinds": list(KIND_ORDER),
        "break_after": retry.BREAK_AFTER,
        "probe": timedelta(seconds=settings.LEASE_SECONDS),
    }
    return list(SyncItem.objects.raw(_TAKE, params)) or list(SyncItem.objects.raw(_TAKE, params))


def passed(item: SyncItem) -> None:
    """A try of the item's lane met no passing fault: its breaker closes. One statement."""
    _lane_of(item).filter(failures__gt=0).update(failures=0, paused_until=None)


def failed(item: SyncItem, began: datetime) -> None:
    """A try that began at `began` met a passing fault; after a few of them in a row the lane rests.

    While it rests only the lane's latest try counts, so that those that were under way when it began to
    rest do not make the rest longer. At most three statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE syncqueue_lane SET failures = failures + 1
            WHERE tenant_id = %s AND kind = %s AND (failures < %s OR served_at IS NULL OR served_at <= %s)
            RETURNING failures
            """,
            [item.tenant_id, item.kind, retry.BREAK_AFTER, began],
        )
        row = cursor.fetchone()
    if row and (pause := retry.next_pause(row[0])):
        _lane_of(item).update(paused_until=Now() + pause)


def _lane_of(item: SyncItem) -> QuerySet[Lane]:
    return Lane.objects.filter(tenant=item.tenant_id, kind=item.kind)
