"""Fairness, rate limit and circuit breaker: selects the lanes to serve and their items, and cools lanes down.

The lane that was served longest ago is next, so one tenant's flood delays the others by a few items only. Five
consecutive transient errors open a lane's breaker; then one item at a time probes the lane.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from pagetojob.platform.batches import columns_of, loaded
from pagetojob.platform.postgresql.arrays import array
from pagetojob.platform.postgresql.base import prepared_cursor

from .. import retry
from ..lane_sql import BUSY, CALLS, DUE, HAS_DUE, IN_TURN, KIND_ORDER, PACE, READY, TOKENS, of_lane, pace_params
from ..models import SyncItem

#: A lane gets at least this many items per claim, even if its share of the slots is less: each claim locks and writes
#: the row of a lane, which is expensive for a single item (decision 0033). A claim of few slots serves fewer lanes
#: instead.
AT_A_TURN, LANES_OF_FEW = 4, 8

#: Lanes that have work and no row get one, and are served from the next call on. Each busy lane is looked up once, in
#: `standing`: left to itself the planner, which expects few busy lanes, would scan all of them for each lane. `ready`
#: sorts the lanes by `served_at`, so that no more lanes are fetched and locked than are needed: they are visited in
#: order until the slots are filled. Readiness is checked again, because a lane may have been served since. `room` is
#: the number of items a lane may take: one if its breaker is probing, else its share of the slots within its tokens.
#: The first item is taken even if it needs more tokens than there are; the lane then waits until they are paid back. A
#: lane whose rows are all locked counts as served.
TAKE = f"""
WITH RECURSIVE {BUSY},
standing AS MATERIALIZED (
    SELECT busy.*, lane.id, lane.served_at, lane.ready FROM busy LEFT JOIN LATERAL (
        SELECT lane.id, lane.served_at, {READY} AS ready FROM syncqueue_lane AS lane
        WHERE lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
        OFFSET 0
    ) AS lane ON true
),
made AS (
    INSERT INTO syncqueue_lane (tenant_id, kind, tokens, failures)
    SELECT tenant_id, kind, 0, 0 FROM standing WHERE id IS NULL
    ON CONFLICT DO NOTHING
    RETURNING id
),
ready AS MATERIALIZED (
    SELECT busy.id, row_number() OVER (
        ORDER BY busy.served_at NULLS FIRST, array_position(%(kinds)s::text[], busy.kind::text), busy.id
    ) AS place
    FROM standing AS busy WHERE busy.ready AND busy.kind = ANY(%(only)s) AND {HAS_DUE}
    ORDER BY place
),
chosen AS (
    SELECT lane.id, lane.tenant_id, lane.kind, lane.failures >= %(break_after)s AS probing,
        CASE WHEN {PACE} IS NOT NULL THEN {TOKENS} END AS tokens, %(most)s - coalesce(here.n, 0) AS spare
    FROM ready JOIN syncqueue_lane AS lane ON lane.id = ready.id
        LEFT JOIN unnest(%(tenants)s::bigint[], %(counts)s::int[]) AS here (tenant_id, n)
            ON here.tenant_id = lane.tenant_id
    WHERE coalesce(here.n, 0) < %(most)s AND {READY}
    ORDER BY ready.place
    LIMIT %(slots)s
    FOR UPDATE OF lane SKIP LOCKED
),
sized AS (
    SELECT chosen.*, CASE
        WHEN probing THEN 1
        ELSE least(
            greatest(%(slots)s / (SELECT count(*) FROM ready), %(turn)s), spare, coalesce(floor(tokens), %(slots)s)
        )::int
    END AS room
    FROM chosen
),
found AS (
    SELECT sized.id AS lane_id, sized.tokens, sized.probing, item.*
    FROM sized LEFT JOIN LATERAL (
        SELECT *, {CALLS} AS calls FROM syncqueue_syncitem AS item
        WHERE {of_lane("sized")} AND {DUE}
        ORDER BY {IN_TURN}
        LIMIT sized.room
        FOR UPDATE SKIP LOCKED
    ) AS item ON true
    LIMIT %(slots)s
),
counted AS (
    SELECT *, sum(calls) OVER (PARTITION BY lane_id ORDER BY priority, due_at, id) AS needed FROM found
),
judged AS MATERIALIZED (
    SELECT *, id IS NOT NULL AND (needed = calls OR tokens IS NULL OR needed <= tokens) AS taken FROM counted
),
served AS (
    UPDATE syncqueue_lane AS lane
    SET served_at = statement_timestamp(),
        tokens = coalesce(turn.tokens - turn.calls, 0),
        refilled_at = statement_timestamp(),
        paused_until = CASE
            WHEN turn.probing AND turn.calls > 0 THEN statement_timestamp() + %(probe)s ELSE lane.paused_until
        END
    FROM (
        SELECT lane_id, tokens, probing, coalesce(sum(calls) FILTER (WHERE taken), 0) AS calls
        FROM judged GROUP BY lane_id, tokens, probing
    ) AS turn
    WHERE lane.id = turn.lane_id
)
SELECT {columns_of(SyncItem, "item")}, statement_timestamp() AS clock, made.n AS made
FROM (SELECT count(*) AS n FROM made) AS made LEFT JOIN judged AS item ON item.taken
ORDER BY priority, due_at, id
"""  # noqa: S608 - built from constants; values are parameters


#: A cool-down that the other side asked for survives a success; one of the breaker does not.
_PASSED = """
    UPDATE syncqueue_lane AS lane
    SET failures = 0, paused_until = CASE WHEN lane.failures >= %s THEN NULL ELSE lane.paused_until END
    FROM unnest(%s::bigint[], %s::varchar[]) AS learned (tenant_id, kind)
    WHERE lane.tenant_id = learned.tenant_id AND lane.kind = learned.kind AND lane.failures > 0
