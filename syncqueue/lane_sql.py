"""SQL fragments shared by the claim of items and the check for due items.

In these fragments `lane` is a row of syncqueue_lane.
"""

from django.conf import settings
from django.db import connection

from .models.item import Kind, State

#: Among lanes that have waited equally long, notifications of people come first.
KIND_ORDER = (
    Kind.BUSINESS_NOTIFICATION,
    Kind.VISITOR_CONFIRMATION,
    Kind.BOOKING_REQUEST,
    Kind.WEBSITE_UPDATE,
    Kind.OUTCOME_MATCH,
    Kind.TAXONOMY_IMPORT,
)

_STATES = ", ".join(f"'{state}'" for state in (State.QUEUED, State.RETRYING))

#: Written exactly as in the partial index sync_item_lane, so that no other index is used: after a flood that index has
#: the pages of everything that was in it and few entries, which the planner considers expensive (decision 0066).
SCHEDULED = f"(state IN ({_STATES})) IS TRUE AND due_at IS NOT NULL"
DUE = f"{SCHEDULED} AND due_at <= statement_timestamp()"
_BY_LANE = "tenant_id + 0, kind"
#: All columns that the index is sorted by, even for a query of a single lane: under row-level security the planner does
#: not infer that the expression is constant, and would read and sort all due items of the lane.
IN_TURN = f"{_BY_LANE}, priority, due_at, id"


def of_lane(lane: str) -> str:
    """Return the condition that a row of syncqueue_syncitem, named `item`, belongs to a lane; written as in the
    index.
    """
    return f"item.tenant_id + 0 = {lane}.tenant_id AND item.kind = {lane}.kind"


#: A table `busy` (tenant_id, kind, due_at): the lanes with any scheduled item, and the due time of their first item. It
#: skips along the index from lane to lane: one probe per such lane, regardless of the number of items in it.
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
"""  # noqa: S608 - built from constants

#: A claimed item that has not started its call within this time is released, so that its send intent does not age.
LATE_SECONDS = 0.25

#: A lane's rate per minute; null means no limit. Bookings have a platform-wide rate that an operator can only lower.
_BOOKINGS = f"lane.kind = '{Kind.BOOKING_REQUEST.value}'"
PACE = f"CASE WHEN {_BOOKINGS} THEN least(lane.per_minute, %(booking_pace)s) ELSE lane.per_minute END"

#: A lane with a rate may save up ten seconds' worth of items, a booking lane a tenth of a second's; at least one.
_ROOM = f"greatest(1, {PACE} / CASE WHEN {_BOOKINGS} THEN 600::float8 ELSE 6::float8 END)"
TOKENS = f"""
least({_ROOM}, coalesce(
    lane.tokens + extract(epoch FROM statement_timestamp() - lane.refilled_at)::float8 * {PACE} / 60, {_ROOM}
))
"""

#: Number of calls, and so of tokens, that an item may need: an item that is looked up is also sent or changed in the
#: same attempt.
CALLS = "(1 + must_reconcile::int)"

#: Not paused by a person, not cooling down, not out of tokens. A rate of zero stops a lane.
READY = f"""
lane.held_at IS NULL
AND (lane.paused_until IS NULL OR lane.paused_until <= statement_timestamp())
AND ({PACE} IS NULL OR ({PACE} > 0 AND {TOKENS} >= 1))
"""

#: True if the lane of `busy` has a due item: usually its first one. Otherwise one probe of sync_item_lane. Not EXISTS:
#: the planner would turn that into a join and read the due items of every lane.
HAS_DUE = f"""
(busy.due_at <= statement_timestamp() OR (
    SELECT true FROM syncqueue_syncitem AS item
    WHERE {of_lane("busy")} AND {DUE}
    ORDER BY {IN_TURN} LIMIT 1
))
"""  # noqa: S608 - built from constants

#: True if a worker would find something: a due item of a lane that is ready or has no row yet.
ANYTHING_DUE = f"""
WITH RECURSIVE {BUSY}
SELECT EXISTS (
    SELECT FROM busy LEFT JOIN syncqueue_lane AS lane ON lane.tenant_id = busy.tenant_id AND lane.kind = busy.kind
    WHERE (lane.id IS NULL OR ({READY})) AND {HAS_DUE}
)
"""  # noqa: S608 - built from constants


def pace_params() -> dict[str, int]:
    """Return the parameters of PACE: bookings per minute, chosen so that no second exceeds the setting.

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
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING_DUE, pace_params())
        row = cursor.fetchone()
    return bool(row and row[0])
