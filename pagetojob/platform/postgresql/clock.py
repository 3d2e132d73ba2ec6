"""The time of the database, which decides where the clocks of hosts may differ."""

from datetime import datetime

from .base import fetch_value


def database_time() -> datetime:
    """Return the present time of the database, not that of the transaction's start. Makes one query."""
    now: datetime = fetch_value("SELECT clock_timestamp()")
    return now
