"""Office hours in words for visitors. Pure: hours and a local time in, sentences out."""

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby

from pagetojob.titanmap.capacity import DAYS, OPEN, OfficeHours, holiday_on, office_hours, read_week, spans_on

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHOLE_DAY = 24 * 60


def opening_lines(hours: OfficeHours, days: Collection[str] = DAYS) -> list[tuple[str, str]]:
    """Return `days` and their hours, equal days joined: ("Monday to Friday", "7:00 am to 6:00 pm"); none if unknown."""
    week = zip(DAYS, _NAMES, read_week(hours), strict=False)
    lines = []
    for spans, group in groupby(week, key=lambda day: tuple(day[2]) if day[0] in days else None):
        names = [name for _, name, _ in group]
        label = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        if spans is not None:
            lines.append((label, _in_words(spans)))
    return lines


def status(hours: OfficeHours, local: datetime) -> str:
    """Return whether the office is open now and when that changes; empty if the hours are unknown."""
    now, today = local.hour * 60 + local.minute, local.date()
    spans = spans_on(hours, today)
    if spans is None:
        return ""
    if office_hours(hours, local) == OPEN:
        ends = [end for start, end in spans if start <= now < end]
        before = spans_on(hours, today - timedelta(days=1)) or ()
        ends += [end - _WHOLE_DAY for _, end in before if now < end - _WHOLE_DAY]
        return f"Open until {_clock(max(ends))}"
    closed = f"Closed for {holiday}" if (holiday := holiday_on(hours, today)) else "Closed"
    for ahead in range(8):
        day = today + timedelta(days=ahead)
        later = [start for start, _ in spans_on(hours, day) or () if ahead or start > now]
        if later:
            when = ("", "tomorrow ")[ahead] if ahead < 2 else f"{_NAMES[day.weekday()]} "
            return f"{closed}; opens {when}at {_clock(min(later))}"
    return closed


def _in_words(spans: Sequence[tuple[int, int]]) -> str:
    if not spans:
        return "closed"
    if list(spans) == [(0, _WHOLE_DAY)]:
        return "all day"
    return ", ".join(f"{_clock(start)} to {_clock(end)}" for start, end in spans)


def _clock(minutes: int) -> str:
    at = time(minutes // 60 % 24, minutes % 60)
    if at == time(0):
        return "midnight"
    return "noon" if at == time(12) else f"{at.hour % 12 or 12}:{at.minute:02} {'am' if at.hour < 12 else 'pm'}"
