"""Simulated years of requests, and what the rule about quiet pages says of them. Seeded; no database.

Each simulated office is open on weekdays from 8:00 to 17:00.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from pagetojob.onboarding.silence import HISTORY_DAYS, Habit, habit_of

_OPEN, _CLOSE, _HOUR = 8, 17, 3600.0
_PER_DAY = (_CLOSE - _OPEN) * _HOUR
#: Share of requests by hour of the day; a third of them outside of office hours.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 8, 7, 7, 7, 7, 7, 6, 5, 5, 4, 3, 2, 1)
_WEEKDAYS = (1.25, 1.15, 1.1, 1.0, 1.0, 0.8, 0.7)


@dataclass(frozen=True)
class Weather:
    """How far the days differ: shape of a gamma distribution of the day's rate (0: equal), and the yearly swing.

    `holiday_weeks` bring a tenth of the requests, while the office keeps its hours.
    """

    name: str
    shape: float = 0.0
    swing: float = 0.0
    holiday_weeks: tuple[int, ...] = ()


WEATHERS = (
    Weather("independent requests"),
    Weather("days differ", shape=3.0),
    Weather("days and seasons differ, two weak weeks a year", shape=3.0, swing=0.5, holiday_weeks=(0, 51)),
)


def requests(rng: Random, rate: float, days: int, weather: Weather) -> Iterator[float]:
    """Yield times in hours since a Monday, in order."""
    for day in range(days):
        week = day // 7 % 52
        expected = rate * _WEEKDAYS[day % 7] * (1 + weather.swing * math.sin(2 * math.pi * day / 365))
        if weather.shape:
            expected *= rng.gammavariate(weather.shape, 1 / weather.shape)
        expected *= 0.1 if week in weather.holiday_weeks else 1.0
        yield from sorted(
            day * 24 + rng.choices(range(24), _HOURS)[0] + rng.random() for _ in range(_poisson(rng, expected))
        )


def opened(hours: float) -> float:
    """Return the seconds of office hours since the first Monday."""
    day, hour = divmod(hours, 24)
    weeks, weekday = divmod(int(day), 7)
    today = min(max(hour - _OPEN, 0.0), _CLOSE - _OPEN) * _HOUR if weekday < 5 else 0.0
    return (weeks * 5 + min(weekday, 5)) * _PER_DAY + today


def is_open(hours: float) -> bool:
    return int(hours // 24) % 7 < 5 and _OPEN <= hours % 24 < _CLOSE


@dataclass(frozen=True)
class Result:
    """False alarms in a year; days until a broken page is noticed, as median and 90th percentile; share watched."""

    false_alarms: float
    median_days: float
    slow_days: float
    watched: float


def simulate(rate: float, weather: Weather, *, years: int, seed: int) -> Result:
    """Apply the rule after each request of a simulated page: would the gap that follows raise an alarm?"""
    times = list(requests(Random(seed), rate, years * 365, weather))
    clock, inside, days = [opened(at) for at in times], [is_open(at) for at in times], [at / 24 for at in times]
    alarms, watched, delays = 0, 0, []
    start = 0
    for at in range(len(times) - 1):
        while days[at] - days[start] > HISTORY_DAYS + 1:
            start += 1
        habit = _habit(clock, inside, days, start, at)
        if habit is None:
            continue
        watched += 1
        alarms += clock[at + 1] - clock[at] > habit.longest_silence
        if at % 7 == 0:
            delays.append(_days_to(times[at], clock[at] + habit.longest_silence))
    delays.sort()
    tenth = delays[int(len(delays) * 0.9)] if delays else math.nan
    median = delays[len(delays) // 2] if delays else math.nan
    return Result(alarms / years, median, tenth, watched / max(len(times) - 1, 1))


def _habit(clock: Sequence[float], inside: Sequence[bool], days: Sequence[float], start: int, at: int) -> Habit | None:
    part = slice(start, at + 1)
    return habit_of(opened=clock[part], is_open=inside[part], days=days[part])


def _days_to(since: float, target: float) -> float:
    """Return the days from a time until the office clock shows `target`."""
    low, high = since, since + 24 * 400
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if opened(middle) < target else (low, middle)
    return (high - since) / 24


def _poisson(rng: Random, expected: float) -> int:
    limit, product, count = math.exp(-expected), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
