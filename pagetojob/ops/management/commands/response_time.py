"""`manage.py response_time`: how many seconds of office hours passed until each answer, as JSON lines."""

import json
import sys
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import BaseCommand, CommandError

from pagetojob.platform import strict_json
from pagetojob.titanmap.business_time import business_seconds
from pagetojob.titanmap.capacity import DAYS, Week, read_week


class BadLine(Exception):
    """Invalid input. The message names the field and what it should be."""


class Command(BaseCommand):
    help = "Read one request a line from standard input, and print its business seconds. Needs no database."
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [line for line in options.get("stdin") or sys.stdin if line.strip()]
        wrong = 0
        for line in lines:
            try:
                answer: dict[str, Any] = response_time(_object(line))
            except BadLine as error:
                wrong += 1
                answer = {"error": str(error)}
            self.stdout.write(json.dumps(answer))
        if wrong:
            raise CommandError(f"{wrong} of {len(lines)} lines cannot be read.", returncode=2)


def response_time(row: dict[str, Any]) -> dict[str, Any]:
    """Return the business seconds until the answer, or until now. Raises BadLine."""
    answered = row.get("answered") is not None
    received = _instant(row, "received")
    end = _instant(row, "answered" if answered else "now")
    try:
        seconds = business_seconds(_week(row), _holidays(row), _zone(row), received, end)
    except (ValueError, OverflowError) as error:
        raise BadLine(f"received: {error}") from None
    return {"business_seconds": seconds, "answered": answered}


def _object(line: str) -> dict[str, Any]:
    try:
        row = strict_json.loads(line.encode(errors="surrogatepass"))
    except strict_json.BadJson as error:
        raise BadLine(error.for_people) from None
    if not isinstance(row, dict):
        raise BadLine("Each line is a JSON object.")
    return row


def _zone(row: dict[str, Any]) -> ZoneInfo:
    name = row.get("time_zone")
    if not isinstance(name, str) or name not in available_timezones():
        raise BadLine("time_zone: an IANA name such as America/Phoenix.")
    return ZoneInfo(name)


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
