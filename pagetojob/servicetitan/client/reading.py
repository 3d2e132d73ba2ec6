"""Reading JSON of somebody else's: what is missing or odd is None, what cannot be done without is Unreadable. Pure.

Ids come as integers or text, money as text or numbers, enumerations grow, and rows gain fields: none of that is an
error. A number is never read as a float.
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
    """A document or a row that is not what we can use. Says which field, never what stood there."""


def document(body: bytes) -> Any:
    """The JSON document of `body`, numbers with a point as Decimal. Raises Unreadable."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, InvalidOperation):
        raise Unreadable("no JSON") from None


def _no_number(_name: str) -> None:
    raise ValueError("no number")


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` as an object; one that is none counts as empty."""
    return value if isinstance(value, dict) else {}


def whole(value: Any) -> int | None:
    """An int64, given as a number or as text."""
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
    """The int64s of a list; what is none is left out."""
    found = map(whole, value if isinstance(value, list) else [])
    return tuple(number for number in found if number is not None)


def money(value: Any) -> Decimal | None:
    """An amount, given as text or as a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = value.strip() if isinstance(value, str) else format(value, "f") if _is_small(value) else ""
    return Decimal(text) if _MONEY.fullmatch(text) else None


def _is_small(value: int | Decimal) -> bool:
    """Whether writing it out is safe: 1e999999 is short as JSON and a megabyte as digits."""
    return abs(value) < 10**15 if isinstance(value, int) else value.is_finite() and -20 < value.adjusted() < 15


def moment(value: Any) -> datetime | None:
    """A time in UTC. One without a zone is UTC, as all times of this API; the year 1 means "none"."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > 1 else None


def text(value: Any, *, most: int = 4000) -> str:
    """Text of at most `most` characters; empty for anything else. NUL and lone surrogates are dropped."""
    if not isinstance(value, str):
        return ""
    found = value.replace("\0", "")[:most]
    return found if found.isascii() else found.encode("utf-8", "ignore").decode("utf-8")


def texts(value: Any, *, most: int = 500) -> tuple[str, ...]:
    """The texts of a list; what is empty or no text is left out."""
    return tuple(filter(None, (text(one, most=most) for one in (value if isinstance(value, list) else []))))


def flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def needed[T](row: Any, name: str, read: Callable[[Any], T | None]) -> T:
    """A field without which the row is of no use. Raises Unreadable."""
    found = read(mapping(row).get(name))
    if found is None:
        raise Unreadable(f"no {name}")
    return found
