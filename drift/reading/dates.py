"""Parse the end date of an offer. Pure: `today` is passed in."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from .vocabulary import phrase_pattern, topic

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATES = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<iso>\d{4})-(?P<iso_m>\d\d)-(?P<iso_d>\d\d)"
    r"|(?P<m>\d{1,2})\s?[/.-]\s?(?P<d>\d{1,2})\s?[/.-]\s?(?P<y>\d{4}|\d\d)"
    rf"|(?P<name>{_MONTH})\s{{0,2}}(?P<name_d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s{{0,2}}(?P<name_y>20\d\d|'\d\d))?"
    rf"|(?P<after_d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\s(?P<after>{_MONTH}),?\s(?P<after_y>20\d\d)"
    rf"|(?P<month>{_MONTH}),?\s{{1,2}}(?P<month_y>20\d\d)"
    r"|(?P<only_m>\d{1,2})/(?P<only_y>20\d\d)"
    r"|(?P<short_m>\d{1,2})/(?P<short_d>\d{1,2}))(?![\d/])",
    re.IGNORECASE,
)
_END = phrase_pattern("dates", "end")
#: "September 1-7, 2026".
_DAYS = re.compile(
    rf"\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?\s?(?:-|to|through|thru)\s?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>20\d\d)\b",
    re.IGNORECASE,
)
#: "Rebate forms must be postmarked by June 15" is not the end of an offer.
_OF_FORMS = re.compile(r"\b(?:postmark\w*|forms?|paperwork|registered|appl(?:y|ied) for)\b[^.]{0,30}$", re.IGNORECASE)
#: Many things are due "by" a day. It ends an offer only if the sentence is about buying or booking.
_BY = re.compile(r"\b(?:by|before)\b[\s\w,]{0,12}$", re.IGNORECASE)
_BOOKS = phrase_pattern("dates", "books")
_SPAN = re.compile(r"\s{0,2}(?:-|to|through|thru|until|till|and)\s{0,2}", re.IGNORECASE)
_VAGUE = phrase_pattern("dates", "vague")
_FAR = 92
_NAMED: dict[str, dict[str, int]] = topic("dates")["holidays"]
_HOLIDAYS = re.compile(rf"\b(?P<holiday>{'|'.join(_NAMED)})(?: day)?,?\s(?P<year>20\d\d)\b", re.IGNORECASE)


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
        ahead = text[max(0, match.start() - 60) : match.start()]
        spanned = counted and _SPAN.fullmatch(text, counted, match.start())
        if not (spanned or _END.search(ahead)) or _OF_FORMS.search(ahead) or _is_due(ahead):
            continue
        counted = match.end()
        day, sure = _day_of(match, today)
        if sure and (best is None or day is None or best.day is None or day > best.day):
            best = End(day, match.group(), sure)
    if best is None and (spanned := _DAYS.search(text)):
        day, sure = _day_of(_DATES.match(f"{spanned[1]} {spanned['last']}, {spanned['year']}") or spanned, today)
        best = End(day, spanned.group(), sure) if sure else None
    for match in _HOLIDAYS.finditer(text):
        if best is None and _END.search(text[max(0, match.start() - 60) : match.start()]):
            best = End(_named_day(match["holiday"].lower(), int(match["year"])), match.group(), 0.9)
    if best is None and (vague := _VAGUE.search(text)):
        return End(None, vague.group(), 0.3)
    return best


def _is_due(ahead: str) -> bool:
    """Return whether the date ends something other than an offer: "must be postmarked by"."""
    return bool(_BY.search(ahead)) and not _BOOKS.search(re.split(r"[.!?]\s", ahead)[-1])


def _day_of(match: re.Match[str], today: date) -> tuple[date | None, float]:
    part = match.groupdict()
    try:
        if part["month"]:
            return _last_day(int(part["month_y"]), _month(part["month"])), 0.85
        if part["only_m"]:
            return _last_day(int(part["only_y"]), int(part["only_m"])), 0.8
        if part["short_m"] or (part["name"] and not part["name_y"]):
            month = _month(part["name"]) if part["name"] else int(part["short_m"])
            return _coming(month, int(part["name_d"] or part["short_d"]), today)
        return _whole_day(part), 0.95
    except (ValueError, KeyError):
        return None, 0.0


def _whole_day(part: dict[str, str]) -> date:
    """Return the day of a match that has a year, a month and a day."""
    if part["iso"]:
        return date(int(part["iso"]), int(part["iso_m"]), int(part["iso_d"]))
    if part["m"]:
        return date(_year(part["y"]), int(part["m"]), int(part["d"]))
    if part["after"]:
        return date(int(part["after_y"]), _month(part["after"]), int(part["after_d"]))
    return date(_year(part["name_y"].strip("'")), _month(part["name"]), int(part["name_d"]))


def _named_day(name: str, year: int) -> date:
    named = _NAMED[name]
    if "day" in named:
        return date(year, named["month"], named["day"])
    weeks = calendar.monthcalendar(year, named["month"])
    days = [day for week in weeks if (day := week[named["weekday"]])]
    return date(year, named["month"], days[named["number"] - (named["number"] > 0)])


def _coming(month: int, day: int, today: date) -> tuple[date | None, float]:
    coming = date(today.year, month, day)
    if coming < today:
        coming = date(today.year + 1, month, day)
    return (coming, 0.6) if (coming - today).days <= _FAR else (None, 0.3)


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _month(name: str) -> int:
    return _MONTHS[name.lower().rstrip(".")[:3]]


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
