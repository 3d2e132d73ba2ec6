"""Parsing of cell text. Pure.

Every parser raises BadValue, whose text continues a sentence about the cell and never repeats its content. Money is a
Decimal of cents, times have a zone, ZIP codes have five digits, and statuses are the words of `review.STATUSES`.
`as_json` returns the form in which staged rows store a value.
"""

import calendar
import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from .fields import FieldKind, FieldSpec
from .review import LARGEST_ID, UNCLEAR, status_of, tidy

_ID = re.compile(r"0*(\d{1,19})(?:\.0+)?")
_SHORTENED = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?")
_MOST_MONEY = Decimal(10) ** 12
_CENT = Decimal("0.01")
#: A workbook may store 19.99 as 19.989999999999998. A difference this small is floating-point error, not a fraction.
_DUST = Decimal("0.000001")
_DATE = re.compile(
    r"(?:(?P<iso>\d{4})[-/](?P<im>\d{1,2})[-/](?P<id>\d{1,2})|(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d{2})|"
    r"(?P<word>[A-Za-z]{3,9})\.? (?P<wd>\d{1,2}), ?(?P<wy>\d{4})|(?P<dw>\d{1,2}) (?P<word2>[A-Za-z]{3}) (?P<wy2>\d{4}))"
    r"(?:(?:,? +|T)(?P<time>[^ ].*))?"
)
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d{1,9})?)? ?(?P<half>[ap]\.?m\.?)?(?P<zone>z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
#: Excel serial date, found in exports that lost their date format.
_EXCEL = re.compile(r"[2-6]\d{4}(?:\.\d+)?")
_BETWEEN = re.compile(r"[;|\n\r]+|,(?!\s*[A-Z]{2}\b(?!\s*[a-z]))|\s/\s")
_YES = frozenset({"yes", "y", "true", "t", "1", "on", "active", "x"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "inactive"})
_DASHES = frozenset({"-", "--", "---", "\N{EM DASH}", "\N{EN DASH}"})


class BadValue(ValueError):
    """A cell that does not fit its field. The text continues a sentence, such as `It …` or `“Total” …`."""


def read(spec: FieldSpec, cells: Sequence[str], zone: dt.tzinfo) -> Any:
    """Return the value of a field from its cells: None if all are empty, a list for a field with several values.

    `zone` is the tenant's time zone, used for times without an offset. Raises BadValue.
    """
    filled = [cell for cell in map(_tidy_lines, cells) if cell]
    if not filled:
        if spec.required:
            raise BadValue("is empty")
        return [] if spec.several and not spec.joined else None
    if spec.joined:
        return _parse(spec, " / ".join(map(tidy, filled)), zone)
    if spec.several:
        parts = [tidy(part) for cell in filled for part in _BETWEEN.split(cell)]
        return list(dict.fromkeys(_parse(spec, part, zone) for part in parts if part))
    return _parse(spec, tidy(filled[0]), zone)


def as_json(value: Any) -> Any:
    """Return a value for storage: money as text, days `2026-10-31`, times in UTC."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, Decimal) else value


def _tidy_lines(cell: str) -> str:
    """Tidy each line of a cell; a dash alone counts as empty."""
    text = "\n".join(line for line in map(tidy, cell.splitlines()) if line)
    return "" if text in _DASHES else text


def _parse(spec: FieldSpec, text: str, zone: dt.tzinfo) -> Any:
    if spec.kind is FieldKind.CHOICE:
        return _choice(spec, text)
    value = _READERS[spec.kind](text, zone)
    if isinstance(value, str) and len(value) > spec.longest:
        if spec.cut:
            return f"{value[: spec.longest - 1]}…"
        raise BadValue(f"has {len(value):,} characters; the limit is {spec.longest}")
    return value


def whole(text: str) -> int:
    """Parse an ID, 1 to 2^63-1. Leading zeros and a workbook's `.0` are ignored."""
    if _SHORTENED.fullmatch(text):
        raise BadValue("was shortened by a spreadsheet (as in 1.2E+12). Export it as text")
    match = _ID.fullmatch(text)
    if not match or not 0 < int(match[1]) <= LARGEST_ID:
        raise BadValue("is not a valid ID (a whole number)")
    return int(match[1])


def _number(text: str, example: str) -> Decimal:
    bare = text.replace(" ", "").replace("$", "").removeprefix("USD").removesuffix("USD")
    minus = False
    if bare.startswith("(") and bare.endswith(")"):
        minus, bare = True, bare[1:-1]
    if bare.startswith(("-", "\u2212")) or bare.endswith("-"):
        if minus:
            raise BadValue("is negative twice")
        minus, bare = True, bare.strip("-\u2212")
    if not _NUMBER.fullmatch(bare) or not any(sign.isdigit() for sign in bare):
        raise BadValue(f"is not {example}")
    number = Decimal(bare.replace(",", ""))
    return -number if minus and number else number


def money(text: str) -> Decimal:
    """Parse dollars and cents: $1,234.50, 1234.5, or negative as -45.00, 45.00- or (45.00)."""
    amount = _number(text, "an amount such as 1,234.50")
    if abs(amount) >= _MOST_MONEY:
        raise BadValue("is too large")
    cents = amount.quantize(_CENT)
    if abs(cents - amount) > _DUST:
        raise BadValue("has fractions of a cent")
    return cents or Decimal("0.00")


def _percent(text: str) -> str:
    value = _number(text.removesuffix("%"), "a percentage")
    if not 0 <= value <= 100:
        raise BadValue("is not a percentage from 0 to 100")
    return f"{value.normalize():f}"


def moment(text: str, zone: dt.tzinfo) -> dt.datetime:
    """Parse a date or time. Without a time zone in the text, the tenant's is used; a date alone is its midnight there.

    Accepts 2026-06-01, 6/1/2026, Jun 1, 2026 and a spreadsheet's day number, with or without a time of day. A first
    number above 12 means that the day comes first. No US export does that, and other rows of the file would be misread,
    so the value is rejected.
    """
    if _EXCEL.fullmatch(text):
        return dt.datetime.combine(dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text))), dt.time(), zone)
    match = _DATE.fullmatch(text)
    if not match:
        raise BadValue("is not a date such as 6/30/2026 or 2026-06-30")
    if match["a"] and int(match["a"]) > 12 >= int(match["b"]):
        raise BadValue("has the day first. Export dates as month/day/year or year-month-day")
    try:
        date = dt.date(*_parts(match))
    except ValueError:
        raise BadValue("does not exist in the calendar") from None
    if not 1970 <= date.year <= 2100:
        raise BadValue("is not between 1970 and 2100")
    return _with_time(date, match["time"], zone)


