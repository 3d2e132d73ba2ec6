"""Decide if a page that normally brings requests has been silent for too long, judged by its own history. Pure.

Time is office hours only, and so is the rate: requests outside of them end a silence but do not raise the rate.

Days differ (weather, advertising), so the number of requests of an office day is taken as negative binomial, with the
variance of the history. A gap of `d` days then has the probability `(1 + mean / shape) ** (-shape * d)`. The limit is
the gap that a page exceeds by chance once in several years; it follows from the number of gaps in a year, so a busy
page alarms falsely no more often than a slow one. It must exceed the longest gap of the history too, by half.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, pvariance

#: False alarms a year of one page, as far as its days are as its history.
FALSE_ALARMS_A_YEAR = 0.1
LONGEST_GAPS = 1.5
HISTORY_DAYS, LEAST_DAYS = 56, 14
LEAST_REQUESTS = 10
#: The shape of the negative binomial distribution is estimated from few days, so it stays in this range.
SHAPES = (1.0, 4.0)
#: Calendar days for each office day, of an office that is open on five days of a week.
_CALENDAR_DAYS = 7 / 5


@dataclass(frozen=True)
class Habit:
    """The usual requests of a page: per second of office hours, and how long it may be silent, in such seconds."""

    rate: float
    longest_silence: float

    def expected(self, silence: float) -> float:
        """Return how many requests the usual rate brings in a time."""
        return self.rate * silence


def habit_of(*, opened: Sequence[float], is_open: Sequence[bool], days: Sequence[float]) -> Habit | None:
    """Return the habit of a page from its requests, oldest first; None if its history is too short.

    For each request, `opened` is the seconds of office hours since any fixed time, `is_open` tells if it arrived in
    office hours, and `days` is the calendar days since that time. Only the last eight weeks count.
    """
    if len(days) < LEAST_REQUESTS or days[-1] - days[0] < LEAST_DAYS:
        return None
    first = bisect_left(days, days[-1] - HISTORY_DAYS)
    span, length = opened[-1] - opened[first], days[-1] - days[first]
    counted = [at for at, inside in zip(opened[first + 1 :], is_open[first + 1 :], strict=True) if inside]
    if len(counted) < LEAST_REQUESTS or length < LEAST_DAYS:
        return None
    office_day = span / length * _CALENDAR_DAYS
    mean, shape = _day(counted, opened[first], office_day, span)
    chance = FALSE_ALARMS_A_YEAR * length / 365 / len(counted)
    limit = -math.log(chance) / (shape * math.log1p(mean / shape)) * office_day
    longest = max(after - before for before, after in pairwise(opened[first:]))
    return Habit(len(counted) / span, max(limit, LONGEST_GAPS * longest))


def _day(times: Sequence[float], start: float, office_day: float, span: float) -> tuple[float, float]:
    """Return mean and shape of the requests of an office day."""
    by_day = Counter(int((at - start) / office_day) for at in times)
    counts = [by_day[day] for day in range(max(int(span / office_day), 1))]
    mean = fmean(counts)
    excess = pvariance(counts) - mean
    low, high = SHAPES
    return mean, min(max(mean**2 / excess, low), high) if excess > 0 else high
