"""The reconciliation polls: fetch bookings and abandoned sessions from ServiceTitan, and find what no event reported.

They poll only if the connection allows reading. Otherwise the route states why, and so does its gap statement.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.one_by_one import count_alone

from .connectors import record_reads, session_reads
from .models import HookRoute
from .services import abandoned_sessions, inbox, record_updates

#: The period that a first poll covers.
_FIRST = timedelta(hours=1)
log = logging.getLogger(__name__)


def poll_bookings() -> int:
    """Poll all routes once; return how many could be polled."""
    return _sum_of_routes(poll, task="poll of bookings")


def poll_sessions() -> int:
    """Store the abandoned sessions that no event reported; return how many leads that made."""
    return _sum_of_routes(_poll_sessions, task="poll of sessions")


def _sum_of_routes(count: Callable[[HookRoute, datetime], int], *, task: str) -> int:
    with scope.worker():
        routes = list(HookRoute.objects.select_related("tenant").order_by("pk"))
    return sum(count_alone(route.tenant, partial(count, route, timezone.now()), task=task) for route in routes)


def _poll_sessions(route: HookRoute, at: datetime) -> int:
    """Poll one route, outside any transaction; 0 where sessions cannot be read. The next poll covers a week again."""
    if inbox.in_service(route.public_id) is None:
        return 0
    try:
        sessions = session_reads.abandoned_sessions(route, at=at)
    except record_reads.Unread:
        return 0
    except (GatewayError, VaultError) as error:
        log.warning("poll failed", extra={"route": str(route.public_id), "error": type(error).__name__})
        return 0
    with scope.tenant(route.tenant_id):
        return abandoned_sessions.take_missed(route, sessions)


def poll(route: HookRoute, at: datetime) -> bool:
    """Poll one route; return whether it could be polled. Makes its calls outside any transaction."""
    since = route.polled_to or max(at - _FIRST, route.created_at)
    try:
        if inbox.in_service(route.public_id) is None:
            record_updates.say(route, "Not polled: this connection does not accept events now.")
            return False
        changed = record_reads.changed_since(route, since)
    except record_reads.Unread as error:
        record_updates.say(route, f"Not polled: {error}")
        return False
    except (GatewayError, VaultError) as error:
        log.warning("poll failed", extra={"route": str(route.public_id), "error": type(error).__name__})
        record_updates.say(route, "The last poll failed; the next one also covers its period.")
        return False
    record_updates.take_poll(route, changed, since=since, at=at)
    return True