def _parts(match: re.Match[str]) -> tuple[int, int, int]:
    """Return year, month and day; month 0 for an unknown name."""
    if match["iso"]:
        return int(match["iso"]), int(match["im"]), int(match["id"])
    if word := match["word"] or match["word2"]:
        return int(match["wy"] or match["wy2"]), _month_of(word), int(match["wd"] or match["dw"])
    return int(match["y"]) + (2000 if len(match["y"]) == 2 else 0), int(match["a"]), int(match["b"])


def _month_of(word: str) -> int:
    names = (name.lower() for name in calendar.month_name)
    return next((at for at, name in enumerate(names) if name.startswith(word.lower())), 0)


def day(text: str, zone: dt.tzinfo) -> dt.date:
    """Parse the calendar day in the tenant's time zone."""
    return moment(text, zone).astimezone(zone).date()


def _with_time(date: dt.date, typed: str | None, zone: dt.tzinfo) -> dt.datetime:
    if not typed:
        return dt.datetime.combine(date, dt.time(), zone)
    match = _TIME.fullmatch(typed.strip())
    half = (match["half"] or "").lower()[:1] if match else ""
    hour = int(match["h"]) if match else 24
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 24
    try:
        time = dt.time(hour, int(match["m"]), int(match["s"] or 0)) if match else dt.time(hour)
        return dt.datetime.combine(date, time, _offset(match["zone"]) if match and match["zone"] else zone)
    except ValueError:
        raise BadValue("has a time of day that cannot be read") from None


def _offset(text: str) -> dt.tzinfo:
    if text.lower() == "z":
        return dt.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return dt.timezone((-1 if text[0] == "-" else 1) * dt.timedelta(minutes=minutes))


def _boolean(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise BadValue("is neither yes nor no")
    return word in _YES


def _status(text: str) -> str:
    status = status_of(text)
    if status == UNCLEAR:
        raise BadValue("is not active, inactive, paused or retired")
    return status


def _choice(spec: FieldSpec, text: str) -> str:
    value = spec.choices.get(" ".join(text.casefold().replace("-", " ").replace("_", " ").split()))
    if value is None:
        raise BadValue(f"is not one of: {', '.join(dict.fromkeys(spec.choices.values()))}")
    return value


def _zip(text: str) -> str:
    bare = text.removesuffix(".0").partition("-")[0].strip()
    # Spreadsheets store a ZIP code as a number and drop its leading zeros.
    if not re.fullmatch(r"[0-9]{3,5}", bare):
        raise BadValue("is not a ZIP code of five digits")
    return bare.zfill(5)


_READERS: dict[FieldKind, Callable[[str, dt.tzinfo], Any]] = {
    FieldKind.TEXT: lambda text, zone: text,
    FieldKind.WHOLE: lambda text, zone: whole(text),
    FieldKind.MONEY: lambda text, zone: money(text),
    FieldKind.PERCENT: lambda text, zone: _percent(text),
    FieldKind.DATE: day,
    FieldKind.MOMENT: moment,
    FieldKind.BOOLEAN: lambda text, zone: _boolean(text),
    FieldKind.STATUS: lambda text, zone: _status(text),
    FieldKind.ZIP: lambda text, zone: _zip(text),
}
