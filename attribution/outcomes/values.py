"""Parses the text of a cell. No I/O. Every parser raises BadValue, whose text never repeats the cell's content."""

import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

_MOST_ID = 2**63 - 1
_ID = re.compile(r"0*(\d{1,19})(?:\.0+)?")
_MONEY = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?")
_MOST_MONEY = Decimal(10) ** 12
_CENT = Decimal("0.01")
#: A workbook may store 19.99 as 19.989999999999998. A difference this small is floating-point error, not a fraction.
_DUST = Decimal("0.000001")
_DATE = re.compile(
    r"(?:(?P<iso>\d{4})[-/](?P<im>\d{1,2})[-/](?P<id>\d{1,2})|(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d{2}))"
    r"(?:(?:,? +|T)(?P<time>[^ ].*))?"
)
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d{1,9})?)? ?(?P<half>[ap]\.?m\.?)?(?P<zone>z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_YES = frozenset({"true", "t", "yes", "y", "1", "x"})
_NO = frozenset({"false", "f", "no", "n", "0", "", "-"})


class BadValue(ValueError):
    """A cell that does not fit its column. The text continues a sentence that starts with the column's name."""


def whole(text: str) -> int:
    """Parse an ID of the shop's system, 1 to 2^63-1. Leading zeros and a workbook's `.0` are ignored."""
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", text, re.IGNORECASE):
        raise BadValue("was shortened by a spreadsheet (as in 1.2E+12). Export it as text")
    match = _ID.fullmatch(text)
    if not match or not 0 < int(match[1]) <= _MOST_ID:
        raise BadValue("is not a valid ID (a whole number)")
    return int(match[1])


def money(text: str) -> Decimal:
    """Parse dollars and cents: $1,234.50, 1234.5, or negative as -45.00, 45.00- or (45.00)."""
    bare = text.replace(" ", "").replace("$", "").removeprefix("USD").removesuffix("USD")
    minus = False
    if bare.startswith("(") and bare.endswith(")"):
        minus, bare = True, bare[1:-1]
    if bare.startswith(("-", "\u2212")) or bare.endswith("-"):
        if minus:
            raise BadValue("is negative twice")
        minus, bare = True, bare.strip("-\u2212")
    if not _MONEY.fullmatch(bare) or not any(sign.isdigit() for sign in bare):
        raise BadValue("is not an amount such as 1,234.50")
    amount = Decimal(bare.replace(",", ""))
    cents = amount.quantize(_CENT) if amount < _MOST_MONEY else amount
    if abs(cents - amount) > _DUST:
        raise BadValue("has fractions of a cent")
    if cents >= _MOST_MONEY:
        raise BadValue("is too large")
    return -cents if minus and cents else cents


def moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """Parse a date or time. Without a time zone in the text, the tenant's is used; a date alone is its midnight there.

    Accepts 2026-06-01 and 6/1/2026, with or without a time of day. A first number above 12 means that the day comes
    first. No US export does that, and other rows of the file would be misread, so the value is rejected.
    """
    match = _DATE.fullmatch(text)
    if not match:
        raise BadValue("is not a date such as 6/30/2026 or 2026-06-30")
    if match["iso"]:
        year, month, day = int(match["iso"]), int(match["im"]), int(match["id"])
    else:
        year, month, day = int(match["y"]), int(match["a"]), int(match["b"])
        year += 2000 if year < 100 else 0
        if month > 12 >= day:
            raise BadValue("has the day first. Export dates as month/day/year or year-month-day")
    try:
        return _at(dt.date(year, month, day), match["time"], zone)
    except ValueError as error:
        raise BadValue("does not exist in the calendar" if not isinstance(error, BadValue) else str(error)) from error


def day(text: str, zone: ZoneInfo) -> dt.date:
    """Parse the calendar day in the tenant's time zone."""
    return moment(text, zone).astimezone(zone).date()


def yes(text: str) -> bool:
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue("is neither yes nor no")


def _at(date: dt.date, typed: str | None, zone: ZoneInfo) -> dt.datetime:
    if not typed:
        return dt.datetime.combine(date, dt.time(), zone)
    match = _TIME.fullmatch(typed.strip())
    if not match:
        raise BadValue("has a time of day that cannot be read")
    hour, half = int(match["h"]), (match["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise BadValue("has a time of day that cannot be read")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    time = dt.time(hour, int(match["m"]), int(match["s"] or 0))
    return dt.datetime.combine(date, time, _zone(match["zone"]) or zone)


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text.lower() == "z":
        return dt.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return dt.timezone((-1 if text[0] == "-" else 1) * dt.timedelta(minutes=minutes))
