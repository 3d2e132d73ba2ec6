"""Facts of an item besides its name: prices, dates, places, synonyms. Pure.

Stored as JSON in the format of the documented map (docs/reference/titan-map-json.md): money and percentages are decimal
text, dates `2026-12-31`. `read` validates all facts before they are stored.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from .capacity import DAYS, HOLIDAYS, read_week

PERIODS = ("month", "quarter", "year")
LONGEST, MOST = 200, 500
_PRICES = ("price", "amount_off", "percent_off")
Reader = Callable[[Any], Any]


class FactsRefused(Exception):
    """Raised when a fact is invalid. `name` is the fact; the message is for people and does not repeat the value."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def read(family: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the facts of an item: known names only, empty values removed. Raises FactsRefused."""
    known = _known(facts, OF_FAMILY.get(family, {}))
    if sum(name in known for name in _PRICES) > 1 and family == "offer":
        raise FactsRefused("price", "An offer can have only one of: price, amount off, percentage off.")
    if "starts" in known and "ends" in known and known["starts"] > known["ends"]:
        raise FactsRefused("ends", "It ends before it starts.")
    if "price_to" in known and ("price" not in known or Decimal(known["price"]) > Decimal(known["price_to"])):
        raise FactsRefused("price_to", "A price range needs a lowest price that is not higher.")
    return known


