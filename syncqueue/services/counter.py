"""Counters of recent posts per address and per mailbox. They only count and never refuse a post."""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from pagetojob.platform.derived_keys import derived
from pagetojob.platform.tenants import scope

from ..email_addresses import mailbox
from ..models import IntakeCounter

log = logging.getLogger(__name__)
_DAY = timedelta(days=1)

# Give up at once on a lock that is not free, because a visitor is waiting.
_COUNT = """
SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '500ms';
INSERT INTO syncqueue_intakecounter AS kept (bucket, window_start, hits)
SELECT bucket, now(), 1 FROM unnest(%(buckets)s::text[]) AS bucket
ON CONFLICT (bucket) DO UPDATE SET (window_start, hits) = (
    SELECT CASE WHEN present THEN kept.window_start ELSE now() END,
           CASE WHEN present THEN least(kept.hits, 1000000) + 1 ELSE 1 END
    FROM (SELECT kept.window_start > now() - interval '1 second'
                 * CASE WHEN kept.bucket = %(email)s THEN %(day)s ELSE %(window)s END AS present) AS of_window
)
RETURNING bucket, hits
"""


@dataclass(frozen=True)
class Hits:
    """The ordinal of a post: from its address in the present window, and naming its email address today.

    None: not counted.
    """

    address: int | None = None
    email: int | None = None


def count_post(*, tenant_id: int, address: str, email: str) -> Hits:
    """Count one post, by its address and by the email address typed into it.

    Call outside any transaction: it is its own commit, of unlogged rows. A single statement. An error of the counter
    does not refuse the post; a lost connection is raised.
    """
    of_address = bucket("address", f"{tenant_id}:{_whose(address)}") if address else ""
    # Over all tenants, because the recipient has one mailbox.
    of_email = bucket("email", mailbox(email)) if email.strip() else ""
    # Always in the same order, so that two posts never deadlock.
    buckets = sorted(filter(None, (of_address, of_email)))
    if not buckets:
        return Hits()
    hits = _count(buckets, of_email)
    return Hits(address=hits.get(of_address), email=hits.get(of_email))


def _count(buckets: list[str], of_email: str) -> dict[str, int]:
    values: dict[str, Any] = {
        "buckets": buckets,
        "email": of_email,
        "window": settings.INTAKE_WINDOW.total_seconds(),
        "day": _DAY.total_seconds(),
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, values)
            while cursor.nextset():
                pass
            return dict(cursor.fetchall())
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        log.warning("post not counted", extra={"error": type(error).__name__})
        return {}


def bucket(what: str, value: str) -> str:
    """Return a keyed digest, so that the row identifies no one."""
    return hmac.new(derived("intake:counter"), f"{what}:{value}".encode(), hashlib.sha256).hexdigest()


def _whose(address: str) -> str:
    """Return the network to count: an IPv6 visitor can use a whole /64."""
    return str(ip_network(f"{address}/64", strict=False)) if ip_address(address).version == 6 else address


def forget_old_windows() -> int:
    """Delete the counters of expired windows; return how many. A single statement."""
    with scope.worker():
        over = IntakeCounter.objects.filter(window_start__lt=Now() - max(settings.INTAKE_WINDOW, _DAY))
        return over.delete()[0]
