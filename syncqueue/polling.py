"""The reconciliation poll: fetch recent changes from ServiceTitan and compare them with the received events.

It polls only if the connection allows reading. Otherwise the route states why, and so does its gap statement.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope

from .connectors import record_reads
from .models import HookRoute
from .services import inbox, record_updates

#: The period that a first poll covers.
_FIRST = timedelta(hours=1)
log = logging.getLogger(__name__)


def poll_bookings() -> int:
    """Poll all routes once; return how many could be polled."""
    with scope.worker():
        routes = list(HookRoute.objects.select_related("tenant").order_by("pk"))
    return sum(poll(route, at=timezone.now()) for route in routes)


def poll(route: HookRoute, *, at: datetime) -> bool:
    """Poll one route; return whether it could be polled. Makes its calls outside any transaction."""
    since = route.polled_to or max(at - _FIRST, route.created_at)
    try:
        if inbox.in_service(route.public_id) is None:
            record_updates.say(route, "Not polled: this connection does not accept events now.")
            return False
        changed = record_reads.changed_since(route, since)
    except record_reads.Unread as error:
        record_updates.say(route, f"Not polled: {error.sentence}")
        return False
    except (GatewayError, VaultError) as error:
        log.warning("poll failed", extra={"route": str(route.public_id), "error": type(error).__name__})
        record_updates.say(route, "The last poll failed; the next one also covers its period.")
        return False
    record_updates.take_poll(route, changed, since=since, at=at)
    return True
