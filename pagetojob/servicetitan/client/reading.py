"""Tolerant parsers for third-party JSON. No I/O.

Missing or odd values become None; a missing required value raises Unreadable. IDs may be integers or text, amounts
text or numbers, and new enum values or fields are not errors. Numbers are never parsed as floats.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_WHOLE = re.compile(r"-?[0-9]{1,19}")
_MONEY = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?")
_INT64 = 2**63


class Unreadable(ValueError):
    """The document or row cannot be used. The message names the field but never its value."""


def document(body: bytes) -> Any:
    """Parse `body` as JSON, with decimal numbers as Decimal. Raises Unreadable."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, InvalidOperation):
        raise Unreadable("no JSON") from None


def _no_number(_name: str) -> None:
    raise ValueError("no number")


def mapping(value: Any) -> Mapping[str, Any]:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def whole(value: Any) -> int | None:
    """Parse an int64 from a number or from text."""
    if value is None:
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value) < _INT64 and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_INT64 <= value < _INT64 else None


def wholes(value: Any) -> tuple[int, ...]:
    """Return the int64s of a list and skip everything else."""
    numbers = map(whole, value if isinstance(value, list) else [])
    return tuple(number for number in numbers if number is not None)


def money(value: Any) -> Decimal | None:
    """Parse an amount from text or from a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = value.strip() if isinstance(value, str) else format(value, "f") if _is_small(value) else ""
    return Decimal(text) if _MONEY.fullmatch(text) else None


def _is_small(value: int | Decimal) -> bool:
    """Return True if formatting the value is safe: 1e999999 is short in JSON but has a megabyte of digits."""
    return abs(value) < 10**15 if isinstance(value, int) else value.is_finite() and -20 < value.adjusted() < 15


def moment(value: Any) -> datetime | None:
    """Parse a time to UTC. Times without a zone are UTC in this API; the year 1 means "none"."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.year > 1 else None


def text(value: Any, *, most: int = 4000) -> str:
    """Return text of at most `most` characters without NUL and lone surrogates; empty for other types."""
    if not isinstance(value, str):
        return ""
    cleaned = value.replace("\0", "")[:most]
    return cleaned if cleaned.isascii() else cleaned.encode("utf-8", "ignore").decode("utf-8")


def texts(value: Any) -> tuple[str, ...]:
    """Return the non-empty texts of a list, of at most 500 characters each."""
    return tuple(filter(None, (text(item, most=500) for item in (value if isinstance(value, list) else []))))


def flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def needed[T](row: Any, name: str, read: Callable[[Any], T | None]) -> T:
    """Parse a required field of a row. Raises Unreadable if it is missing."""
    value = read(mapping(row).get(name))
    if value is None:
        raise Unreadable(f"no {name}")
    return value
