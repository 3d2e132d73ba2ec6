"""Business time: how many seconds of office hours lie between two instants. Pure."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pagetojob.platform.tenants.time_zones import known_zone, usable_zone
from pagetojob.titanmap.capacity import Week, read_holidays, read_week

#: A longer time is an error of its input.
LONGEST = timedelta(days=3660)
_DAY = timedelta(days=1)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class OfficeClock:
    """Counts the office hours between two instants: hours of the week (empty if unknown), holidays and time zone."""

    week: Week
    holidays: Container[date]
    zone: ZoneInfo

    def seconds(self, start: datetime, end: datetime) -> int:
        """Return the whole seconds from `start` to `end` at which a clock in `zone` shows office hours.

        So an hour that daylight saving skips does not count, and one that it repeats counts twice. A span past midnight
        belongs to the day on which it starts; none starts on a holiday. Both instants have an offset. Linear in the
        days.

        Raises ValueError for more than ten years.
        """
        if end - start > LONGEST:
            raise ValueError("More than ten years lie between the two times.")
        total = timedelta(0)
        for first, last in _pieces(start.astimezone(UTC), end.astimezone(UTC), self.zone):
            total += sum((until - since for since, until in self._opened(first, last)), timedelta(0))
        return int(total.total_seconds())

    def _opened(self, first: datetime, last: datetime) -> Iterator[Interval]:
        """Yield the office hours between two local times, without overlaps."""
        free = first
        for start, end in sorted(self._spans(first.date() - _DAY, last.date())):
            since, until = max(start, free), min(end, last)
            if since < until:
                yield since, until
                free = until

    def _spans(self, first: date, last: date) -> Iterator[Interval]:
        day = first
        while self.week and day <= last:
            midnight = datetime.combine(day, time())
            for start, end in () if day in self.holidays else self.week[day.weekday()]:
                yield midnight + timedelta(minutes=start), midnight + timedelta(minutes=end)
            day += _DAY


def office_clock(hours: Any, time_zone: str) -> OfficeClock:
    """Return the clock of an office with the stored `hours`. In an unknown time zone, its hours are unknown as well."""
    week = read_week(hours) if known_zone(time_zone) else []
    return OfficeClock(week, frozenset(day for day, _ in read_holidays(hours)), usable_zone(time_zone))


def _pieces(start: datetime, end: datetime, zone: tzinfo) -> Iterator[Interval]:
    """Yield local times without offset, split where the offset changes. At most one change a day is expected."""
    while start < end:
        until = min(start + _DAY, end)
        offset = _offset(start, zone)
        if _offset(until, zone) != offset:
            until = _change(start, until, zone)
        yield (start + offset).replace(tzinfo=None), (until + offset).replace(tzinfo=None)
        start = until


def _change(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Return the first second with another offset than `start`'s."""
    offset = _offset(start, zone)
    low, high = 0, int((end - start).total_seconds()) + 1
    whole = start.replace(microsecond=0)
    while low < high:
        middle = (low + high) // 2
        if _offset(whole + timedelta(seconds=middle), zone) == offset:
            low = middle + 1
        else:
            high = middle
    return min(whole + timedelta(seconds=low), end)


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)
