"""Which call to action a page shows, and whether dispatch looks first. Pure: rules and inputs in, a choice out.

The inputs are explicit: the page, the urgency, the tenant's local time against its office hours, and the
state of the zone. So an emergency asked for after hours goes to review by the same rule on every page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

CALL, REQUEST = "call now", "request"
OPEN, AFTER = "open", "after hours"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: {"mon": [["07:00", "18:00"]], …}; empty when the hours are not known.
OfficeHours = Mapping[str, Sequence[Sequence[str]]]


class Rule(Protocol):
    """What `choose` reads of a rule; `titanmap.models.CapacityRule` is one."""

    name: str
    page_slug: str
    urgency: str
    hours: str
    zone_state: str
    primary: str
    secondary: str
    needs_review: bool
    sentence: str


@dataclass(frozen=True)
class Inputs:
    """What a choice rests on. `hours` is open, after hours, or empty when the office hours are not known."""

    page_slug: str
    urgency: str
    local_time: str
    hours: str
    zone_state: str


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


def office_hours(hours: OfficeHours, local: datetime) -> str:
    """`open` or `after hours` at a local time; empty when the hours are not known. Ends are exclusive."""
    if not hours:
        return ""
    clock = local.strftime("%H:%M")
    spans = hours.get(_DAYS[local.weekday()], ())
    return OPEN if any(start <= clock < end for start, end in spans) else AFTER


def choose(
    rules: Iterable[Rule],
    *,
    page_slug: str,
    urgency: str,
    local: datetime,
    hours: OfficeHours,
    zone_state: str,
) -> Choice:
    """The first rule whose conditions all hold decides; without one: request first, call second, no review.

    `urgency` may be empty on a page that nobody has filled in yet: then rules that name an urgency are
    passed over.
    """
    inputs = Inputs(page_slug, urgency, local.strftime("%Y-%m-%d %H:%M"), office_hours(hours, local), zone_state)
    for rule in rules:
        if _holds(rule, inputs):
            return Choice(rule.name, rule.primary, rule.secondary, rule.needs_review, rule.sentence, inputs)
    return Choice("", REQUEST, CALL, needs_review=False, sentence="", inputs=inputs)


def _holds(rule: Rule, inputs: Inputs) -> bool:
    return all(
        wanted in ("", given)
        for wanted, given in (
            (rule.page_slug, inputs.page_slug),
            (rule.urgency, inputs.urgency),
            (rule.hours, inputs.hours),
            (rule.zone_state, inputs.zone_state),
        )
    )
