"""Parse the end date of an offer. Pure: `today` is passed in."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from .vocabulary import phrase_pattern

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATES = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"|(?P<m2>\d{1,2})\s?[/.-]\s?(?P<d2>\d{1,2})\s?[/.-]\s?(?P<y2>\d{4}|\d\d)"
    rf"|(?P<m3>{_MONTH})\s{{0,2}}(?P<range>\d{{1,2}}(?:st|nd|rd|th)?\s?(?:-|to|through|thru)\s?)?"
    r"(?P<d3>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s{0,2}(?P<y3>20\d\d|'\d\d))?"
    rf"|(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\s(?P<m4>{_MONTH}),?\s(?P<y4>20\d\d)"
    rf"|(?P<m5>{_MONTH}),?\s{{1,2}}(?P<y5>20\d\d)"
    r"|(?P<m6>\d{1,2})/(?P<y6>20\d\d)"
    r"|(?P<m7>\d{1,2})/(?P<d7>\d{1,2}))(?![\d/])",
    re.IGNORECASE,
)
_END = phrase_pattern("dates", "end")
_SPAN = re.compile(r"\s{0,2}(?:-|to|through|thru|until|till|and)\s{0,2}", re.IGNORECASE)
_VAGUE = phrase_pattern("dates", "vague")
_FAR = 92


@dataclass(frozen=True, slots=True)
class End:
    """The end of an offer: a day, or words that do not specify the day. `sure` is from 0 to 1."""

    day: date | None
    words: str
    sure: float


def ends_in(text: str, today: date) -> End | None:
    """Return the end date in a text, or None if it mentions no end.

    A day without a year means the next such day if that is at most three months ahead. Otherwise the page may be from
    last year, and the day is unknown.
    """
    best: End | None = None
    counted = 0  # end of the last matching date: "valid 10/1/26 - 12/31/26"
    for match in _DATES.finditer(text):
        is_range = match["range"] and match["y3"]
        spanned = is_range or (counted and _SPAN.fullmatch(text, counted, match.start()))
        if not (spanned or _END.search(text[max(0, match.start() - 60) : match.start()])):
            continue
        counted = match.end()
        day, sure = _day_of(match, today)
        if sure and (best is None or day is None or best.day is None or day > best.day):
            best = End(day, match.group(), sure)
    if best is None and (vague := _VAGUE.search(text)):
        return End(None, vague.group(), 0.3)
    return best


def _day_of(match: re.Match[str], today: date) -> tuple[date | None, float]:
    """Return the day of a match. A month without a day means its last day."""
    part = {name[0]: text for name, text in match.groupdict().items() if text}
    try:
        month = _MONTHS.get(part["m"][:3].lower()) or int(part["m"])
        if "y" not in part:
            return _coming(month, int(part["d"]), today)
        year = int(part["y"].strip("'"))
        year += 2000 if year < 100 else 0
        if "d" not in part:
            return date(year, month, calendar.monthrange(year, month)[1]), 0.85
        return date(year, month, int(part["d"])), 0.95
    except ValueError:
        return None, 0.0


def _coming(month: int, day: int, today: date) -> tuple[date | None, float]:
    coming = date(today.year, month, day)
    if coming < today:
        coming = date(today.year + 1, month, day)
    return (coming, 0.6) if (coming - today).days <= _FAR else (None, 0.3)
