"""Office hours in words."""

from datetime import datetime
from typing import Any

import pytest

from pagetojob.demo.map import HOURS
from pagetojob.titanmap.opening_hours import opening_lines, status


@pytest.mark.parametrize(
    ("local", "hours", "expected"),
    [
        ("2026-06-22T12:00", HOURS, "Open until 6:00 pm"),
        ("2026-06-22T06:00", HOURS, "Closed; opens at 7:00 am"),
        ("2026-06-22T18:00", HOURS, "Closed; opens tomorrow at 7:00 am"),
        ("2026-06-20T15:00", HOURS, "Closed; opens Monday at 7:00 am"),
        ("2026-06-23T01:00", {"mon": [["18:00", "02:00"]]}, "Open until 2:00 am"),
        ("2026-06-22T12:00", {"mon": [["08:00", "11:00"]]}, "Closed; opens Monday at 8:00 am"),
        ("2026-06-22T12:00", {"mon": [["08:00", "12:00"], ["13:30", "17:00"]]}, "Closed; opens at 1:30 pm"),
        ("2026-06-22T12:00", {"mon": []}, "Closed"),
        ("2026-06-22T12:00", {}, ""),
    ],
)
def test_whether_the_office_is_open_in_words(local: str, hours: Any, expected: str) -> None:
    assert status(hours, datetime.fromisoformat(local)) == expected


def test_opening_hours_in_words() -> None:
    assert opening_lines(HOURS) == [
        ("Monday to Friday", "7:00 am to 6:00 pm"),
        ("Saturday", "8:00 am to 2:00 pm"),
        ("Sunday", "closed"),
    ]
    assert opening_lines({}) == []
    split = {"wed": [["08:00", "12:00"], ["13:00", "24:00"]], "thu": [["00:00", "24:00"]]}
    assert dict(opening_lines(split))["Wednesday"] == "8:00 am to noon, 1:00 pm to midnight"
    assert dict(opening_lines(split))["Thursday"] == "all day"
