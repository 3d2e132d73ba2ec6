"""The response timer: office hours only, the state before and after the target, and its words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncqueue.response import ResponseTimer, duration, response, response_timer

WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
#: A Monday, 16:30 in Phoenix.
RECEIVED = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)


def timer_with(**hours: Any) -> ResponseTimer:
    return response_timer(WEEK | hours, "America/Phoenix", 60)


@pytest.mark.parametrize(
    ("after", "answered", "state", "sentence"),
    [
        (timedelta(minutes=10), False, "waiting", "Answer within 50 min"),
        (timedelta(minutes=30), False, "due soon", "Answer within 30 min, office closed now"),
        (timedelta(hours=15), False, "due soon", "Answer within 30 min, office closed now"),
        (timedelta(hours=16, minutes=15), False, "late", "Late by 15 min"),
        (timedelta(hours=16, minutes=15), True, "answered late", "Answered late, in 1 h 15 min"),
        (timedelta(hours=15), True, "answered", "Answered in 30 min"),
        (timedelta(seconds=20), True, "answered", "Answered in under 1 min"),
    ],
)
def test_only_office_hours_count(after: timedelta, answered: bool, state: str, sentence: str) -> None:
    at = RECEIVED + after
    result = response(timer_with(), RECEIVED, at if answered else None, at)
    assert (result.state, result.sentence) == (state, sentence)


def test_an_answer_while_the_office_is_closed_is_named() -> None:
    """On a Saturday, two hours after the request: no office hour has passed."""
    saturday = RECEIVED + timedelta(days=5)
    result = response(timer_with(), saturday, saturday + timedelta(hours=2), saturday + timedelta(days=30))
    assert (result.seconds, result.state, result.sentence) == (0, "answered", "Answered outside office hours")


@pytest.mark.parametrize(
    ("received", "now", "seconds"),
    [
        ("2026-11-27T16:50", "2026-11-30T08:05", 15 * 60),  # Friday evening to Monday morning
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),  # a weekend
        ("2026-11-25T16:50", "2026-11-27T08:05", 15 * 60),  # over a holiday
    ],
)
def test_time_counts_while_the_office_is_open(received: str, now: str, seconds: int) -> None:
    since, until = (datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("America/Phoenix")) for at in (received, now))
    assert timer_with(holidays={"2026-11-26": "Thanksgiving Day"}).seconds(since, until) == seconds


def test_a_holiday_stops_the_timer() -> None:
    tuesday = RECEIVED + timedelta(hours=20)
    assert response(timer_with(holidays={"2026-06-02": "Founders' Day"}), RECEIVED, None, tuesday).seconds == 1800


@pytest.mark.parametrize("hours", [{}, {"mon": [], "sat": []}])
def test_unknown_hours_count_every_hour(hours: dict[str, Any]) -> None:
    timer = response_timer(hours, "America/Phoenix", 60)
    assert timer.counts_all_hours and not timer.is_closed(RECEIVED)
    assert response(timer, RECEIVED, None, RECEIVED + timedelta(minutes=61)).state == "late"


def test_an_old_request_is_late_and_cheap() -> None:
    old = response(timer_with(), RECEIVED - timedelta(days=9000), None, RECEIVED)
    assert old.state == "late" and old.sentence.startswith("Late by more than ")


@pytest.mark.parametrize(
    ("seconds", "words"), [(59, "under 1 min"), (60, "1 min"), (7200, "2 h"), (7500, "2 h 5 min"), (90_060, "25 h")]
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert duration(seconds) == words