"""

#: Counts all failures up to the number that opens the breaker; above it, only the lane's latest attempt.
_FAILED = """
    UPDATE syncqueue_lane AS lane
    SET failures = CASE WHEN lane.failures < %s THEN least(lane.failures + learned.n, %s) ELSE lane.failures + 1 END
    FROM unnest(%s::bigint[], %s::varchar[], %s::integer[], %s::timestamptz[]) AS learned (tenant_id, kind, n, began)
    WHERE lane.tenant_id = learned.tenant_id AND lane.kind = learned.kind
        AND (lane.failures < %s OR lane.served_at IS NULL OR lane.served_at <= learned.began)
    RETURNING lane.id, lane.failures
"""

_PAUSED = """
    UPDATE syncqueue_lane AS lane SET paused_until = statement_timestamp() + learned.pause
    FROM unnest(%s::bigint[], %s::interval[]) AS learned (id, pause) WHERE lane.id = learned.id
"""

_COOL_DOWN = """
    UPDATE syncqueue_lane AS lane
    SET paused_until = greatest(lane.paused_until, statement_timestamp() + learned.span)
    FROM unnest(%s::bigint[], %s::varchar[], %s::interval[]) AS learned (tenant_id, kind, span)
    WHERE lane.tenant_id = learned.tenant_id AND lane.kind = learned.kind
