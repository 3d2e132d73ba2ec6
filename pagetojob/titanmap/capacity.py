"""Capacity rules: choose the call to action of a page and whether dispatch reviews requests first. Pure.

The inputs are explicit: the page, the urgency, the state of the zone, and the tenant's local time compared with its
office hours, holidays and seasons. An after-hours emergency therefore goes to review by the same rule on every page.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

CALL, REQUEST, SCHEDULER = "call now", "request", "scheduler"
OPEN, AFTER = "open", "after hours"
PAUSED = "paused"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Besides the days, office hours may list holidays on which the office is closed: {"2026-12-25": "Christmas Day"}.
HOLIDAYS = "holidays"
HOLIDAY, ORDINARY = "holiday", "no holiday"
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_WHOLE_DAY = 24 * 60

#: {"mon": [["07:00", "18:00"]], …, "holidays": {"2026-12-25": "Christmas Day"}}; empty if the hours are unknown.
OfficeHours = Mapping[str, Any]
#: For each day from Monday, its spans in minutes since midnight; an end above 1,440 is on the next day.
Week = Sequence[Sequence[tuple[int, int]]]


class Rule(Protocol):
    """Attributes of a rule that `choose` reads, such as those of `titanmap.models.CapacityRule`."""

    name: str
    page_slug: str
    urgency: str
    hours: str
    zone_state: str
    day_kind: str
    season_from: str
    season_to: str
    primary: str
    secondary: str
    needs_review: bool
    sentence: str


@dataclass(frozen=True)
class Inputs:
    """Inputs of a choice. `hours` is open, after hours, or empty if the office hours are unknown.

    `holiday` is the name of the holiday on the local date, or empty.
    """

    page_slug: str
    urgency: str
    local_time: str
    hours: str
    zone_state: str
    holiday: str = ""


@dataclass(frozen=True)
class Choice:
    """Chosen call to action and the reason. `rule` is empty if no rule matched."""

    rule: str
    primary: str
    secondary: str
    needs_review: bool
    sentence: str
    inputs: Inputs

    def as_json(self) -> dict[str, Any]:
        """Return plain values, as stored in `BookingRequest.capacity`."""
        return asdict(self)


def read_week(hours: Any) -> Week:
    """Return the office hours in minutes; empty if they are unknown or cannot be parsed, since people type them.

    A span whose end is not after its start continues into the next day: ["18:00", "02:00"].
    """
    try:
        if not hours or not set(hours) <= {*DAYS, HOLIDAYS} or set(hours) == {HOLIDAYS}:
            return ()
        return [[_span(*span) for span in hours.get(day) or ()] for day in DAYS]
    except (AttributeError, TypeError, ValueError):
        return ()


def _span(start: str, end: str) -> tuple[int, int]:
    first, last = _minutes(start), _minutes(end)
    return first, last if last > first else last + _WHOLE_DAY


def _minutes(clock: str) -> int:
    match = _CLOCK.fullmatch(clock)
    if match is None or (minutes := int(match[1]) * 60 + int(match[2])) > _WHOLE_DAY:
        raise ValueError(clock)
    return minutes


def office_hours(hours: OfficeHours, local: datetime) -> str:
    """Return `open` or `after hours` for a local time, or empty if the hours are unknown. Ends are exclusive."""
    today, before = spans_on(hours, local.date()), spans_on(hours, local.date() - timedelta(days=1))
    if today is None or before is None:
        return ""
    now = local.hour * 60 + local.minute
    is_open = any(start <= now < end for start, end in today) or any(now + _WHOLE_DAY < end for _, end in before)
    return OPEN if is_open else AFTER


def spans_on(hours: OfficeHours, day: date) -> Sequence[tuple[int, int]] | None:
    """Return the spans that start on a day; none on a holiday, and None if the hours are unknown."""
    week = read_week(hours)
    if not week:
        return None
    return () if holiday_on(hours, day) else week[day.weekday()]


def holiday_on(hours: OfficeHours, day: date) -> str:
    """Return the name of the holiday on a day; empty if there is none."""
    named = hours.get(HOLIDAYS) if isinstance(hours, Mapping) else None
    return str(named.get(day.isoformat(), "")) if isinstance(named, Mapping) else ""


def read_holidays(hours: OfficeHours) -> list[tuple[date, str]]:
    """Return the holidays in order, with their names; none if they cannot be parsed."""
    named = hours.get(HOLIDAYS) if isinstance(hours, Mapping) else None
    try:
        return sorted((date.fromisoformat(day), str(name)) for day, name in (named or {}).items())
    except (AttributeError, TypeError, ValueError):
        return []


def holiday_names(hours: OfficeHours) -> str:
    """Return the names of the holidays as one text."""
    return "\n\n".join(name for _, name in read_holidays(hours))


def in_season(first: str, last: str, day: date) -> bool:
    """Return whether a day is within a yearly season, inclusive. A season that ends before it starts spans New Year."""
    today = day.strftime("%m-%d")
    if not first or not last:
        return True
    return first <= today <= last if first <= last else today >= first or today <= last


def choose(
    rules: Iterable[Rule],
    *,
    page_slug: str,
    urgency: str,
    local: datetime,
    hours: OfficeHours,
    zone_state: str,
) -> Choice:
    """Return the choice of the first rule whose conditions all hold.

    Without a matching rule: request first, call second, no review. In a paused zone, where no demand is wanted: call
    only, and dispatch reviews any request that still arrives. `urgency` may be empty before the visitor has filled in
    the form; rules with an urgency are then skipped.
    """
    day = local.date()
    inputs = Inputs(
        page_slug,
        urgency,
        local.strftime("%Y-%m-%d %H:%M"),
        office_hours(hours, local),
        zone_state,
        holiday_on(hours, day),
    )
    for rule in rules:
        if not unmet(rule, inputs, day):
            return Choice(rule.name, rule.primary, rule.secondary, rule.needs_review, rule.sentence, inputs)
    if zone_state == PAUSED:
        return Choice("", CALL, "", needs_review=True, sentence="", inputs=inputs)
    return Choice("", REQUEST, CALL, needs_review=False, sentence="", inputs=inputs)


def unmet(rule: Rule, given: Inputs, day: date) -> list[str]:
    """Return the conditions of a rule that do not hold, in words; empty if the rule matches."""
    pairs = (
        ("page", rule.page_slug, given.page_slug),
        ("urgency", rule.urgency, given.urgency),
        ("hours", rule.hours, given.hours),
        ("zone", rule.zone_state, given.zone_state),
        ("day", rule.day_kind, HOLIDAY if given.holiday else ORDINARY),
    )
    conditions = [f"{name}: requires {wanted}" for name, wanted, present in pairs if wanted not in ("", present)]
    if not in_season(rule.season_from, rule.season_to, day):
        conditions.append(f"season: requires {rule.season_from} to {rule.season_to}")
    return conditions
