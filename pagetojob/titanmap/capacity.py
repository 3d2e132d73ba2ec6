"""Which call to action a page shows, and whether dispatch looks first. Pure: rules and inputs in, a choice out.

The inputs are explicit: the page, the urgency, the tenant's local time against its office hours, holidays and
seasons, and the state of the zone. So an emergency asked for after hours goes to review by the same rule on every page.
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
#: Beside the days, office hours may name holidays: {"2026-12-25": "Christmas Day"}. The office is closed on them.
HOLIDAYS = "holidays"
HOLIDAY, ORDINARY = "holiday", "no holiday"
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_WHOLE_DAY = 24 * 60

#: {"mon": [["07:00", "18:00"]], …, "holidays": {"2026-12-25": "Christmas Day"}}; empty when the hours are not known.
OfficeHours = Mapping[str, Any]
#: For each day from Monday, its spans in minutes since midnight; an end past 1,440 is on the next day.
Week = Sequence[Sequence[tuple[int, int]]]


class Rule(Protocol):
    """What `choose` reads of a rule; `titanmap.models.CapacityRule` is one."""

    @property
    def name(self) -> str: ...
    @property
    def page_slug(self) -> str: ...
    @property
    def urgency(self) -> str: ...
    @property
    def hours(self) -> str: ...
    @property
    def zone_state(self) -> str: ...
    @property
    def day_kind(self) -> str: ...
    @property
    def season_from(self) -> str: ...
    @property
    def season_to(self) -> str: ...
    @property
    def primary(self) -> str: ...
    @property
    def secondary(self) -> str: ...
    @property
    def needs_review(self) -> bool: ...
    @property
    def sentence(self) -> str: ...


@dataclass(frozen=True)
class Inputs:
    """What a choice rests on. `hours` is open, after hours, or empty when the office hours are not known.

    `holiday` is the name of the holiday that the local day is, or empty.
    """

    page_slug: str
    urgency: str
    local_time: str
    hours: str
    zone_state: str
    holiday: str = ""


@dataclass(frozen=True)
class Choice:
    """The call to action, and why. `rule` is empty when no rule matched."""

    rule: str
    primary: str
    secondary: str
    needs_review: bool
    sentence: str
    inputs: Inputs

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `BookingRequest.capacity` keeps them."""
        return asdict(self)


def read_week(hours: Any) -> Week:
    """The office hours as minutes; empty when they are not known or cannot be read, since people type them.

    A span that ends at or before its start goes on into the next day: ["18:00", "02:00"].
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
    found = _CLOCK.fullmatch(clock)
    if found is None or (minutes := int(found[1]) * 60 + int(found[2])) > _WHOLE_DAY:
        raise ValueError(clock)
    return minutes


def office_hours(hours: OfficeHours, local: datetime) -> str:
    """`open` or `after hours` at a local time; empty when the hours are not known. Ends are exclusive."""
    today, before = spans_on(hours, local.date()), spans_on(hours, local.date() - timedelta(days=1))
    if today is None or before is None:
        return ""
    now = local.hour * 60 + local.minute
    is_open = any(start <= now < end for start, end in today) or any(now + _WHOLE_DAY < end for _, end in before)
    return OPEN if is_open else AFTER


def spans_on(hours: OfficeHours, day: date) -> Sequence[tuple[int, int]] | None:
    """The spans that begin on a day, none on a holiday; None when the hours are not known."""
    week = read_week(hours)
    if not week:
        return None
    return () if holiday_on(hours, day) else week[day.weekday()]


def holiday_on(hours: OfficeHours, day: date) -> str:
    """The name of the holiday that a day is; empty on any other."""
    named = hours.get(HOLIDAYS) if isinstance(hours, Mapping) else None
    return str(named.get(day.isoformat(), "")) if isinstance(named, Mapping) else ""


def in_season(first: str, last: str, day: date) -> bool:
    """Whether a day lies in a yearly season, ends included; one whose end comes before its start goes over New Year."""
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
    """The first rule whose conditions all hold decides.

    Without one: request first, call second, no review; in a paused zone, where no demand is wanted, call
    only, and dispatch looks first at what comes all the same.
    `urgency` may be empty on a page that nobody has filled in yet: then rules that name an urgency are
    passed over.
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
    """The conditions of a rule that do not hold, each in words; none for a rule that holds."""
    pairs = (
        ("page", rule.page_slug, given.page_slug),
        ("urgency", rule.urgency, given.urgency),
        ("hours", rule.hours, given.hours),
        ("zone", rule.zone_state, given.zone_state),
        ("day", rule.day_kind, HOLIDAY if given.holiday else ORDINARY),
    )
    found = [f"{name}: wants {wanted}" for name, wanted, present in pairs if wanted not in ("", present)]
    if not in_season(rule.season_from, rule.season_to, day):
        found.append(f"season: wants {rule.season_from} to {rule.season_to}")
    return found
