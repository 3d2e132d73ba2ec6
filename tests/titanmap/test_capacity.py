"""Which call to action, and who looks first: the same inputs, the same answer, on every page."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pagetojob.demo.map import HOURS, PAGES, RULES
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.capacity import AFTER, CALL, OPEN, REQUEST, Choice, choose, office_hours, read_week
from pagetojob.titanmap.models import CapacityRule, Urgency, ZoneState
from pagetojob.titanmap.opening_hours import status
from pagetojob.titanmap.selectors import binding_for_page, capacity_choice

MONDAY_NOON = datetime(2026, 6, 22, 12, 0)  # noqa: DTZ001 - local time of the shop
MONDAY_NIGHT = datetime(2026, 6, 22, 21, 30)  # noqa: DTZ001
SUNDAY_NOON = datetime(2026, 6, 21, 12, 0)  # noqa: DTZ001
ZONES = ["", *ZoneState.values]


@dataclass
class Rule:
    name: str = "rule"
    page_slug: str = ""
    urgency: str = ""
    hours: str = ""
    zone_state: str = ""
    day_kind: str = ""
    season_from: str = ""
    season_to: str = ""
    primary: str = CALL
    secondary: str = REQUEST
    needs_review: bool = False
    sentence: str = "Because."


def of_the_demo(**inputs: Any) -> Choice:
    given: dict[str, Any] = {
        "page_slug": "ac-repair-phoenix",
        "urgency": "",
        "local": MONDAY_NOON,
        "hours": HOURS,
        "zone_state": "active",
    }
    return choose([CapacityRule(**rule) for rule in RULES], **given | inputs)


def test_the_first_rule_that_holds_decides() -> None:
    rules = [Rule("other page", page_slug="elsewhere"), Rule("first"), Rule("second")]
    choice = choose(rules, page_slug="here", urgency="", local=MONDAY_NOON, hours=HOURS, zone_state="")
    assert (choice.rule, choice.sentence) == ("first", "Because.")


@pytest.mark.parametrize("condition", ["page_slug", "urgency", "hours", "zone_state"])
def test_every_condition_must_hold(condition: str) -> None:
    conditions: dict[str, Any] = {condition: "something else"}
    rule = Rule(**conditions)
    choice = choose([rule], page_slug="a", urgency="soon", local=MONDAY_NOON, hours=HOURS, zone_state="active")
    assert choice.rule == ""


def test_without_a_rule_a_page_offers_a_request_without_review() -> None:
    choice = choose([], page_slug="", urgency="soon", local=MONDAY_NOON, hours={}, zone_state="active")
    assert (choice.primary, choice.secondary, choice.needs_review) == (REQUEST, CALL, False)


def test_without_a_rule_a_paused_zone_asks_for_no_request() -> None:
    choice = choose([], page_slug="", urgency="", local=MONDAY_NOON, hours={}, zone_state="paused")
    assert (choice.primary, choice.secondary, choice.needs_review) == (CALL, "", True)


@pytest.mark.parametrize("local", [MONDAY_NIGHT, SUNDAY_NOON])
def test_an_emergency_after_hours_goes_to_review_on_every_page(local: datetime, subtests: pytest.Subtests) -> None:
    for page, zone in product([page["slug"] for page in PAGES], ZONES):
        choice = of_the_demo(page_slug=page, zone_state=zone, urgency="emergency", local=local)
        with subtests.test(page=page, zone=zone):
            assert choice.needs_review
            assert choice.primary == CALL
            if zone != "paused":
                assert (choice.rule, choice.secondary) == ("After-hours emergency HVAC", REQUEST)


def test_the_same_emergency_in_office_hours_does_not(subtests: pytest.Subtests) -> None:
    pages = ["ac-repair-phoenix", "emergency-ac-repair", "maintenance-tune-up", ""]
    for page, zone in product(pages, ["", "active", "emergency only"]):
        choice = of_the_demo(page_slug=page, zone_state=zone, urgency="emergency")
        with subtests.test(page=page, zone=zone):
            assert (choice.primary, choice.secondary, choice.needs_review) == (CALL, REQUEST, False)


def test_an_emergency_goes_to_review_when_the_hours_are_not_known() -> None:
    assert of_the_demo(urgency="emergency", hours={}).needs_review


@pytest.mark.parametrize(
    ("inputs", "primary", "secondary", "review"),
    [
        ({}, REQUEST, CALL, False),
        ({"local": MONDAY_NIGHT}, REQUEST, CALL, False),
        ({"local": MONDAY_NIGHT, "urgency": "flexible"}, REQUEST, CALL, False),
        ({"page_slug": "emergency-ac-repair"}, CALL, REQUEST, False),
        ({"page_slug": "emergency-ac-repair", "local": MONDAY_NIGHT}, CALL, REQUEST, True),
        ({"page_slug": "maintenance-tune-up"}, "scheduler", CALL, False),
        ({"zone_state": "paused"}, CALL, "", True),
        ({"zone_state": "emergency only"}, CALL, REQUEST, True),
        ({"zone_state": "emergency only", "urgency": "soon"}, CALL, REQUEST, True),
        ({"zone_state": "expansion"}, REQUEST, CALL, True),
        ({"hours": {}}, REQUEST, CALL, False),
    ],
)
def test_what_the_demo_s_rules_say(inputs: dict[str, Any], primary: str, secondary: str, review: bool) -> None:
    choice = of_the_demo(**inputs)
    assert (choice.primary, choice.secondary, choice.needs_review) == (primary, secondary, review)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("06:59", AFTER), ("07:00", OPEN), ("17:59", OPEN), ("18:00", AFTER), ("00:00", AFTER), ("23:59", AFTER)],
)
def test_the_hours_include_their_start_and_not_their_end(clock: str, expected: str) -> None:
    assert office_hours(HOURS, datetime.fromisoformat(f"2026-06-22T{clock}")) == expected


def test_a_day_that_is_not_listed_is_closed() -> None:
    assert office_hours(HOURS, SUNDAY_NOON) == AFTER


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-06-22T23:00", OPEN),
        ("2026-06-23T01:59", OPEN),
        ("2026-06-23T02:00", AFTER),
        ("2026-06-22T01:00", AFTER),
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_it_began(when: str, expected: str) -> None:
    assert office_hours({"mon": [["18:00", "02:00"]]}, datetime.fromisoformat(when)) == expected


def test_a_span_of_sunday_night_goes_on_into_monday() -> None:
    hours = {"sun": [["20:00", "06:00"]]}
    assert office_hours(hours, datetime(2026, 6, 22, 5, 0)) == OPEN  # noqa: DTZ001


def test_round_the_clock() -> None:
    hours = {day: [["00:00", "24:00"]] for day in ("mon", "sun")}
    assert office_hours(hours, MONDAY_NIGHT) == office_hours(hours, SUNDAY_NOON) == OPEN


@pytest.mark.parametrize(
    "hours",
    [
        {},
        None,
        [],
        "always",
        7,
        {"monday": [["07:00", "18:00"]]},
        {"mon": "07:00-18:00"},
        {"mon": [["7am", "6pm"]]},
        {"mon": [["07:00"]]},
        {"mon": [["07:00", "25:00"]]},
        {"mon": [["07:00", "24:30"]]},
        {"mon": [[7, 18]]},
        {"mon": 5},
    ],
)
def test_hours_that_cannot_be_read_are_not_known(hours: Any) -> None:
    assert read_week(hours) == ()
    assert office_hours(hours, MONDAY_NOON) == ""


def test_an_hour_without_its_zero_is_the_same_hour() -> None:
    assert office_hours({"mon": [["7:00", "18:00"]]}, MONDAY_NOON) == OPEN


@pytest.mark.parametrize(
    ("first", "last", "day", "inside"),
    [
        ("06-01", "09-30", "2026-06-01", True),
        ("06-01", "09-30", "2026-09-30", True),
        ("06-01", "09-30", "2026-10-01", False),
        ("11-15", "01-15", "2026-12-31", True),
        ("11-15", "01-15", "2027-01-15", True),
        ("11-15", "01-15", "2027-01-16", False),
        ("02-29", "02-29", "2027-03-01", False),
        ("", "", "2026-01-01", True),
    ],
)
def test_a_season_comes_back_each_year_and_may_span_new_year(first: str, last: str, day: str, inside: bool) -> None:
    rules = [Rule("season", season_from=first, season_to=last)]
    at = datetime.fromisoformat(f"{day}T12:00")
    choice = choose(rules, page_slug="", urgency="", local=at, hours=HOURS, zone_state="")
    assert (choice.rule == "season") is inside


def test_a_holiday_closes_the_office_and_has_its_own_rules() -> None:
    hours = {**HOURS, "holidays": {"2026-06-22": "Founders' Day"}}
    rules = [Rule("holiday", day_kind="holiday"), Rule("ordinary", day_kind="no holiday")]
    given: dict[str, Any] = {"page_slug": "", "urgency": "", "hours": hours, "zone_state": ""}
    choice = choose(rules, local=MONDAY_NOON, **given)
    assert (choice.rule, choice.inputs.hours, choice.inputs.holiday) == ("holiday", AFTER, "Founders' Day")
    assert choose(rules, local=MONDAY_NOON + timedelta(days=1), **given).rule == "ordinary"
    assert status(hours, MONDAY_NOON) == "Closed for Founders' Day; opens tomorrow at 7:00 AM"
    assert status(hours, MONDAY_NOON - timedelta(days=1)).startswith("Closed; opens Tuesday")
    assert read_week({"holidays": {"2026-06-22": "x"}}) == ()


def test_the_choice_can_be_stored_as_plain_values() -> None:
    assert of_the_demo(urgency="emergency", local=MONDAY_NIGHT).as_json() == {
        "rule": "After-hours emergency HVAC",
        "primary": "call now",
        "secondary": "request",
        "needs_review": True,
        "sentence": "It is after hours: call for an emergency, or request the next available appointment.",
        "inputs": {
            "page_slug": "ac-repair-phoenix",
            "urgency": "emergency",
            "local_time": "2026-06-22 21:30",
            "hours": "after hours",
            "zone_state": "active",
            "holiday": "",
        },
    }


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        # Half past six in winter, half past seven once the clocks in Denver have moved; Phoenix moves none.
        ("America/Denver", datetime(2026, 3, 6, 13, 30, tzinfo=UTC), AFTER),
        ("America/Denver", datetime(2026, 3, 9, 13, 30, tzinfo=UTC), OPEN),
        ("America/Phoenix", datetime(2026, 3, 6, 13, 30, tzinfo=UTC), AFTER),
        ("America/Phoenix", datetime(2026, 3, 9, 13, 30, tzinfo=UTC), AFTER),
        ("America/Phoenix", datetime(2026, 6, 23, 1, 30, tzinfo=UTC), AFTER),
        ("Asia/Tokyo", datetime(2026, 6, 21, 23, 30, tzinfo=UTC), OPEN),
    ],
)
def test_the_hours_are_those_of_the_tenant_s_own_clock(tenant: Tenant, zone: str, at: datetime, expected: str) -> None:
    tenant.time_zone = zone
    with scope.tenant(tenant.pk):
        choice = capacity_choice(tenant, binding=None, urgency="", hours=HOURS, at=at)
    assert choice.inputs.hours == expected
    assert choice.inputs.local_time == at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("page", [page["page_path"] for page in PAGES])
@pytest.mark.parametrize("urgency", Urgency.values)
def test_the_rows_say_what_the_rules_say(tenant: Tenant, page: str, urgency: str) -> None:
    """From the database, at half past nine at night: an emergency is looked at first, wherever it is asked for."""
    at = datetime(2026, 6, 23, 4, 30, tzinfo=UTC)
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, page)
        choice = capacity_choice(tenant, binding=binding, urgency=urgency, hours=HOURS, at=at)
    assert choice.inputs.hours == AFTER
    assert choice.needs_review or urgency != "emergency"


def test_a_rule_that_is_switched_off_decides_nothing(tenant: Tenant) -> None:
    at = datetime(2026, 6, 23, 4, 30, tzinfo=UTC)
    with scope.tenant(tenant.pk):
        CapacityRule.objects.filter(urgency="emergency").update(active=False)
        choice = capacity_choice(tenant, binding=None, urgency="emergency", hours=HOURS, at=at)
    assert (choice.rule, choice.needs_review) == ("After hours", False)
