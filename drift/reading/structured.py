"""Extract facts from JSON-LD, microdata and RDFa. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from pagetojob.platform.phones import north_american

from .blocks import Page
from .contacts import address_text, addresses_in
from .facts import Fact, Kind, shortened
from .hours import CLOSED, spans
from .places import is_region, state_code, states_of
from .services import Lexicon
from .town_names import STATE_LAST, TownNames
from .vocabulary import topic

_WORDS = topic("structured")
LARGEST = 400_000
DEEPEST = 40
MOST_NODES = 5_000
_STRAY = re.compile(r",(?=\s{0,200}[}\]])")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_PARTS = re.compile(r"\s*[;|\n\u2022]\s*|,\s*+(?![A-Z]{2}\b)|\s(?:and|&)\s(?!surrounding|nearby)")
_ZIP_AFTER = re.compile(r"(?<=[A-Za-z.]),?\s\d{5}(?:-\d{4})?$")
_TOWNS = TownNames(Lexicon(), frozenset())
_AREA_PROPS = ("name", "addressLocality", "postalCode")
_ADDRESS_PROPS = ("streetAddress", "addressLocality", "addressRegion", "postalCode")
#: An address that no one has filled in. The hours of such a shop are not real either.
_TEMPLATE = re.compile(r"\b(?:00000|anytown|your city)\b", re.IGNORECASE)
_EMERGENCY = topic("phones").emergency
_SECONDS = re.compile(r"(?<=:\d\d):.*")


def structured(page: Page) -> Iterator[Fact]:
    """Yield facts of JSON-LD scripts, then of microdata and RDFa properties."""
    for element, script in page.data:
        for node in islice(_nodes(tolerant(script)), MOST_NODES):
            for fact in _of_node(node):
                yield replace(fact, quote=_around(fact.quote, script), selector=element.selector)
    properties: dict[str, Any] = {}
    for name, value, _ in page.props:
        properties.setdefault(name, []).append(value)
    for fact in _of_node(properties | {"address": properties}):
        element = next(element for _, value, element in page.props if fact.quote in value)
        quote = shortened(fact.quote)
        yield replace(fact, quote=quote, selector=element.selector, place=element.region, confidence=0.92)


def _stated(kind: Kind, value: str, quote: str, **more: Any) -> Fact:
    return Fact(kind, value, quote, "", 0.93, place="data", **more)


def _around(text: str, script: str) -> str:
    at = max(0, script.find(json.dumps(text, ensure_ascii=False)[1:-1]))
    return shortened(script[max(0, at - 60) : at + len(text) + 60], 60)


def tolerant(script: str) -> Any:
    """Parse a JSON-LD script, tolerating common mistakes. Returns None if that fails."""
    text = _WRAPPING.sub("", _WRAPPING.sub("", script[: LARGEST + 1]).strip().rstrip(";"))
    for attempt in (text, _STRAY.sub("", text), "[" + re.sub(r"}\s{0,200}{", "},{", text) + "]"):
        try:
            return json.loads(attempt, strict=False, parse_constant=lambda _: None) if len(text) <= LARGEST else None
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the objects of a value that are about the shop, outer ones first."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)
    elif isinstance(value, dict) and _WORDS.other_types.isdisjoint(_texts(value.get("@type"))):
        if not _TEMPLATE.search(" ".join(_area_names(value.get("address")))):
            yield value
        for name, inner in value.items():
            if name not in _WORDS.others:
                yield from _nodes(inner, depth + 1)


def _of_node(node: dict[str, Any]) -> Iterator[Fact]:
    types = _texts(node.get("@type"))
    labels = f"{node.get('contactType', '')} {node.get('name', '') if 'ContactPoint' in types else ''}"
    phone_kind = Kind.EMERGENCY_PHONE if _EMERGENCY.search(labels) else Kind.PHONE
    for typed in _texts(node.get("telephone")):
        if number := north_american(typed):
            yield _stated(phone_kind, number, typed)
    for typed in _texts(node.get("email")):
        if "@" in typed:
            yield _stated(Kind.EMAIL, typed.removeprefix("mailto:").strip().lower(), typed)
    for address in _list(node.get("address")):
        yield from _address(address)
    for area in _list(node.get("areaServed")) + _list(node.get("serviceArea")):
        yield from _area(area)
    yield from _hours(node)
    if "Service" in types or node.get("serviceType"):
        for name in _texts(node.get("serviceType")) or _texts(node.get("name")):
            yield _stated(Kind.SERVICE, name[:100], name)
    if "Offer" in types:
        yield from _offer(node)


def _offer(node: dict[str, Any]) -> Iterator[Fact]:
    item = node.get("itemOffered")
    name = next(iter(_texts(node.get("name")) or _texts(item.get("name") if isinstance(item, dict) else item)), "")
    price = str(node.get("price")).replace(",", "").strip(" $")
    ends = node.get("priceValidUntil") or node.get("validThrough")
    if isinstance(item, str):
        yield _stated(Kind.SERVICE, item[:100], item)
    if not name or not re.fullmatch(r"\d{1,7}(?:\.\d{1,4})?", price) or not Decimal(price):
        return
    if not ends:
        yield _stated(Kind.PRICE, name[:120], name, price=Decimal(price))
    else:
        yield _stated(Kind.OFFER, name[:120], name, price=Decimal(price), expires=_day(ends), detail={"form": "price"})


def _address(address: Any) -> Iterator[Fact]:
    if isinstance(address, dict):
        part = {name: texts[0] for name in _ADDRESS_PROPS if (texts := _texts(address.get(name)))}
        if "addressLocality" in part and any(map(str.isdigit, part.get("streetAddress", ""))):
            street, town, region, code = (part.get(name, "") for name in _ADDRESS_PROPS)
            yield _stated(Kind.ADDRESS, address_text(street, town, state_code(region) or region, code), street)
    elif isinstance(address, str):
        lines = ", ".join(address.splitlines())
        yield from (_stated(Kind.ADDRESS, value, address) for value, _, _ in addresses_in(lines))


def _area(area: Any) -> Iterator[Fact]:
    is_of_state = isinstance(area, dict) and "State" in _texts(area.get("@type"))
    for text in _area_names(area):
        for at, part in enumerate(_ZIP_AFTER.sub("", part).strip() for part in _PARTS.split(text[:2000])):
            stated = STATE_LAST.search(part)
            name, state = _TOWNS.named(part), state_code(stated[1]) if stated else ""
            known, place = states_of(name), STATE_LAST.sub("", part) if "," in part else part
            if name and "," not in place and not (state in known if state else known):
                name, state = place, state if "," in part else ""  # "West Michigan", "Central Coast, CA"
            if re.fullmatch(r"\d{5}", part):
                yield _stated(Kind.AREA_ZIP, part, part)
            elif name and not is_region(name) and not ((at or is_of_state) and state_code(name)):  # "Buffalo, New York"
                yield _stated(Kind.AREA_CITY, name, part, detail={"state": state} if state else {})


def _area_names(area: Any) -> list[str]:
    """Return the names of an area: a text, or a place with a name, a town, a ZIP code, an address or places inside."""
    area = area if isinstance(area, dict) else {"name": area}
    inside = [area, *_list(area.get("address")), *_list(area.get("containsPlace"))]
    places = [place if isinstance(place, dict) else {"name": place} for place in inside]
    return [text for place in places for prop in _AREA_PROPS for text in _texts(place.get(prop))]


def _hours(node: dict[str, Any]) -> Iterator[Fact]:
    texts = [(typed[:500].title(), typed) for typed in _texts(node.get("openingHours"))]
    for spec in _list(node.get("openingHoursSpecification")):
        if isinstance(spec, dict) and not (spec.get("validFrom") or spec.get("validThrough")):
            opens, closes = (_SECONDS.sub("", str(spec.get(name))) for name in ("opens", "closes"))
            times = CLOSED if opens == closes == "00:00" else f"{opens}-{'24:00' if closes == '00:00' else closes}"
            texts += [(f"{day.rpartition('/')[2]} {times}", day) for day in _texts(spec.get("dayOfWeek"))]
    for text, typed in texts:
        for days, opening, _ in spans(text.replace("23:59", "24:00")):
            yield from (_stated(Kind.HOURS, f"{day} {opening}", typed) for day in days)


def _texts(value: Any) -> list[str]:
    """Return the texts and numbers of a value or a list of them."""
    given = [inner for inner in _list(value) if isinstance(inner, str | int | float) and not isinstance(inner, bool)]
    return [text for inner in given if (text := str(inner).strip())]


def _list(value: Any) -> list[Any]:
    return value[:500] if isinstance(value, list) else [] if value is None else [value]


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
