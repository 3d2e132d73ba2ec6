"""Counts webhook answers per route and hour, reports about notices, and the last use of each key.

Collected in memory, written in batches.
"""

import atexit
import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from pagetojob.platform.tenants import scope

from ..inbox.outcomes import Outcome, ReportOutcome

log = logging.getLogger(__name__)
_HOUR = 3600
_gathered: Counter[tuple[int, int | None, Outcome | ReportOutcome]] = Counter()
_signed: dict[tuple[int, str], float] = {}  # by route and slot: when a signature with that key was last seen
_lock = threading.Lock()
_timer: threading.Timer | None = None

_WRITE = """
INSERT INTO syncqueue_hookcount AS kept (hour, route_id, outcome, hits)
SELECT to_timestamp(hour), route_id, outcome, hits
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[]) AS batch (hour, route_id, outcome, hits)
-- A route that was removed meanwhile must not keep the counts of all others from being written.
WHERE route_id IS NULL OR EXISTS (SELECT 1 FROM syncqueue_hookroute AS route WHERE route.id = route_id)
ORDER BY hour, route_id, outcome
ON CONFLICT (hour, route_id, outcome) DO UPDATE SET hits = kept.hits + excluded.hits
"""
# A key that has since replaced an older one in its slot was not used by the older one's signatures. Locked in one
# order, so that two processes that write the same keys never deadlock.
_USED = """
UPDATE syncqueue_hookkey AS hook_key SET last_used_at = greatest(hook_key.last_used_at, seen.at)
FROM (
    SELECT held.id, to_timestamp(batch.at) AS at
    FROM syncqueue_hookkey AS held
    JOIN unnest(%s::bigint[], %s::text[], %s::float8[]) AS batch (route_id, slot, at) USING (route_id, slot)
    WHERE held.kept_at <= to_timestamp(batch.at)
    ORDER BY held.id FOR UPDATE OF held
) AS seen
WHERE hook_key.id = seen.id
"""


def count(route_id: int | None, outcome: Outcome | ReportOutcome, *, slot: str = "") -> None:
    """Count one answer, and the key whose signature it had. Written within INBOX_FLUSH_SECONDS; at once if that is 0.

    A retired key that still signs is recorded too: its sender has missed the rotation.
    """
    global _timer  # noqa: PLW0603 - one timer a process
    with _lock:
        now = time.time()
        _gathered[(int(now) // _HOUR * _HOUR, route_id, outcome)] += 1
        if route_id is not None and slot:
            _signed[(route_id, slot)] = now
        wait = settings.INBOX_FLUSH_SECONDS
        if wait and (_timer is None or not _timer.is_alive()):
            _timer = threading.Timer(wait, _flush_in_its_thread)
            _timer.daemon = True
            _timer.start()
    if not wait:
        flush()


def flush() -> None:
    """Write the collected counts in one transaction. If that fails, they are collected again."""
    with _lock:
        batch, signed = dict(_gathered), dict(_signed)
        _gathered.clear()
        _signed.clear()
    if not batch:
        return
    try:
        with transaction.atomic():
            _execute(_WRITE, batch)
            if signed:
                with scope.worker():
                    _execute(_USED, signed)
    except DatabaseError as error:
        log.warning("webhook counts not written", extra={"error": type(error).__name__})
        with _lock:
            _gathered.update(batch)
            for key, at in signed.items():
                _signed[key] = max(at, _signed.get(key, at))


def _execute(sql: str, rows: Mapping[tuple[Any, ...], Any]) -> None:
    """Execute with the parts of the keys and the values as columns."""
    columns = [list(column) for column in zip(*((*key, value) for key, value in rows.items()), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)


def _flush_in_its_thread() -> None:
    try:
        flush()
    finally:
        connection.close()


@atexit.register
def _last_flush() -> None:
    if _gathered:
        _flush_in_its_thread()
