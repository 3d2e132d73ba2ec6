"""Months of attempts: make the partitions of the next ones, and drop those that have expired for every contractor."""

import logging
import time

from django.db import OperationalError

from pagetojob.platform.postgresql.base import fetch_value
from pagetojob.platform.tenants import scope

#: Pauses before a lock is tried again. The database waits for it at most 100 ms, so no one else waits longer.
PAUSES = (0.0, 0.5, 2.0, 5.0)
LOCK_NOT_AVAILABLE = "55P03"
log = logging.getLogger(__name__)


def turn_months() -> int:
    """Make the partitions of the next months, and drop expired ones; return how many were dropped. Nightly."""
    _call("ptj_attempt_months")
    dropped = 0
    while (rows := _call("ptj_drop_attempt_month")) is not None:
        log.info("month of attempts dropped", extra={"rows": rows})
        dropped += 1
    return dropped


def _call(function: str) -> int | None:
    """Call a function that takes a short lock; again if it waited too long. None if it never got the lock."""
    for pause in PAUSES:
        time.sleep(pause)
        try:
            with scope.worker():
                result = fetch_value(f"SELECT {function}()")
                return None if result is None else int(result)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                raise
    log.warning("month of attempts is in use", extra={"function": function})
    return None
