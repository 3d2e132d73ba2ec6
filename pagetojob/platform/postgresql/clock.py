"""The time of the database, which decides where the clocks of hosts may differ."""

from datetime import datetime

from django.db import connection


def database_time() -> datetime:
    """Return the present time of the database, not that of the transaction's start. Makes one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row
    now: datetime = row[0]
    return now
