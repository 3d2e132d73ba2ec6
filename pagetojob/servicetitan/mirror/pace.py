"""Pace of reading calls: at most so many per second for each connection, by the database's clock.

The sender of bookings has its own limit in the lane row (decision 0033). Both together stay below the 60 calls per
second that an account takes from one app. A pause that the account asks for holds for both: the queue, an app above,
registers how it pauses its lanes, and pauses reading calls itself.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import connection as database

from pagetojob.platform.tenants import scope

from ..vault.models import Connection

#: Calls per second that an account takes from one app. Bookings use `BOOKINGS_PER_SECOND` of them (50).
ACCOUNT_CALLS_PER_SECOND = 60.0
READS_PER_SECOND = 8.0
SLOWEST_PER_SECOND = 0.5
#: After a 429 the pace is halved; each call that follows brings it this much closer to the normal one.
_RECOVERY = 1.02

_TAKE = """
    INSERT INTO mirror_callpace AS pace (tenant_id, connection_id, per_second, next_at)
    VALUES (%(tenant)s, %(connection)s, %(most)s, clock_timestamp() + make_interval(secs => 1 / %(most)s))
    ON CONFLICT (tenant_id, connection_id) DO UPDATE SET
        next_at = GREATEST(pace.next_at, clock_timestamp()) + make_interval(secs => 1 / pace.per_second),
        per_second = LEAST(%(most)s, pace.per_second * %(recovery)s)
        WHERE pace.next_at < clock_timestamp() + make_interval(secs => %(longest)s)
    RETURNING EXTRACT(EPOCH FROM next_at - clock_timestamp())::float8 - 1 / per_second
"""
_LEFT = """
    SELECT EXTRACT(EPOCH FROM next_at - clock_timestamp())::float8 FROM mirror_callpace
    WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
"""
_SLOW_DOWN = """
    UPDATE mirror_callpace SET
        next_at = GREATEST(next_at, clock_timestamp() + make_interval(secs => %(wait)s)),
        per_second = GREATEST(%(least)s, per_second / 2)
    WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
"""
#: A caller that would wait longer takes no slot, because it may give up.
LONGEST_TURN = 5.0


#: Called with a tenant ID and the pause that its account asked for.
type Listener = Callable[[int, timedelta], None]
_listeners: list[Listener] = []


def on_pause(listener: Listener) -> None:
    """Register the function that pauses other calls of a tenant. Called from `apps.py`."""
    _listeners[:] = [listener]


def reads_per_second() -> float:
    """Return the pace of reading calls. A second may contain one call more, at its two ends."""
    left = ACCOUNT_CALLS_PER_SECOND - 1 - settings.BOOKINGS_PER_SECOND
    return max(SLOWEST_PER_SECOND, min(READS_PER_SECOND, left))


def take_turn(connection: Connection) -> tuple[bool, float]:
    """Reserve the next call; return whether it is reserved, and the seconds to wait before it, or before asking again.

    Runs one statement, or two while the account asked us to pause.
    """
    facts = {"tenant": connection.tenant_id, "connection": connection.pk, "most": reads_per_second(),
             "recovery": _RECOVERY, "longest": LONGEST_TURN}  # fmt: skip
    with scope.tenant(connection.tenant_id), database.cursor() as cursor:
        cursor.execute(_TAKE, facts)
        if row := cursor.fetchone():
            return True, max(0.0, row[0])
        cursor.execute(_LEFT, facts)
        left = cursor.fetchone()
        return False, max(0.0, left[0] if left else 0.0)


def slow_down(connection: Connection, wait: float) -> None:
    """Pause all calls of a connection for `wait` seconds, and halve the pace of reading after that."""
    facts = {"tenant": connection.tenant_id, "connection": connection.pk, "wait": wait, "least": SLOWEST_PER_SECOND}
    with scope.tenant(connection.tenant_id), database.cursor() as cursor:
        cursor.execute(_SLOW_DOWN, facts)
    for listener in _listeners:
        listener(connection.tenant_id, timedelta(seconds=wait))