"""


def take(
    slots: int, *, kinds: Collection[str] = KIND_ORDER, busy: Mapping[int, int] | None = None, most: int | None = None
) -> list[SyncItem]:
    """Lock up to `slots` due items of the lanes that were served longest ago, and mark these lanes as served.

    Only items of `kinds`. No lane gets more than `most`, including the items in progress here, which `busy` counts by
    tenant. Call inside a worker scope and move the items in the same transaction. A single statement; a second one if
    the first only created rows for new lanes.
    """
    params = claim_params(slots, kinds, busy or {}, most)
    with prepared_cursor() as cursor:
        cursor.execute(TAKE, params)
        rows = cursor.fetchall()
        # If no item is taken, the result is one row without an item that contains the number of lanes created.
        if rows[0][0] is None and rows[0][-1]:
            cursor.execute(TAKE, params)
            rows = cursor.fetchall()
    return [_item(row) for row in rows if row[0] is not None]


def claim_params(slots: int, kinds: Collection[str], busy: Mapping[int, int], most: int | None) -> dict[str, Any]:
    """Return the parameters of TAKE."""
    return pace_params() | {
        "slots": slots,
        "most": most or slots,
        "turn": max(1, min(AT_A_TURN, slots // LANES_OF_FEW)),
        "kinds": [str(kind) for kind in KIND_ORDER],
        "only": [str(kind) for kind in kinds],
        "tenants": array("bigint", list(busy)),
        "counts": array("integer", list(busy.values())),
        "break_after": retry.BREAK_AFTER,
        "probe": timedelta(seconds=settings.LEASE_SECONDS),
    }


def _item(row: tuple[Any, ...]) -> SyncItem:
    """Build the item of a TAKE row, with the time of the claim as `clock`."""
    item = loaded(SyncItem, row[:-2])
    item.clock = row[-2]  # type: ignore[attr-defined]
    return item


@dataclass
class _LaneUpdate:
    """The breaker updates of one lane in a batch: any success, and the failures since."""

    passed: bool = False
    failed: int = 0
    began: datetime | None = None
    cool_down: timedelta = timedelta(0)


class BreakerUpdates:
    """Circuit breaker updates of a batch of attempts, collected in order of completion and written in four statements.

    An attempt without a transient error closes its lane's breaker. Each transient error counts, and several in a row
    open the breaker. While it is open only the lane's latest attempt counts, so that attempts already in progress do
    not extend the cool-down.
    """

    def __init__(self) -> None:
        self._of: dict[tuple[int, str], _LaneUpdate] = {}

    def passed(self, item: SyncItem) -> None:
        lane = self._lane(item)
        self._of[item.tenant_id, item.kind] = _LaneUpdate(passed=True, cool_down=lane.cool_down)

    def failed(self, item: SyncItem, began: datetime) -> None:
        """Record that an attempt begun at `began` met a transient error."""
        lane = self._lane(item)
        lane.failed += 1
        lane.began = max(lane.began or began, began)

    def cool_down(self, item: SyncItem, span: timedelta) -> None:
        """Record that the other side asked for no calls for the whole lane for `span`."""
        lane = self._lane(item)
        lane.cool_down = max(lane.cool_down, span)

    def _lane(self, item: SyncItem) -> _LaneUpdate:
        return self._of.setdefault((item.tenant_id, item.kind), _LaneUpdate())

    def write(self) -> None:
        """Write the updates. Call in the transaction that settles the batch."""
        lanes = sorted(self._of.items())
        if closed := [lane for lane, learned in lanes if learned.passed]:
            tenants, kinds = _columns(closed)
            # Nearly every batch runs this, and nearly always for lanes without failures.
            with prepared_cursor() as cursor:
                cursor.execute(_PASSED, [retry.BREAK_AFTER, array("bigint", tenants), array("varchar", kinds)])
        with connection.cursor() as cursor:
            if failing := [(*lane, learned.failed, learned.began) for lane, learned in lanes if learned.failed]:
                cursor.execute(_FAILED, [retry.BREAK_AFTER] * 2 + [*_columns(failing)] + [retry.BREAK_AFTER])
                pauses = [(pk, pause) for pk, failures in cursor.fetchall() if (pause := retry.next_pause(failures))]
                if pauses:
                    cursor.execute(_PAUSED, _columns(pauses))
            if cooling := [(*lane, learned.cool_down) for lane, learned in lanes if learned.cool_down]:
                cursor.execute(_COOL_DOWN, _columns(cooling))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
