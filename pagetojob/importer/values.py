"""Parsing of cell text to JSON-compatible values. Pure.

Money and percentages become decimal text, dates `2026-10-31`, times UTC in ISO format, whole numbers int64, phone
numbers E.164, ZIP codes five digits, and statuses the words of `review.STATUSES`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers

from .fields import FieldKind, FieldSpec
from .review import LARGEST_ID, UNCLEAR, status_of, tidy

LARGEST_MONEY = Decimal(10) ** 12
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%Y/%m/%d")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p")
_MONEY = re.compile(r"\$?\s*(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d{1,6})?")
_WHOLE = re.compile(r"[0-9]{1,19}(?:\.0+)?")
_BETWEEN = re.compile(r"[;|\n\r]+|,(?!\s*[A-Z]{2}\b(?!\s*[a-z]))|\s/\s")
_TRUE = frozenset({"yes", "y", "true", "t", "1", "on", "active", "x"})
_FALSE = frozenset({"no", "n", "false", "f", "0", "off", "inactive"})
#: Excel serial date, found in exports that lost their date format.
_EXCEL = re.compile(r"[2-6]\d{4}(?:\.\d+)?")


class BadValue(Exception):
    """Raised when a cell cannot be parsed. The message does not repeat the cell."""

    def __init__(self, for_people: str) -> None:
        super().__init__(for_people)
        self.for_people = for_people


def read(spec: FieldSpec, cells: Sequence[str], zone: tzinfo) -> Any:
    """Return the value of a field from its cells: None if all are empty, a list for a field with several values.

    `zone` is the tenant's time zone, used for times without an offset. Raises BadValue.
    """
    filled = [cell for cell in map(tidy_lines, cells) if cell]
    if spec.several:
        parts = [tidy(part) for cell in filled for part in _BETWEEN.split(cell)]
        return list(dict.fromkeys(_parse(spec, part, zone) for part in parts if part))
    return _parse(spec, tidy(filled[0]), zone) if filled else None


def tidy_lines(cell: str) -> str:
    """Tidy each line of a cell; a dash alone counts as empty."""
    text = "\n".join(line for line in map(tidy, cell.splitlines()) if line)
    return "" if text in ("-", "--", "---", "\N{EM DASH}", "\N{EN DASH}") else text


def _parse(spec: FieldSpec, text: str, zone: tzinfo) -> Any:
    if spec.kind is FieldKind.CHOICE:
        return _choice(spec, text)
    if spec.kind is FieldKind.MOMENT:
        return _moment(text, zone)
    value = _READERS[spec.kind](text)
    if isinstance(value, str) and len(value) > spec.longest:
        if spec.cut:
            return f"{value[: spec.longest - 1]}…"
        raise BadValue(f"It has {len(value):,} characters; the limit is {spec.longest}.")
    return value


def _whole(text: str) -> int:
    plain = text.replace(",", "")
    if not _WHOLE.fullmatch(plain) or not 0 < (number := int(plain.partition(".")[0])) <= LARGEST_ID:
        raise BadValue("It must be a whole number that can be an id.")
    return number


def amount(text: str) -> Decimal:
    """Parse an amount of money, such as `$1,234.50`, `(45.00)` or `-45`. Raises BadValue."""
    bare = text.strip()
    negative = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
    bare = bare.removeprefix("-").strip("() ").removeprefix("-").removesuffix("USD").strip()
    if not bare or not any(char.isdigit() for char in bare) or not _MONEY.fullmatch(bare):
        raise BadValue("It must be an amount of money, such as 1,234.50.")
    try:
        value = Decimal(bare.replace("$", "").replace(",", "").strip())
    except InvalidOperation:
        raise BadValue("It must be an amount of money, such as 1,234.50.") from None
    if value >= LARGEST_MONEY:
        raise BadValue("The amount is too large.")
    return -value if negative else value


def _money(text: str) -> str:
    return str(amount(text).quantize(Decimal("0.01")))


def _percent(text: str) -> str:
    value = amount(text.removesuffix("%"))
    if not 0 <= value <= 100:
        raise BadValue("It must be a percentage from 0 to 100.")
    return f"{value.normalize():f}"


def day(text: str) -> date:
    """Parse a date, trying American order first. Raises BadValue."""
    for form in _DAYS:
        try:
            return _plausible(datetime.strptime(text, form).date())  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    if _EXCEL.fullmatch(text):
        return _plausible(date.fromordinal(date(1899, 12, 30).toordinal() + int(float(text))))
    return _plausible(_parsed_moment(text).date())


def _plausible(day: date) -> date:
    if not 1970 <= day.year <= 2100:
        raise BadValue("The year must be between 1970 and 2100.")
    return day


def _moment(text: str, zone: tzinfo) -> str:
    moment = _parsed_moment(text)
    _plausible(moment.date())
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parsed_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _DAYS:
        for clock in ("", *(f" {clock_format}" for clock_format in _CLOCKS)):
            try:
                return datetime.strptime(text, form + clock)  # noqa: DTZ007 - the tenant's zone is added above
            except ValueError:
                continue
    raise BadValue("It must be a date, such as 10/31/2026.")


def _phone(text: str) -> str:
    digits = text.removesuffix(".0")
    try:
        number = phonenumbers.parse(digits, "US")
    except phonenumbers.NumberParseException:
        raise BadValue("It must be a phone number.") from None
    if not phonenumbers.is_possible_number(number):
        raise BadValue("It must be a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _boolean(text: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValue("It must be yes or no.")


def _status(text: str) -> str:
    status = status_of(text)
    if status == UNCLEAR:
        raise BadValue("The status must be active, inactive, paused or retired.")
    return status


def _choice(spec: FieldSpec, text: str) -> str:
    value = spec.choices.get(" ".join(text.casefold().replace("-", " ").replace("_", " ").split()))
    if value is None:
        raise BadValue(f"It must be one of: {', '.join(dict.fromkeys(spec.choices.values()))}.")
    return value


def _zip(text: str) -> str:
    bare = text.removesuffix(".0").partition("-")[0].strip()
    # Spreadsheets store a ZIP code as a number and drop its leading zeros.
    if not re.fullmatch(r"[0-9]{3,5}", bare):
        raise BadValue("A ZIP code must have five digits.")
    return bare.zfill(5)


_READERS: dict[FieldKind, Callable[[str], Any]] = {
    FieldKind.TEXT: str,
    FieldKind.WHOLE: _whole,
    FieldKind.MONEY: _money,
    FieldKind.PERCENT: _percent,
    FieldKind.DATE: lambda text: day(text).isoformat(),
    FieldKind.PHONE: _phone,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.STATUS: _status,
    FieldKind.ZIP: _zip,
}


def formula_safe(cells: Iterable[object]) -> list[str]:
    """Return cells for a CSV that people open in a spreadsheet, with an apostrophe before possible formulas."""
    texts = ["" if cell is None else str(cell) for cell in cells]
    return [
        f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text[:1] in ("\t", "\r", "\n") else text
        for text in texts
    ]
