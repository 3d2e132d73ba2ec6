"""Office hours in words."""

import re
from datetime import datetime
from typing import Any

import pytest

from pagetojob.demo.map import HOURS
from pagetojob.titanmap.opening_hours import (
    AMBIGUOUS,
    EXAMPLE,
    LIKE_HOURS,
    opening_lines,
    read_typed_hours,
    status,
    typed_hours,
)


@pytest.mark.parametrize(
    ("local", "hours", "expected"),
    [
        ("2026-06-22T12:00", HOURS, "Open until 6:00 PM"),
        ("2026-06-22T06:00", HOURS, "Closed; opens at 7:00 AM"),
        ("2026-06-22T18:00", HOURS, "Closed; opens tomorrow at 7:00 AM"),
        ("2026-06-20T15:00", HOURS, "Closed; opens Monday at 7:00 AM"),
        ("2026-06-23T01:00", {"mon": [["18:00", "02:00"]]}, "Open until 2:00 AM"),
        ("2026-06-22T12:00", {"mon": [["08:00", "11:00"]]}, "Closed; opens Monday at 8:00 AM"),
        ("2026-06-22T12:00", {"mon": [["08:00", "12:00"], ["13:30", "17:00"]]}, "Closed; opens at 1:30 PM"),
        ("2026-06-22T12:00", {"mon": []}, "Closed"),
        ("2026-06-22T12:00", {}, ""),
    ],
)
def test_whether_the_office_is_open_in_words(local: str, hours: Any, expected: str) -> None:
    assert status(hours, datetime.fromisoformat(local)) == expected


def test_opening_hours_in_words() -> None:
    assert opening_lines(HOURS) == [
        ("Monday to Friday", "7:00 AM to 6:00 PM"),
        ("Saturday", "8:00 AM to 2:00 PM"),
        ("Sunday", "closed"),
    ]
    assert opening_lines({}) == []
    split = {"wed": [["08:00", "12:00"], ["13:00", "24:00"]], "thu": [["00:00", "24:00"]]}
    assert dict(opening_lines(split))["Wednesday"] == "8:00 AM to noon, 1:00 PM to midnight"
    assert dict(opening_lines(split))["Thursday"] == "all day"


def test_the_example_is_written_as_the_pages_write_hours() -> None:
    assert typed_hours(read_typed_hours(LIKE_HOURS)) == LIKE_HOURS
    assert all(LIKE_HOURS in text for text in (EXAMPLE, AMBIGUOUS))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("8 AM to 5:30 pm", [["08:00", "17:30"]]),
        ("8am-5:30pm", [["08:00", "17:30"]]),
        ("8:00 a.m. \u2013 5:00 p.m.", [["08:00", "17:00"]]),
        ("8:00\u202fAM to 5:00\u202fPM", [["08:00", "17:00"]]),
        ("8a - 5p", [["08:00", "17:00"]]),
        ("08:00-17:30", [["08:00", "17:30"]]),
        ("7:00-12:00, 13:00 to 18:00", [["07:00", "12:00"], ["13:00", "18:00"]]),
        ("8 AM to noon and 1 PM to 5 PM", [["08:00", "12:00"], ["13:00", "17:00"]]),
        ("12 AM to 12 PM", [["00:00", "12:00"]]),
        ("6 PM to 2 AM", [["18:00", "02:00"]]),
        ("22:00-06:00", [["22:00", "06:00"]]),
        ("1 PM to midnight", [["13:00", "24:00"]]),
        ("00:00-24:00", [["00:00", "24:00"]]),
        ("24 hours", [["00:00", "24:00"]]),
        ("All day", [["00:00", "24:00"]]),
        ("Closed", []),
        (" ", []),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, stored: list[list[str]]) -> None:
    assert read_typed_hours(typed) == stored
    shown = typed_hours(stored)
    assert read_typed_hours(shown) == stored, "the form reads what it shows"
    assert not any(f"{hour}:" in shown for hour in range(13, 25)), "in the 12-hour clock"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("nine to five", EXAMPLE), ("8-5", EXAMPLE), ("8 AM", EXAMPLE), ("8 AM to 13 PM", EXAMPLE),
        ("8 AM to 5:60 PM", EXAMPLE), ("0 AM to 5 PM", EXAMPLE), ("08:00-25:00", EXAMPLE), ("08:00-24:30", EXAMPLE),
        ("8 AM to 5 PM to 6 PM", EXAMPLE), ("24:00-08:00", EXAMPLE), ("24:00-24:00", EXAMPLE),
        ("8:00-5:00", AMBIGUOUS), ("8:00 to 5 PM", AMBIGUOUS), ("8 AM to 17:00", AMBIGUOUS), ("12:00-12:00", AMBIGUOUS),
    ],
)  # fmt: skip
def test_hours_that_could_mean_two_times_are_refused(typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_typed_hours(typed)


def test_stored_hours_that_are_no_times_are_shown_as_they_are() -> None:
    assert typed_hours([["nine", "five"]]) == "nine-five"