def read_shop(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the facts of a shop. Raises FactsRefused."""
    return _known(facts, SHOP)


def read_hours(hours: Mapping[str, Any]) -> dict[str, Any]:
    """Validate office hours and return them in the form of `BusinessProfile`. Raises FactsRefused."""
    result: dict[str, Any] = {
        day: [list(span) for span in spans] for day, spans in hours.items() if spans and day != HOLIDAYS
    }
    if result and (not set(result) <= set(DAYS) or not read_week(result)):
        raise FactsRefused("hours", "Hours must be ranges such as 07:00 to 18:00 for mon to sun.")
    if named := hours.get(HOLIDAYS):
        result[HOLIDAYS] = read_holidays(named)
    return result


def read_holidays(named: Any) -> dict[str, str]:
    """Validate holidays by day, `{"2026-12-25": "Christmas Day"}`, and sort them. Raises FactsRefused."""
    try:
        return {_day(day): name for day, name in sorted(_pairs(named).items())}
    except (TypeError, ValueError):
        raise FactsRefused(HOLIDAYS, "A holiday needs a date such as 2026-12-25 and a name.") from None


def _known(facts: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in facts.items():
        if name not in readers:
            raise FactsRefused(name, "This fact is not supported.")
        if value in (None, "", [], {}):
            continue
        try:
            known[name] = readers[name](value)
        except (TypeError, ValueError, InvalidOperation):
            raise FactsRefused(name, _WORDS.get(readers[name], "This value is not valid.")) from None
    return dict(sorted(known.items()))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise ValueError
    return " ".join(value.split())


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > MOST:
        raise ValueError
    return list(dict.fromkeys(_text(text) for text in value))


def _money(value: Any) -> str:
    if isinstance(value, bool) or not 0 <= (number := Decimal(str(value))) < 10_000_000:
        raise ValueError
    return str(number.quantize(Decimal("0.01")))


def _percent(value: Any) -> str:
    if isinstance(value, bool) or not 0 <= (number := Decimal(str(value))) <= 100:
        raise ValueError
    return f"{number.normalize():f}"


def _day(value: Any) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _period(value: Any) -> str:
    if value not in PERIODS:
        raise ValueError
    return str(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not 0 <= (number := int(value)) <= 366:
        raise ValueError
    return number


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or not 0 <= (number := int(value)) <= 7 * 24 * 60:
        raise ValueError
    return number


def _week(value: Any) -> dict[str, Any]:
    if HOLIDAYS in value or not read_week(value):
        raise ValueError
    return {day: [list(span) for span in spans] for day, spans in value.items() if spans}


def _zips(value: Any) -> list[str]:
    zips = _texts(value)
    if not all(re.fullmatch(r"[0-9]{5}", text) for text in zips):
        raise ValueError
    return zips


def _ids(value: Any) -> list[int]:
    numbers = [int(text) for text in value if not isinstance(text, bool)] if isinstance(value, list | tuple) else []
    if not numbers or len(numbers) > MOST or not all(0 <= number < 2**63 for number in numbers):
        raise ValueError
    return sorted(set(numbers))


def _pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST:
        raise TypeError
    return {_text(wording): _text(meant) for wording, meant in value.items()}


_WORDS: dict[Reader, str] = {
    _text: f"This must be text of at most {LONGEST} characters.",
    _texts: f"This must be a list of at most {MOST} texts.",
    _money: "This must be an amount of 0 or more.",
    _percent: "This must be a percentage from 0 to 100.",
    _day: "This must be a date such as 2026-12-31.",
    _bool: "This must be yes or no.",
    _period: f"This must be one of: {', '.join(PERIODS)}.",
    _count: "This must be a whole number from 0 to 366.",
    _minutes: "This must be a number of minutes, at most a week.",
    _week: "Hours must be ranges such as 07:00 to 18:00 for mon to sun.",
    _zips: "A ZIP code must have five digits.",
    _ids: "This must be a list of ServiceTitan ids.",
    _pairs: "This must map wording on the site to the name it means.",
}
_NAMES: dict[str, Reader] = {"code": _text, "synonyms": _texts}
_SOLD: dict[str, Reader] = {**_NAMES, "advertised": _bool}
#: Facts allowed for each family.
OF_FAMILY: dict[str, dict[str, Reader]] = {
    "job type": {**_SOLD, "business_unit_ids": _ids},
    "business unit": _SOLD,
    "campaign": {**_SOLD, "category": _text, "starts": _day, "ends": _day},
    "pricebook service": {**_SOLD, "category": _text, "price": _money, "price_to": _money},
    "zone": {
        "code": _text, "cities": _texts, "zips": _zips, "counties": _texts, "neighborhoods": _texts, "synonyms": _texts,
    },
    "membership": {
        **_NAMES, "price": _money, "price_to": _money, "period": _period, "discount_percent": _percent,
        "visits_per_year": _count,
    },
    "booking provider": {"code": _text},
    "offer": {
        **_NAMES, "price": _money, "amount_off": _money, "percent_off": _percent, "free": _bool, "service": _text,
        "audience": _text, "starts": _day, "ends": _day,
    },
}  # fmt: skip
SHOP: dict[str, Reader] = {
    "phones": _texts,
    "tracking_phones": _texts,
    "retired_phones": _texts,
    "emergency_phone": _text,
    "addresses": _texts,
    "licenses": _texts,
    "synonyms": _pairs,
    "emergency_service": _bool,
    "emergency_hours": _week,
    "emergency_response_minutes": _minutes,
    "emergency_surcharge": _money,
    "financing": _bool,
}
LABELS = {
    "price_to": "price to", "amount_off": "amount off", "percent_off": "percent off",
    "discount_percent": "member discount (%)",
    "visits_per_year": "visits a year", "zips": "ZIP codes", "synonyms": "also called",
    "business_unit_ids": "IDs of its business units",
}  # fmt: skip


_SHOWN_DAYS = ("starts", "ends")


def _day_for_people(text: str) -> str:
    stored = date.fromisoformat(text)
    return f"{stored:%b} {stored.day}, {stored.year}"


def shown(facts: Mapping[str, Any], *, day: Callable[[str], str] = _day_for_people) -> list[tuple[str, str]]:
    """Return facts as label and text, for display. With `day=str`, for machines: days as they are stored."""
    return [
        (LABELS.get(name, name), day(value) if name in _SHOWN_DAYS else _as_text(value))
        for name, value in facts.items()
    ]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
