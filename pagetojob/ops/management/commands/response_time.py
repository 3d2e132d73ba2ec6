"""`manage.py response_time`: how many seconds of office hours passed until each answer, as JSON lines."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pagetojob.platform.json_lines import BadLine, JsonLinesCommand
from pagetojob.platform.tenants.time_zones import known_zone
from pagetojob.titanmap.business_time import OfficeClock
from pagetojob.titanmap.capacity import DAYS, Week, read_week


class Command(JsonLinesCommand):
    help = "Read one request a line from standard input, and print its business seconds. Needs no database."

    def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the business seconds until the answer, or until now. Raises BadLine."""
        answered = row.get("answered") is not None
        received = _instant(row, "received")
        end = _instant(row, "answered" if answered else "now")
        try:
            seconds = OfficeClock(_week(row), _holidays(row), _zone(row)).seconds(received, end)
        except (ValueError, OverflowError) as error:
            raise BadLine(f"received: {error}") from None
        return {"business_seconds": seconds, "answered": answered}


def _zone(row: dict[str, Any]) -> ZoneInfo:
    name = row.get("time_zone")
    zone = known_zone(name) if isinstance(name, str) else None
    if zone is None:
        raise BadLine("time_zone: an IANA name such as America/Phoenix.")
    return zone


def _week(row: dict[str, Any]) -> Week:
    hours = row.get("hours")
    if not isinstance(hours, dict) or not set(hours) <= set(DAYS) or not (not hours or read_week(hours)):
        raise BadLine('hours: an object such as {"mon": [["08:00", "17:00"]]}, with the days mon to sun.')
    return read_week(hours)


def _holidays(row: dict[str, Any]) -> set[date]:
    days = row.get("holidays") or []
    try:
        return {date.fromisoformat(day) for day in days}
    except (TypeError, ValueError):
        raise BadLine("holidays: a list of dates such as 2026-12-25.") from None


def _instant(row: dict[str, Any], name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(row[name])
        utc = instant.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        instant = None
    if instant is None or instant.utcoffset() is None:
        raise BadLine(f"{name}: a time with its offset, such as 2026-11-30T09:00:00-07:00.")
    return utc
