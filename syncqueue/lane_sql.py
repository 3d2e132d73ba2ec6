"""What the claim of items and the look for due ones must agree on, as pieces of SQL.

In these pieces `lane` is a row of syncqueue_lane.
"""

from django.conf import settings
from django.db import connection

from .models.item import Kind, State

#: Among lanes that have waited equally long, telling people goes before everything else.
KIND_ORDER = (
    Kind.BUSINESS_NOTIFICATION,
    Kind.VISITOR_CONFIRMATION,
    Kind.BOOKING_REQUEST,
    Kind.WEBSITE_UPDATE,
    Kind.OUTCOME_MATCH,
    Kind.TAXONOMY_IMPORT,
)

_STATES = ", ".join(f"'{state}'" for state in (State.QUEUED, State.RETRYING))

#: As the partial index sync_item_lane says it, and so that no other index can answer it: after a flood that index has
#: the pages of all that was in it and few entries, which the planner takes for a costly one (decision 0066).
SCHEDULED = f"(state IN ({_STATES})) IS TRUE AND due_at IS NOT NULL"
DUE = f"{SCHEDULED} AND due_at <= statement_timestamp()"
_BY_LANE = "tenant_id + 0, kind"
#: The whole of what the index is sorted by, also where only one lane is asked for: under row-level security the planner
#: does not conclude that a sum is the same in all rows of it, and would read and sort all that is due in the lane.
IN_TURN = f"{_BY_LANE}, priority, due_at, id"


def of_lane(lane: str) -> str:
    """Whether a row of syncqueue_syncitem, called `item`, is of a lane; as the index says it."""
    return f"item.tenant_id + 0 = {lane}.tenant_id AND item.kind = {lane}.kind"


#: A table `busy` (tenant_id, kind, due_at) of the lanes that have anything scheduled, with the time of the item that
#: stands first. It jumps along the index from lane to lane: one probe per such lane, however many items wait in it.
BUSY = f"""
busy (tenant_id, kind, due_at) AS (
    (
        SELECT tenant_id, kind, due_at FROM syncqueue_syncitem
        WHERE {SCHEDULED} ORDER BY {IN_TURN} LIMIT 1
    )
    UNION ALL
    SELECT further.tenant_id, further.kind, further.due_at
    FROM busy CROSS JOIN LATERAL (
        SELECT tenant_id, kind, due_at FROM syncqueue_syncitem
        WHERE {SCHEDULED} AND ({_BY_LANE}) > (busy.tenant_id, busy.kind)
        ORDER BY {IN_TURN} LIMIT 1
    ) AS further
)
"""  # noqa: S608 - made of our own constants

#: What was claimed and has found no room among the calls for so long is given back: its mark must not grow old.
LATE_SECONDS = 0.25

#: A lane's pace by the minute, empty for none. Bookings have one by the house, and an operator's can only be slower.
_BOOKINGS = f"lane.kind = '{Kind.BOOKING_REQUEST.value}'"
PACE = f"CASE WHEN {_BOOKINGS} THEN least(lane.per_minute, %(booking_pace)s) ELSE lane.per_minute END"

#: A lane with a pace may save up ten seconds' worth of items, bookings a tenth of a second's, and one at least.
_ROOM = f"greatest(1, {PACE} / CASE WHEN {_BOOKINGS} THEN 600::float8 ELSE 6::float8 END)"
TOKENS = f"""
least({_ROOM}, coalesce(
    lane.tokens + extract(epoch FROM statement_timestamp() - lane.refilled_at)::float8 * {PACE} / 60, {_ROOM}
))
"""

#: How many calls an item may need, and so how many tokens: what is looked up is sent or changed in the same try.
CALLS = "(1 + must_reconcile::int)"

#: Neither held by a person, nor resting, nor out of tokens. A pace of zero stops a lane.
READY = f"""
lane.held_at IS NULL
AND (lane.paused_until IS NULL OR lane.paused_until <= statement_timestamp())
AND ({PACE} IS NULL OR ({PACE} > 0 AND {TOKENS} >= 1))
"""

#: Whether `busy` has a due item: mostly the one that stands first. Else a probe of sync_item_lane, and not EXISTS:
#: the planner would make a join of that and read all that is due, of every lane.
HAS_DUE = f"""
(busy.due_at <= statement_timestamp() OR (
    SELECT true FROM syncqueue_syncitem AS item
    WHERE {of_lane("busy")} AND {DUE}
    ORDER BY {IN_TURN} LIMIT 1
))
"""  # noqa: S608 - made of our own constants

#: Whether a worker would find something: a due item of a lane that is ready or has no row yet.
ANYTHING_DUE = f"""
WITH RECURSIVE {BUSY}
SELECT EXISTS (
    SELECT FROM busy LEFT JOIN syncqueue_lane AS lane ON lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
    WHERE (lane.id IS NULL OR ({READY})) AND {HAS_DUE}
)
"""  # noqa: S608 - made of our own constants


def pace_params() -> dict[str, int]:
    """What PACE and the pieces made of it need: bookings a minute, so that no second sees more than the setting.

    A bucket that holds a tenth of a second's worth lets that much more pass in any one second, and what was claimed
    ahead may leave together with what is claimed LATE_SECONDS after it: both are taken off.
    """
    second: int = settings.BOOKINGS_PER_SECOND
    return {"booking_pace": max(30, min(int(second * 60 / (1.1 + LATE_SECONDS)), (second - 1) * 60))}


def anything_due() -> bool:
    """Whether a worker would find something to claim; what rests in a paused lane does not count.

    Needs a scope that shows items and lanes. One statement with a few probes per lane that has anything
    scheduled, however many items wait, so it may be asked four times a second.
    """
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING_DUE, pace_params())
        row = cursor.fetchone()
    return bool(row and row[0])
