"""Parse the documented JSON form of a Titan Map. Unknown names are errors, because they are usually typos. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pagetojob.platform.phones import north_american
from pagetojob.platform.strict_json import BadJson, loads, pointer

from .map_errors import BadMap
from .map_types import DAYS, PAUSED, PERIODS, SCHEMA, ZONE_STATES, Binding, Item, Membership, Offer, TitanMap, Zone

DEEPEST = 10
LONGEST_NAME = 200
LONGEST_INTRO = 20_000
MOST_POSITION = 32_767
MINUTES_OF_A_WEEK = 7 * 24 * 60
_CLOCK = re.compile(r"(?:[01]?\d|2[0-4]):[0-5]\d")
_ROLES = (
    "job_type", "business_unit", "campaign", "zone", "pricebook_service", "booking_provider", "offer", "membership",
)  # fmt: skip
Reader = Callable[[Any, str], Any]


def read_map(data: bytes) -> TitanMap:
    """Parse a Titan Map from its JSON form. Raises BadMap with the place of the error."""
    try:
        value = loads(data, deepest=DEEPEST)
    except BadJson as error:
        raise BadMap(str(error).replace("The body", "The map"), error.pointer or "") from None
    if not isinstance(value, dict):
        raise BadMap("A Titan Map is a JSON object.", "#")
    if value.get("schema") != SCHEMA:
        raise BadMap(f"“schema” must be “{SCHEMA}”.", "#/schema")
    parts = _object(_PARTS)({name: part for name, part in value.items() if name != "schema"}, "#")
    tenant = parts.pop("tenant", {})
    for name in _NOT_COMPARED:
        _names_once(name, [item["name"] for item in parts.pop(name, ()) if isinstance(item, dict)])
    built = TitanMap(name=tenant.get("name", ""), **parts)
    _check_names(built)
    return built


def _object(fields: Mapping[str, Reader], needed: Mapping[str, str] | None = None) -> Reader:
    """Return a reader of objects with these fields. `needed` maps required ones to the reason."""

    def reader(value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadMap("This must be an object.", where)
        for name in value:
            if name not in fields:
                known = ", ".join(fields)
                raise BadMap(f"This name is not known. Known names: {known}.", where + pointer(name)[1:])
        for name, why in (needed or {}).items():
            if name not in value:
                raise BadMap(f"“{name}” is missing: {why}", where)
        given = {name: inner for name, inner in value.items() if inner is not None}
        return {name: fields[name](inner, where + pointer(name)[1:]) for name, inner in given.items()}

    return reader


def _checked(sentence: str, accepts: Callable[[Any], bool], made: Callable[[Any], Any] | None = None) -> Reader:
    """Return a reader of values that pass a check, as they are or as `made` turns them."""

    def reader(value: Any, where: str) -> Any:
        if not accepts(value):
            raise BadMap(sentence, where)
        return made(value) if made else value

    return reader


def _whole(most: int) -> Reader:
    sentence = f"This must be a whole number from 0 to {most:,}."
    return _checked(sentence, lambda value: type(value) is int and 0 <= value <= most)


def _choice(*words: str) -> Reader:
    return _checked(f"This must be one of: {', '.join(words)}.", lambda value: value in words)


def _matching(sentence: str, pattern: str) -> Reader:
    return _checked(sentence, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None)


_bool = _checked("This must be true or false.", lambda value: isinstance(value, bool))
_identity = _checked("An id must be a whole number or a text.", lambda value: type(value) in {int, str})
_prose = _checked(
    f"This must be a text of at most {LONGEST_INTRO:,} characters.",
    lambda value: isinstance(value, str) and len(value) <= LONGEST_INTRO,
)
_phone = _checked(
    "This must be a North American phone number like “(602) 555-0142”.",
    lambda value: isinstance(value, str) and bool(north_american(value)),
    north_american,
)
_zip = _matching("A ZIP code must be a text of five digits.", r"\d{5}")
_path = _matching("A page path must start with “/”.", r"(?s)/.*")
_season_day = _matching(
    "A day of the year must be a text like “06-01”.", r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))?"
)


def _list(read: Reader) -> Reader:
    def reader(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadMap("This must be a list.", where)
        return tuple(read(inner, f"{where}/{place}") for place, inner in enumerate(value))

    return reader


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadMap("This must be a non-empty text.", where)
    if len(value) > LONGEST_NAME:
        raise BadMap(f"This text has more than {LONGEST_NAME} characters.", where)
    return " ".join(value.split())


def _any_text(value: Any, where: str) -> str:
    return "" if value == "" else _text(value, where)


def _number(value: Any, where: str) -> Decimal:
    number = _decimal(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if number is None or not 0 <= number < 10_000_000:
        raise BadMap("This must be an amount of 0 or more, as a number or as text like “89.00”.", where)
    return number


def _decimal(value: str | float) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _percent(value: Any, where: str) -> Decimal:
    number = _number(value, where)
    if number > 100:
        raise BadMap("This must be a percentage from 0 to 100.", where)
    return number


def _date(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadMap("This must be a day like “2026-12-31”.", where) from None


def _span(value: Any, where: str) -> tuple[str, str]:
    if not (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(end, str) and _CLOCK.fullmatch(end) for end in value)
    ):
        raise BadMap("A span of hours must be two times like [“07:00”, “18:00”].", where)
    return value[0].zfill(5), value[1].zfill(5)


def _synonyms(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadMap("Synonyms must be an object that maps words of the site to the name of the item.", where)
    return {
        _text(site_words, where): _text(name, where + pointer(site_words)[1:]) for site_words, name in value.items()
    }


def _holidays(value: Any, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadMap("Holidays must be an object that maps a day like “2026-12-25” to its name.", where)
    return {_date(day, where).isoformat(): _text(name, where + pointer(day)[1:]) for day, name in value.items()}


_NAMED = {"name": "every item needs one."}
_KNOWN: dict[str, Reader] = {"name": _text, "id": _identity, "code": _text, "active": _bool, "detail": _any_text}
_ITEM: dict[str, Reader] = {**_KNOWN, "synonyms": _list(_text), "advertised": _bool}
_JOB_TYPE: dict[str, Reader] = {**_ITEM, "business_unit_ids": _list(_whole(2**63 - 1))}
_DATED = {**_ITEM, "category": _text, "starts": _date, "ends": _date}
_PRICED = {**_ITEM, "category": _text, "price": _number, "price_to": _number}
_ZONE: dict[str, Reader] = {
    **_KNOWN, "state": _choice(*ZONE_STATES), "cities": _list(_text), "zips": _list(_zip), "counties": _list(_text),
    "neighborhoods": _list(_text), "synonyms": _list(_text),
}  # fmt: skip
_BENEFITS = _object({"discount_percent": _percent, "visits_per_year": _whole(366)})
_MEMBERSHIP: dict[str, Reader] = {
    **_KNOWN, "price": _number, "price_to": _number, "period": _choice(*PERIODS), "benefits": _BENEFITS,
    "synonyms": _list(_text),
}  # fmt: skip
_OFFER: dict[str, Reader] = {
    **_KNOWN, "price": _number, "amount_off": _number, "percent_off": _percent, "free": _bool, "service": _text,
    "starts": _date, "ends": _date, "synonyms": _list(_text), "audience": _text,
}  # fmt: skip
_BINDING: dict[str, Reader] = {
    "page_path": _path, "slug": _text, "label": _any_text, "version": _whole(366),
    "kind": _choice("service", "area", "offer", "campaign"), "headline": _any_text, "intro": _prose,
    **dict.fromkeys(_ROLES, _text),
}  # fmt: skip
_CALLS = ("call now", "request", "scheduler")
_RULE: dict[str, Reader] = {
    "name": _text, "position": _whole(MOST_POSITION), "page": _any_text,
    "urgency": _choice("", "emergency", "soon", "flexible"),
    "hours": _choice("", "open", "after hours"), "zone_state": _choice("", *ZONE_STATES),
    "day_kind": _choice("", "holiday", "no holiday"), "season_from": _season_day, "season_to": _season_day,
    "primary": _choice(*_CALLS), "secondary": _choice("", *_CALLS), "needs_review": _bool, "sentence": _text,
    "active": _bool,
}  # fmt: skip
_RULE_NEEDS = {
    "name": "every rule needs one.", "primary": "a rule chooses a call to action.",
    "sentence": "it explains the rule to visitors.",
}  # fmt: skip
#: Fields of an item that are parsed but not compared.
_APART = ("id", "code", "detail", "category", "business_unit_ids")


def _item(family: str, fields: Mapping[str, Reader]) -> Reader:
    def reader(value: Any, where: str) -> Item:
        values = _object(fields, _NAMED)(value, where)
        _check_range(values, where)
        return Item(family, **{name: entry for name, entry in values.items() if name not in _APART})

    return reader


def _check_range(values: Mapping[str, Any], where: str) -> None:
    if "price_to" in values and ("price" not in values or values["price"] > values["price_to"]):
        raise BadMap("A range needs a price that is not higher than “price_to”.", f"{where}/price_to")


def _zone(value: Any, where: str) -> Zone:
    values = _object(_ZONE, _NAMED)(value, where)
    if not values.pop("active", True):
        values["state"] = PAUSED
    return Zone(**{name: entry for name, entry in values.items() if name not in _APART})


def _membership(value: Any, where: str) -> Membership:
    values = _object(_MEMBERSHIP, _NAMED)(value, where)
    _check_range(values, where)
    benefits = values.pop("benefits", {})
    return Membership(**{name: entry for name, entry in values.items() if name not in _APART}, **benefits)


def _offer(value: Any, where: str) -> Offer:
    values = _object(_OFFER, _NAMED)(value, where)
    if sum(name in values for name in ("price", "amount_off", "percent_off")) > 1:
        raise BadMap("An offer can have only one of price, amount_off and percent_off.", where)
    return Offer(**{name: entry for name, entry in values.items() if name not in _APART})


def _binding(value: Any, where: str) -> Binding:
    values = _object(_BINDING, {"page_path": "a binding needs a page."})(value, where)
    return Binding(values["page_path"], {role: values[role] for role in _ROLES if role in values})


_WEEK = _object(dict.fromkeys(DAYS, _list(_span)))
_PARTS: dict[str, Reader] = {
    "tenant": _object({"name": _text, "time_zone": _text}),
    "job_types": _list(_item("job type", _JOB_TYPE)),
    "business_units": _list(_item("business unit", _ITEM)),
    "campaigns": _list(_item("campaign", _DATED)),
    "pricebook_services": _list(_item("pricebook service", _PRICED)),
    "zones": _list(_zone),
    "memberships": _list(_membership),
    "offers": _list(_offer),
    "phones": _list(_phone),
    "tracking_phones": _list(_phone),
    "retired_phones": _list(_phone),
    "emergency_phone": _phone,
    "addresses": _list(_text),
    "hours": _WEEK,
    "holidays": _holidays,
    "licenses": _list(_text),
    "booking_providers": _list(_object(_KNOWN, _NAMED)),
    "page_bindings": _list(_binding),
    "capacity_rules": _list(_object(_RULE, _RULE_NEEDS)),
    "synonyms": _synonyms,
    "emergency_service": _bool,
    "emergency_hours": _WEEK,
    "emergency_response_minutes": _whole(MINUTES_OF_A_WEEK),
    "emergency_surcharge": _number,
    "financing": _bool,
}


#: Parts that the database map holds and that are not compared with pages.
_NOT_COMPARED = ("holidays", "booking_providers", "capacity_rules")


def _names_once(part: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name.casefold() in seen:
            raise BadMap(f"“{name}” occurs twice in {part}.", f"#/{part}/{place}/name")
        seen.add(name.casefold())


def _check_names(built: TitanMap) -> None:
    """Check that names are unique within a family, and that bindings name existing items."""
    families: dict[str, tuple[Any, ...]] = {
        "job_types": built.job_types, "business_units": built.business_units, "campaigns": built.campaigns,
        "pricebook_services": built.pricebook_services, "zones": built.zones, "memberships": built.memberships,
        "offers": built.offers,
    }  # fmt: skip
    for family, items in families.items():
        _names_once(family, [item.name for item in items])
    for place, binding in enumerate(built.page_bindings):
        for role, name in binding.mapped.items():
            family = f"{role}s"
            if family in families and families[family] and not any(item.name == name for item in families[family]):
                raise BadMap(f"No item of {family} has the name “{name}”.", f"#/page_bindings/{place}/{role}")
