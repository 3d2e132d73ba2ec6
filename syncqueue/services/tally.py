"""Counts attempts by hour and day: outcomes, causes of failure, durations.

Each attempt is counted once, when it is two minutes old: settling ends within the hard limit of a task, so no earlier
attempt can still appear by then. Counted attempts are never read again, so a run costs only what arrived since the last
one.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models.functions import Now

from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.postgresql.locks import wait_for_lock
from pagetojob.platform.tenants import scope

from ..models import State, TallyDay, TallyHour
from ..models.item import OF_A_LEAD
from ..tally_buckets import BEYOND, BOUNDS

SETTLED_BY = timedelta(minutes=2)
#: The largest span of attempts in one statement; after a long pause it takes several.
AT_ONCE = timedelta(hours=6)
MOST_TURNS = 20
RETAINED_FOR = timedelta(days=400)
#: An advisory lock: two concurrent counts would both begin at the same position.
_COUNTING = 7_240_118


def _bucket(seconds: str) -> str:
    steps = " ".join(f"WHEN {seconds} <= {bound} THEN '{bound}'" for bound in BOUNDS)
    return f"CASE {steps} ELSE '{BEYOND}' END"


_OF_A_LEAD = ", ".join(f"'{kind}'" for kind in OF_A_LEAD)

#: An item has version 1 at its first claim: it was created with 0, and no earlier change of state is possible.
_COUNT = f"""
WITH tries AS MATERIALIZED (
    SELECT date_trunc('hour', attempt.settled_at, 'UTC') AS hour, item.kind, attempt.outcome,
        coalesce(nullif(attempt.cause, ''), nullif(attempt.error_class, ''), 'unknown') AS cause,
        greatest(0, extract(epoch FROM attempt.settled_at - attempt.began_at)) AS took,
        CASE WHEN attempt.claim_version = 1 AND item.kind IN ({_OF_A_LEAD})
            THEN greatest(0, extract(epoch FROM attempt.began_at - item.created_at)) END AS waited
    FROM syncqueue_syncattempt AS attempt
    JOIN syncqueue_syncitem AS item ON item.tenant_id = attempt.tenant_id AND item.id = attempt.item_id
    WHERE attempt.settled_at >= %(since)s AND attempt.settled_at < %(until)s
),
facts AS (
    SELECT hour, kind, 'outcome' AS what, outcome AS label, 0 AS seconds FROM tries
    UNION ALL SELECT hour, kind, 'failure', cause, 0 FROM tries WHERE outcome <> '{State.DELIVERED}'
    UNION ALL SELECT hour, kind, 'took', {_bucket("took")}, took FROM tries
    UNION ALL SELECT hour, kind, 'waited', {_bucket("waited")}, waited FROM tries WHERE waited IS NOT NULL
),
sums AS (
    SELECT hour, kind, what, label, count(*) AS n, sum(seconds) AS seconds FROM facts GROUP BY hour, kind, what, label
),
by_hour AS (
    INSERT INTO syncqueue_tallyhour AS kept (hour, kind, what, label, n, seconds)
    SELECT hour, kind, what, label, n, seconds FROM sums
    ON CONFLICT (hour, kind, what, label)
        DO UPDATE SET n = kept.n + excluded.n, seconds = kept.seconds + excluded.seconds
),
by_day AS (
    INSERT INTO syncqueue_tallyday AS kept (day, kind, what, label, n, seconds)
    SELECT (hour AT TIME ZONE 'UTC')::date AS day, kind, what, label, sum(n), sum(seconds) FROM sums
    GROUP BY day, kind, what, label
    ON CONFLICT (day, kind, what, label)
        DO UPDATE SET n = kept.n + excluded.n, seconds = kept.seconds + excluded.seconds
)
INSERT INTO syncqueue_tallytotal AS kept (kind, what, label, n, seconds, counted_until)
SELECT kind, what, label, sum(n), sum(seconds), %(until)s FROM sums GROUP BY kind, what, label
ON CONFLICT (kind, what, label) DO UPDATE
    SET n = kept.n + excluded.n, seconds = kept.seconds + excluded.seconds, counted_until = excluded.counted_until
"""  # noqa: S608 - built from constants

_NEXT = """
SELECT min(attempt.settled_at), statement_timestamp() - %(settled_by)s * interval '1 second'
FROM syncqueue_syncattempt AS attempt
WHERE attempt.settled_at >= coalesce((SELECT max(counted_until) FROM syncqueue_tallytotal), '-infinity')
"""


def count_attempts() -> int:
    """Count the new attempts and delete tallies older than 400 days. Return how many spans were counted.

    A periodic task, every minute. Four statements, and three more for each six hours of attempts after a long pause.
    """
    turns = 0
    while turns < MOST_TURNS and _count_next():
        turns += 1
    with scope.worker():
        TallyHour.objects.filter(hour__lt=Now() - RETAINED_FOR).delete()
        TallyDay.objects.filter(day__lt=datetime.now(UTC).date() - RETAINED_FOR).delete()
    return turns


def _count_next() -> bool:
    """Count the next span of attempts and store its end, in one transaction."""
    with scope.worker(), connection.cursor() as cursor:
        wait_for_lock(_COUNTING)
        ((first, last),) = fetch_all(_NEXT, {"settled_by": SETTLED_BY.total_seconds()})
        if first is None or first >= last:
            return False
        cursor.execute(_COUNT, {"since": first, "until": min(first + AT_ONCE, last)})
    return True
