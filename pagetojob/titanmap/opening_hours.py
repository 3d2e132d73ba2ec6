"""Office hours in words for visitors, and as people type them. Pure: hours and a local time in, sentences out."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby

from pagetojob.titanmap.capacity import DAYS, OPEN, OfficeHours, holiday_on, office_hours, read_week, spans_on

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHOLE_DAY = 24 * 60
_HALF = r"([ap])\.?(?:m\.?)?"
_TIME = re.compile(rf"([0-9]{{1,2}})(?::([0-9]{{2}}))?(?:\s*{_HALF})?", re.IGNORECASE)
_TO = re.compile(r"\s*(?:-|\u2013|\u2014|\bto\b)\s*", re.IGNORECASE)
_AND = re.compile(r"[,;&]|\band\b", re.IGNORECASE)
_NAMED = {"noon": (12 * 60, True), "midnight": (0, True)}
#: As the pages write hours, so that people read and type one form.
LIKE_HOURS = "8:00 AM to 5:30 PM"
EXAMPLE = f"Enter hours like {LIKE_HOURS}, or 08:00-17:30."
AMBIGUOUS = f"Add AM or PM to both times, such as {LIKE_HOURS}."


def opening_lines(hours: OfficeHours, days: Collection[str] = DAYS) -> list[tuple[str, str]]:
    """Return `days` and their hours, equal days joined: ("Monday to Friday", "7:00 AM to 6:00 PM"); none if unknown."""
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


def typed_hours(spans: Sequence[Sequence[str]]) -> str:
    """Return the stored spans of a day as a person reads and types them; as they are stored if they are no times."""
    if (week := read_week({"mon": spans})) and spans:
        return _in_words(week[0])
    return ", ".join("-".join(map(str, span)) for span in spans)


def read_typed_hours(text: str) -> list[list[str]]:
    """Return the spans of a day, as they are stored, from `8 AM to 5:30 PM` or `08:00-12:00, 13:00-17:30`.

    Raises ValueError with a sentence for the person, also if a time could be in the morning or in the afternoon.
    """
    words = text.strip().lower()
    if words in ("", "closed"):
        return []
    if words in ("all day", "24 hours"):
        return [["00:00", "24:00"]]
    return [_read_span(part) for part in _AND.split(text) if part.strip()]


def _read_span(text: str) -> list[str]:
    times = [_read_time(part) for part in _TO.split(text.strip())]
    if len(times) != 2:
        raise ValueError(EXAMPLE)
    (start, start_is_clear), (end, end_is_clear) = times
    may_be_12_hours = end <= start and max(start, end) <= 12 * 60 and min(start, end) > 0
    if start == _WHOLE_DAY:  # the next day, where the form would not show it
        raise ValueError(EXAMPLE)
    if start_is_clear != end_is_clear or (may_be_12_hours and not start_is_clear):
        raise ValueError(AMBIGUOUS)
    end = end or _WHOLE_DAY
    return [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (start, end)]


def _read_time(text: str) -> tuple[int, bool]:
    """Return the minutes since midnight, and whether the text names the half of the day."""
    if named := _NAMED.get(text.strip().lower()):
        return named
    match = _TIME.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        raise ValueError(EXAMPLE)
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if minute > 59 or (half and not 1 <= hour <= 12) or hour * 60 + minute > _WHOLE_DAY:
        raise ValueError(EXAMPLE)
    return (hour % 12 + 12 * (half == "p") if half else hour) * 60 + minute, bool(half)


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
    return "noon" if at == time(12) else f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
