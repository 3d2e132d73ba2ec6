"""Values of findings: how hours are stored, and the words in which people read a value. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import groupby

from drift.reading.hours import CLOSED
from pagetojob.platform.phones import for_people
from pagetojob.titanmap.map_types import DAYS
from pagetojob.titanmap.opening_hours import opening_lines

_DAY, _SPAN = "|".join(DAYS), r"\d{1,2}:\d\d-\d{1,2}:\d\d"
_RUN = re.compile(rf"({_DAY})(?:-({_DAY}))? ({CLOSED}|{_SPAN}(?:,{_SPAN})*)")

#: A day as the comparison of offers stores it.
_ISO_DAY = re.compile(r"^(ends|expired|until) (\d{4}-\d\d-\d\d)$")


def _day_in_words(match: re.Match[str]) -> str:
    try:
        return f"{match[1]} {date.fromisoformat(match[2]):%B %-d, %Y}"
    except ValueError:
        return match[0]


def compress_hours(spans: Mapping[str, str]) -> str:
    """Format hours as stored, like `mon-fri 08:00-17:00; sat closed`."""
    runs = [(list(days), span) for span, days in groupby(DAYS, spans.get) if span]
    return "; ".join(f"{days[0]}-{days[-1]} {span}" if days[1:] else f"{days[0]} {span}" for days, span in runs)


def sides_in_words(site: str, titan_map: str) -> tuple[str, str]:
    """Return both values of a finding in words, or as they are stored if only that shows how they differ."""
    sides = in_words(site), in_words(titan_map)
    return (site, titan_map) if sides[0] == sides[1] and site != titan_map else sides


def in_words(value: str) -> str:
    """Return a stored value as people write it: "Saturday closed" for `sat closed`, numbers as (602) 555-0142, and days
    as December 4, 2026.

    Hours that no clock shows, such as `mon 08:00-24:30`, are returned as they are stored.
    """
    hours: dict[str, list[list[str]]] = {}
    for run in value.split("; "):
        if (match := _RUN.fullmatch(run)) is None:
            return _ISO_DAY.sub(_day_in_words, for_people(value))
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        spans = [] if match[3] == CLOSED else [span.split("-") for span in match[3].split(",")]
        hours |= dict.fromkeys(DAYS[first : last + 1], spans)
    return "; ".join(f"{days} {words}" for days, words in opening_lines(hours, hours)) or value
