"""How long the office had time to respond: calendar cases computed by hand, before the code."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

WEEKDAYS = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
PHOENIX, NEW_YORK, CHICAGO = "America/Phoenix", "America/New_York", "America/Chicago"
HOUR = 3600

#: Name, time zone, hours, holidays, received, answered, business seconds.
CASES: list[tuple[str, str, dict[str, Any], list[str], str, str, int]] = [
    ("within a day", PHOENIX, WEEKDAYS, [], "2026-11-30T09:00:00-07:00", "2026-11-30T09:12:30-07:00", 750),
    ("before opening", PHOENIX, WEEKDAYS, [], "2026-11-30T06:00:00-07:00", "2026-11-30T08:05:00-07:00", 300),
    ("answered before opening", PHOENIX, WEEKDAYS, [], "2026-11-30T02:00:00-07:00", "2026-11-30T07:59:59-07:00", 0),
    ("after closing", PHOENIX, WEEKDAYS, [], "2026-11-30T17:00:00-07:00", "2026-12-01T08:01:00-07:00", 60),
    ("one second before closing", PHOENIX, WEEKDAYS, [], "2026-11-30T16:59:59-07:00", "2026-12-01T08:00:00-07:00", 1),
    ("over a night", PHOENIX, WEEKDAYS, [], "2026-11-30T16:00:00-07:00", "2026-12-01T09:00:00-07:00", 2 * HOUR),
    ("over a weekend", PHOENIX, WEEKDAYS, [], "2026-11-27T16:30:00-07:00", "2026-11-30T08:30:00-07:00", HOUR),
    ("received on Saturday", PHOENIX, WEEKDAYS, [], "2026-11-28T12:00:00-07:00", "2026-11-30T08:10:00-07:00", 600),
    ("a holiday", PHOENIX, WEEKDAYS, ["2026-12-25"], "2026-12-24T16:00:00-07:00", "2026-12-28T09:00:00-07:00", 7200),
    (
        "all on a holiday",
        PHOENIX,
        WEEKDAYS,
        ["2026-12-25"],
        "2026-12-25T09:00:00-07:00",
        "2026-12-25T16:00:00-07:00",
        0,
    ),
    ("other offsets", PHOENIX, WEEKDAYS, [], "2026-11-30T16:00:00Z", "2026-11-30T12:00:00-05:00", HOUR),
    # Phoenix: 9:30 to 13:00, without the lunch hour from 12:00.
    (
        "a lunch break",
        PHOENIX,
        {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]},
        [],
        "2026-11-30T09:30:00-07:00",
        "2026-11-30T13:30:00-07:00",
        3 * HOUR,
    ),
    (
        "overlapping spans",
        PHOENIX,
        {"mon": [["08:00", "12:00"], ["10:00", "13:00"]]},
        [],
        "2026-11-30T07:00:00-07:00",
        "2026-11-30T18:00:00-07:00",
        5 * HOUR,
    ),
    ("day and night", PHOENIX, ALWAYS, [], "2026-11-28T23:00:00-07:00", "2026-11-29T01:00:00-07:00", 2 * HOUR),
    (
        "until midnight",
        PHOENIX,
        {"sat": [["20:00", "24:00"]]},
        [],
        "2026-11-28T23:30:00-07:00",
        "2026-11-29T06:00:00-07:00",
        1800,
    ),
    (
        "past midnight",
        PHOENIX,
        {"sat": [["20:00", "02:00"]]},
        [],
        "2026-11-28T23:00:00-07:00",
        "2026-11-29T06:00:00-07:00",
        3 * HOUR,
    ),
    # 2026-03-08, New York: 2:00 becomes 3:00.
    ("a short day", NEW_YORK, ALWAYS, [], "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00", 23 * HOUR),
    (
        "hours in the gap",
        NEW_YORK,
        {"sun": [["01:00", "04:00"]]},
        [],
        "2026-03-08T00:00:00-05:00",
        "2026-03-08T12:00:00-04:00",
        2 * HOUR,
    ),
    (
        "only the gap",
        NEW_YORK,
        {"sun": [["02:00", "03:00"]]},
        [],
        "2026-03-08T00:00:00-05:00",
        "2026-03-08T12:00:00-04:00",
        0,
    ),
    (
        "over the short night",
        NEW_YORK,
        WEEKDAYS,
        [],
        "2026-03-06T16:00:00-05:00",
        "2026-03-09T09:00:00-04:00",
        2 * HOUR,
    ),
    # 2026-11-01, Chicago: 2:00 becomes 1:00.
    ("a long day", CHICAGO, ALWAYS, [], "2026-11-01T00:00:00-05:00", "2026-11-02T00:00:00-06:00", 25 * HOUR),
    (
        "the hour that comes twice",
        CHICAGO,
        {"sun": [["01:00", "02:00"]]},
        [],
        "2026-11-01T00:00:00-05:00",
        "2026-11-01T12:00:00-06:00",
        2 * HOUR,
    ),
    (
        "half of that hour, twice",
        CHICAGO,
        {"sun": [["01:30", "02:00"]]},
        [],
        "2026-11-01T00:00:00-05:00",
        "2026-11-01T12:00:00-06:00",
        HOUR,
    ),
    (
        "in its second half",
        CHICAGO,
        {"sun": [["00:00", "03:00"]]},
        [],
        "2026-11-01T01:30:00-06:00",
        "2026-11-01T03:00:00-06:00",
        5400,
    ),
    # Half an hour of daylight saving, on 2026-10-04: 2:00 becomes 2:30.
    (
        "half an hour",
        "Australia/Lord_Howe",
        {"sun": [["00:00", "06:00"]]},
        [],
        "2026-10-03T12:00:00Z",
        "2026-10-04T12:00:00Z",
        19800,
    ),
    # The office's day differs from the UTC day.
    ("a date line", "Pacific/Auckland", WEEKDAYS, [], "2026-11-29T19:00:00Z", "2026-11-29T20:00:00Z", HOUR),
    ("a year", PHOENIX, WEEKDAYS, [], "2025-01-01T00:00:00-07:00", "2026-01-01T00:00:00-07:00", 261 * 9 * HOUR),
    (
        "answered before it was received",
        PHOENIX,
        ALWAYS,
        [],
        "2026-11-30T09:00:00-07:00",
        "2026-11-30T08:00:00-07:00",
        0,
    ),
    ("no hours", PHOENIX, {}, [], "2026-11-30T09:00:00-07:00", "2026-12-30T09:00:00-07:00", 0),
    ("fractions", PHOENIX, ALWAYS, [], "2026-11-30T09:00:00.250-07:00", "2026-11-30T09:00:02.150-07:00", 1),
]


def run(*lines: Any) -> list[dict[str, Any]]:
    out = StringIO()
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    call_command("response_time", stdin=StringIO(text), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_calendar_cases(case: tuple[str, str, dict[str, Any], list[str], str, str, int]) -> None:
    _, zone, hours, holidays, received, answered, seconds = case
    row = {"time_zone": zone, "hours": hours, "holidays": holidays, "received": received}
    expected = {"business_seconds": seconds, "answered": True}
    assert run(row | {"answered": answered}) == [expected]
    assert run(row | {"answered": None, "now": answered}) == [expected | {"answered": False}]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"hours": {"monday": []}}, "hours"),
        ({"hours": {"mon": [["8", "17:00"]]}}, "hours"),
        ({"hours": {"mon": [["08:00", "25:00"]]}}, "hours"),
        ({"hours": {"mon": [["08:00"]]}}, "hours"),
        ({"hours": []}, "hours"),
        ({"holidays": ["12/25/2026"]}, "holidays"),
        ({"received": "2026-11-30T09:00:00"}, "received"),
        ({"received": "yesterday"}, "received"),
        ({"received": 5}, "received"),
        ({"answered": None}, "now"),
        ({"answered": "2026-11-30"}, "answered"),
    ],
)
def test_invalid_input_is_named_and_the_other_lines_are_answered(change: dict[str, Any], names: str) -> None:
    _, zone, hours, holidays, received, answered, seconds = CASES[0]
    good = {"time_zone": zone, "hours": hours, "holidays": holidays, "received": received, "answered": answered}
    out = StringIO()
    lines = "\n".join(json.dumps(row) for row in (good | change, good))
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("response_time", stdin=StringIO(lines), stdout=out)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert names in first["error"] and second["business_seconds"] == seconds


@pytest.mark.parametrize("line", ["{", "[]", "null", '{"time_zone": NaN}', "\x00", '{"a": 1, "a": 2}'])
def test_a_line_that_is_no_object_is_an_error(line: str) -> None:
    with pytest.raises(CommandError, match="1 of 1"):
        run(line)
