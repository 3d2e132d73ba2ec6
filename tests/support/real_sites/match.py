"""Decide whether an extracted fact and a label mean the same. The rules follow the README of the labeled pages."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drift.reading.facts import Fact, Kind
from drift.reading.guide import stems
from drift.reading.services import keys_of

Label = Mapping[str, Any]
_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "and",
        "or",
        "with",
        "on",
        "in",
        "to",
        "your",
        "our",
        "any",
        "all",
        "per",
        "off",
        "from",
        "service",
        "services",
        "get",
        "save",
        "new",
    ]
)
_DAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_SPANS = re.compile(r"(?P<days>daily|24/7|[a-z]{3}(?:-[a-z]{3})?(?:,\s?[a-z]{3}(?:-[a-z]{3})?)*)\s?(?P<span>[^;]*)")


def same(label: Label, fact: Fact) -> bool:
    """Return whether a fact of the label's kind has its value."""
    return _RULES[fact.kind](label, fact)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _plain(text: str) -> str:
    words = re.sub(r"[^a-z0-9 ]", "", text.lower().replace("-", " ")).split()
    return " ".join({"saint": "st", "mount": "mt", "fort": "ft"}.get(word, word) for word in words)


def _words(text: str) -> frozenset[str]:
    return frozenset(stems(" ".join(word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _SMALL)))


def _phone(label: Label, fact: Fact) -> bool:
    return _digits(label["value"])[-10:] == _digits(fact.value)[-10:]


def _text(label: Label, fact: Fact) -> bool:
    return bool(label["value"].lower() == fact.value.lower())


def _city(label: Label, fact: Fact) -> bool:
    name = label["value"].rpartition(",")[0] or label["value"]
    mine, theirs = _plain(fact.value), _plain(name)
    return mine == theirs or mine.removesuffix(" county") == theirs.removesuffix(" county")


def prices_of(label: Label) -> set[Decimal]:
    return {Decimal(part) for part in str(label.get("price", "")).split("-") if part}


def _price(label: Label, fact: Fact) -> bool:
    return fact.price in prices_of(label)


def has_name(label: Label, fact: Fact) -> bool:
    """Return whether a price has the right name too."""
    return bool(_words(label["value"]) & _words(fact.value))


def _offer(label: Label, fact: Fact) -> bool:
    percent = label.get("percent")
    if percent is not None:
        is_equal = fact.percent == Decimal(str(percent))
    elif label.get("price"):
        is_equal = fact.price in prices_of(label)
    else:
        is_equal = fact.percent is None and not fact.price
    return is_equal and _shares(label, fact)


def _shares(label: Label, fact: Fact) -> bool:
    wanted = {word for word in _words(label["value"]) if not word[0].isdigit()}
    return not wanted or bool(wanted & _words(f"{fact.value} {fact.quote} {fact.heading}"))


def _membership(label: Label, fact: Fact) -> bool:
    generic = _words("plan program membership maintenance club agreement")
    wanted, given = _words(label["value"]), _words(fact.value)
    is_named = bool((wanted - generic) & (given - generic)) if wanted - generic and given - generic else True
    return is_named and (not label.get("price") or fact.price in prices_of(label))


def _service(label: Label, fact: Fact) -> bool:
    wanted, given = _words(label["value"]), _words(fact.value)
    if wanted and given and (wanted <= given or given <= wanted):
        return True
    return bool(keys_of(label["value"]) & keys_of(fact.value))


def days_of(value: str) -> set[str]:
    """Return `mon 08:00-16:30` for each open day of a label; closed days are left out."""
    days: set[str] = set()
    for match in _DAY_SPANS.finditer(value.lower()):
        if match["days"] in ("24/7", "daily"):
            names, span = _DAYS, "00:00-24:00" if match["days"] == "24/7" else match["span"].strip()
        else:
            names, span = tuple(_named_days(match["days"])), match["span"].strip()
        if re.match(r"\d\d:\d\d-\d\d:\d\d", span):
            days |= {f"{day} {span}" for day in names}
    return days


def _named_days(text: str) -> list[str]:
    names: list[str] = []
    for part in re.split(r",\s?", text):
        first, _, last = part.partition("-")
        if first in _DAYS and (last or first) in _DAYS:
            names += _DAYS[_DAYS.index(first) : _DAYS.index(last or first) + 1]
    return names


def _hours(label: Label, fact: Fact) -> bool:
    return fact.value in days_of(label["value"]) or fact.value.endswith(" closed")


def _license(label: Label, fact: Fact) -> bool:
    wanted, given = (re.sub(r"[^A-Z0-9]", "", text.upper()) for text in (label["value"], fact.value))
    return wanted in given or given in wanted


def _address(label: Label, fact: Fact) -> bool:
    wanted, given = (re.findall(r"[a-z0-9]+", text.lower()) for text in (label["value"], fact.value))
    return wanted[:2] == given[:2] and wanted[0].isdigit()


def _promise(label: Label, fact: Fact) -> bool:
    kinds = [
        {name for name, pattern in _PROMISES.items() if pattern.search(text)}
        for text in (f"{label['value']} {label['quote']}", f"{fact.value} {fact.quote}")
    ]
    return bool(kinds[0] & kinds[1]) or not kinds[0] or not kinds[1]


_PROMISES = {
    "round the clock": re.compile(r"24/7|24[ -]?h|any hour|around the clock|emergency", re.IGNORECASE),
    "fast": re.compile(r"same[ -]day|minute|\d[ -]?hour response|within \d+ hour|next day", re.IGNORECASE),
    "no surcharge": re.compile(r"surcharge|extra charge|overtime|charge extra", re.IGNORECASE),
}


def _financing(label: Label, fact: Fact) -> bool:
    return True


_RULES = {
    Kind.PHONE: _phone, Kind.EMERGENCY_PHONE: _phone, Kind.EMAIL: _text, Kind.AREA_ZIP: _text, Kind.AREA_CITY: _city,
    Kind.PRICE: _price, Kind.OFFER: _offer, Kind.MEMBERSHIP: _membership, Kind.SERVICE: _service, Kind.HOURS: _hours,
    Kind.LICENSE: _license, Kind.ADDRESS: _address, Kind.EMERGENCY_PROMISE: _promise, Kind.FINANCING: _financing,
}  # fmt: skip
