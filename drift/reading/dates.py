"""Parse the end date of an offer. Pure: `today` is passed in."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from .vocabulary import topic

_WORDS = topic("dates")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATES = re.compile(
    r"(?<![\d/.-])(?:\d{4}-\d\d-\d\d|\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d\d)|\d{1,2}/(?:20\d\d|\d{1,2})"
    rf"|{_MONTH}\s{{0,2}}(?P<first>{_DAY}\s?(?:-|to|through|thru)\s?)?{_DAY}\b(?:,?\s{{0,2}}(?:20\d\d|'\d\d))?"
    rf"|{_DAY}(?: of)?\s{_MONTH},?\s20\d\d|{_MONTH},?\s{{1,2}}20\d\d)(?![\d/])",
    re.IGNORECASE,
)
_SPAN = re.compile(r"\s{0,2}(?:-|to|through|thru|until|till|and)\s{0,2}", re.IGNORECASE)
_FAR = 92


@dataclass(frozen=True, slots=True)
class End:
    """The end of an offer: a day, or words that do not specify the day. A day without a year is less certain."""

    day: date | None
    words: str
    has_year: bool = False


def ends_in(text: str, today: date) -> End | None:
    """Return the latest end date in a text, or None if it mentions no end.

    A day without a year means the next such day if that is at most three months ahead. Otherwise the page may be from
    last year, and the day is unknown.
    """
    ends = []
    counted = 0  # end of the last matching date: "valid 10/1/26 - 12/31/26"
    for match in _DATES.finditer(text):
        end = _parsed(match.group(), match["first"] or "", today)
        is_range = match["first"] and end and end.has_year
        is_next = counted and _SPAN.fullmatch(text, counted, match.start())
        if is_range or is_next or _WORDS.end.search(text[max(0, match.start() - 60) : match.start()]):
            counted = match.end()
            ends += [end] if end else []
    vague = _WORDS.vague.search(text)
    ends += [End(None, vague.group())] if vague and not ends else []
    return max(ends, key=lambda end: end.day or date.min, default=None)


def _parsed(words: str, first: str, today: date) -> End | None:
    """Return the end that a date means, without the `first` day of a range. A month without a day means its last."""
    numbers = [int(number) for number in re.findall(r"\d+", words.replace(first, ""))]
    if name := re.search(_MONTH, words, re.IGNORECASE):
        numbers.insert(0, _MONTHS[name.group()[:3].lower()])
    elif numbers[0] > 2000:
        numbers.append(numbers.pop(0))
    month, *days = numbers
    year = days.pop() if len(days) > 1 or days[0] > 2000 else 0
    try:
        if year:
            year += 2000 if year < 100 else 0
            return End(
                date(year, month, days[0] if days else calendar.monthrange(year, month)[1]), words, has_year=True
            )
        coming = date(today.year, month, days[0])
        coming = coming if coming >= today else coming.replace(year=today.year + 1)
        return End(coming if (coming - today).days <= _FAR else None, words)
    except ValueError:
        return None
