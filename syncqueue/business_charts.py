"""Charts of a contractor's requests over time, each with its table. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pagetojob.platform.charts import columns

from .response import duration
from .selectors.weeks import Week

#: Sources listed by name; the others are summed.
MOST_SOURCES = 8


def business_charts(weeks: Sequence[Week], *, counts_all_hours: bool) -> dict[str, Any]:
    """Return drawings and table rows: requests and bookings, median response time, and sources."""
    names = [f"{week.first:%b} {week.first.day}" for week in weeks]
    stacks = [[(week.booked, "bar"), (week.requests - week.booked, "bar chart__bar--other")] for week in weeks]
    minutes = [[(round((week.median_seconds or 0) / 60), "bar")] for week in weeks]
    return {
        "requests": sum(week.requests for week in weeks),
        "booked": sum(week.booked for week in weeks),
        "weeks": len(weeks),
        "requests_drawing": columns.stacked(names, stacks, frame=columns.SMALL),
        "counts_all_hours": counts_all_hours,
        "minutes_drawing": columns.stacked(names, minutes, frame=columns.SMALL),
        "answered": any(week.seconds for week in weeks),
        "rows": [
            (week.first, week.requests, week.booked, len(week.seconds), _median(week))
            for week in weeks
            if week.requests
        ],
        "sources": _sources(weeks),
    }


def _median(week: Week) -> str:
    return "none yet" if week.median_seconds is None else duration(week.median_seconds)


def _sources(weeks: Sequence[Week]) -> list[tuple[str, int, float]]:
    """Return each source with its requests and the length of its bar out of 100."""
    counted: Counter[str] = Counter()
    for week in weeks:
        counted.update(week.sources)
    listed = counted.most_common(MOST_SOURCES)
    if rest := counted.total() - sum(number for _, number in listed):
        listed.append(("other sources", rest))
    most = max((number for _, number in listed), default=1)
    return [(source, number, round(100 * number / most, 1)) for source, number in listed]
