"""Response time: the office hours between a request and its first answer, compared with the tenant's target. Pure.

Every page, mail and escalation counts with this module, so a request that is late on one of them is late on all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pagetojob.titanmap.business_time import OfficeClock, office_clock
from pagetojob.titanmap.capacity import AFTER, office_hours

#: Beyond this, only "late" matters, so a list of old requests stays fast.
LONGEST_COUNTED = timedelta(days=31)
MINUTE = 60

#: From here on, minutes say nothing.
_HOURS_ALONE = 24


@dataclass(frozen=True)
class ResponseTimer:
    """The office hours of a tenant and its target. With unknown hours, every hour counts."""

    hours: Mapping[str, Any]
    office: OfficeClock
    target_seconds: int

    @property
    def counts_all_hours(self) -> bool:
        return not any(self.office.week)

    def seconds(self, start: datetime, end: datetime) -> int:
        """Return the counted seconds from `start` to `end`. Linear in the days."""
        if self.counts_all_hours:
            return max(0, int((end - start).total_seconds()))
        return self.office.seconds(start, end)

    def is_closed(self, at: datetime) -> bool:
        """Return whether the office is closed. With unknown hours it never is, because every hour counts."""
        return not self.counts_all_hours and office_hours(self.hours, at.astimezone(self.office.zone)) == AFTER


def response_timer(hours: Mapping[str, Any], time_zone: str, target_minutes: int) -> ResponseTimer:
    return ResponseTimer(hours, office_clock(hours, time_zone), target_minutes * 60)


@dataclass(frozen=True)
class Response:
    """The response to a request so far: counted seconds, and whether someone answered.

    `is_closed`: now for an open request; for an answered one, that office hours were under a minute of the time.
    `is_capped`: more time passed than is counted.
    """

    seconds: int
    target_seconds: int
    is_answered: bool
    is_closed: bool = False
    is_capped: bool = False

    @property
    def is_late(self) -> bool:
        return self.seconds > self.target_seconds

    @property
    def state(self) -> str:
        """Return one of `answered`, `answered late`, `late`, `due soon` and `waiting`."""
        if self.is_answered:
            return "answered late" if self.is_late else "answered"
        if self.is_late:
            return "late"
        return "due soon" if self.seconds * 2 >= self.target_seconds else "waiting"

    @property
    def sentence(self) -> str:
        """Return the state in words, such as `Answer within 42 min`."""
        over = "more than " if self.is_capped else ""
        if self.is_answered and self.is_closed:
            return "Answered outside office hours"
        if self.is_answered:
            late = " late," if self.is_late else ""
            return f"Answered{late} in {over}{duration(self.seconds)}"
        if self.is_late:
            return f"Late by {over}{duration(self.seconds - self.target_seconds)}"
        left = f"Answer within {duration(self.target_seconds - self.seconds)}"
        return f"{left}, office closed now" if self.is_closed else left


def response(timer: ResponseTimer, received: datetime, answered: datetime | None, now: datetime) -> Response:
    """Return the response to a request that was received, and possibly answered, at these times."""
    end = answered or now
    seconds = timer.seconds(received, min(end, received + LONGEST_COUNTED))
    return Response(
        seconds=seconds,
        target_seconds=timer.target_seconds,
        is_answered=answered is not None,
        is_closed=seconds < MINUTE <= (end - received).total_seconds() if answered else timer.is_closed(now),
        is_capped=end - received > LONGEST_COUNTED,
    )


def duration(seconds: int) -> str:
    """Return `9 min`, `2 h 5 min`, `30 h`, or `under 1 min`."""
    minutes = seconds // MINUTE
    if not minutes:
        return "under 1 min"
    hours, rest = divmod(minutes, 60)
    rest = 0 if hours >= _HOURS_ALONE else rest
    return " ".join(part for part in (f"{hours:,} h" if hours else "", f"{rest} min" if rest else "") if part)
