"""How many posts one address sent to one site lately. It marks and counts; it never turns anybody away."""

import hashlib
import hmac
import logging
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from pagetojob.kernel.tenants import scope

from ..models import IntakeCounter

log = logging.getLogger(__name__)

# A lock that does not come at once is not waited for: the visitor is.
_COUNT = """
SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '500ms';
INSERT INTO syncqueue_intakecounter AS kept (bucket, window_start, hits) VALUES (%(bucket)s, now(), 1)
ON CONFLICT (bucket) DO UPDATE SET (window_start, hits) = (
    SELECT CASE WHEN present THEN kept.window_start ELSE now() END,
           CASE WHEN present THEN least(kept.hits, 1000000) + 1 ELSE 1 END
    FROM (SELECT kept.window_start > now() - %(seconds)s * interval '1 second' AS present) AS of_window
)
RETURNING hits
"""


def count_post(*, tenant_id: int, address: str) -> int | None:
    """Count one post and return how many it makes in the present window; None when nobody could count.

    Call outside of any transaction: it is a commit of its own, of an unlogged row that nobody waits for.
    One statement. A fault of the counter is no reason to refuse; a connection that is gone is raised.
    """
    if not address:
        return None
    try:
        with connection.cursor() as cursor:
            seconds = settings.INTAKE_WINDOW.total_seconds()
            cursor.execute(_COUNT, {"bucket": bucket(tenant_id, address), "seconds": seconds})
            while cursor.nextset():
                pass
            (hits,) = cursor.fetchone() or (None,)
            return hits
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        log.warning("a post could not be counted", extra={"error": type(error).__name__})
        return None


def bucket(tenant_id: int, address: str) -> str:
    """A keyed digest, so that the row names nobody. An IPv6 visitor has a whole /64 to come from."""
    if ip_address(address).version == 6:
        address = str(ip_network(f"{address}/64", strict=False))
    key = hashlib.sha256(b"intake.counter:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{tenant_id}:{address}".encode(), hashlib.sha256).hexdigest()


def forget_old_windows() -> int:
    """Delete the counters of windows that are over; returns how many. One statement."""
    with scope.worker():
        over = IntakeCounter.objects.filter(window_start__lt=Now() - max(settings.INTAKE_WINDOW, timedelta(hours=1)))
        return over.delete()[0]
