"""Extract facts from JSON-LD, microdata and RDFa. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pagetojob.platform.phones import north_american

from .blocks import Element, Page
from .contacts import address_text
from .facts import Fact, Kind, shortened
from .hours import CLOSED, DAYS, days_between, parse_hours
from .places import CODES, is_region, state_code
from .vocabulary import word_set

LARGEST = 400_000
DEEPEST = 40
MOST_NODES = 5_000
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_STRAY = re.compile(r",(?=\s{0,200}[}\]])")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$"
)
_OTHERS = word_set("structured", "others")
_OTHER_TYPES = word_set("structured", "other_types")
_PLACE = re.compile(
    r"(?:(?:City|Town|Village) of )?(?!US$|USA$|United States$)([A-Z\u00c0-\u00de][A-Za-z\u00c0-\u00ff'. -]{2,40}?)"
    r"(?:,\s?([A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?))?"
)
_PARTS = re.compile(r"\s*[;|\n\u2022]\s*|,\s*(?![A-Z]{2}\b)|\s(?:and|&)\s(?!surrounding|nearby)")
_ZIP_AFTER = re.compile(r"(?<=[A-Za-z.]),?\s\d{5}(?:-\d{4})?$")
#: "Greater Phoenix area": the town within a name of its surroundings.
_AROUND = re.compile(
    r"^(?:the |and )*(?:greater |metro |downtown )|"
    r"(?:,? (?:and|&) (?:the )?(?:surrounding|nearby)\b.*| metro(?:politan)?(?: area)?| area)$",
    re.IGNORECASE,
)
_ADDRESS_PROPS = ("streetAddress", "addressLocality", "addressRegion", "postalCode")
_EMERGENCY = re.compile(r"emergency|24/7|24[ -]hours?|after[ -]hours", re.IGNORECASE)
_DAY_CODES = [day[:2] for day in DAYS]


@dataclass(frozen=True, slots=True)
class _Statement:
    kind: Kind
    value: str
    near: str
    price: Decimal | None = None
    expires: date | None = None
    detail: dict[str, str] = field(default_factory=dict)


def structured(page: Page) -> Iterator[Fact]:
    """Yield facts of JSON-LD scripts, then of microdata and RDFa properties."""
    for element, script in page.data:
        value = tolerant(script)
        for statement in _of_nodes(value):
            yield _fact(statement, element, script)
    yield from _of_props(page)


def _fact(statement: _Statement, element: Element, script: str) -> Fact:
    at = max(0, script.find(json.dumps(statement.near, ensure_ascii=False)[1:-1]))
    quote = shortened(script[max(0, at - 60) : at + len(statement.near) + 60], 60)
    return Fact(
        statement.kind, statement.value, quote, element.selector, 0.93,
        price=statement.price, expires=statement.expires, place="data", detail=statement.detail,
    )  # fmt: skip


def tolerant(script: str) -> Any:
    """Parse a JSON-LD script, tolerating common mistakes. Returns None if that fails."""
    text = _WRAPPING.sub("", script[: LARGEST + 1]).strip().rstrip(";")
    text = _WRAPPING.sub("", text)
    if not text or len(text) > LARGEST or _too_deep(text):
        return None
    for attempt in (text, _STRAY.sub("", text), "[" + re.sub(r"}\s{0,200}{", "},{", text) + "]"):
        try:
            return json.loads(attempt, strict=False, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            continue
    return None


def _too_deep(text: str) -> bool:
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token.group()[0]
        depth += (first in "[{") - (first in "]}")
        if depth > DEEPEST:
            return True
    return False


def _of_nodes(value: Any) -> Iterator[_Statement]:
    stack, seen = [value], 0
    while stack and seen < MOST_NODES:
        seen += 1
        node = stack.pop(0)
        if isinstance(node, list):
            stack = node[:MOST_NODES] + stack
        elif isinstance(node, dict):
            types = set(_texts(node.get("@type")))
            if types & {"BlogPosting", "Article", "NewsArticle", "Review", "Person"}:
                continue
            if not types & _OTHER_TYPES and not _is_template(node):
                yield from _of_node(node, types)
            stack = [
                inner for name, inner in node.items() if name not in _OTHERS and isinstance(inner, dict | list)
            ] + stack


def _of_node(node: dict[str, Any], types: set[str]) -> Iterator[_Statement]:
    labels = f"{node.get('contactType', '')} {node.get('name', '') if 'ContactPoint' in types else ''}"
    phone_kind = Kind.EMERGENCY_PHONE if _EMERGENCY.search(labels) else Kind.PHONE
    for typed in _texts(node.get("telephone")):
        if number := north_american(typed):
            yield _Statement(phone_kind, number, typed)
    for typed in _texts(node.get("email")):
        yield from _of_prop("email", typed)
    for address in _list(node.get("address")):
        yield from _address(address)
    for area in _list(node.get("areaServed")) + _list(node.get("serviceArea")):
        yield from _area(area)
    yield from _hours(node)
    if "Service" in types or node.get("serviceType"):
        for name in _texts(node.get("serviceType")) or _texts(node.get("name")):
            yield _Statement(Kind.SERVICE, name[:100], name)
    if "Offer" in types:
        yield from _offer(node)


def _offer(node: dict[str, Any]) -> Iterator[_Statement]:
    item, own_names = node.get("itemOffered"), _texts(node.get("name"))
    item_names = _texts(item.get("name") if isinstance(item, dict) else item)
    name = next(iter(own_names or item_names), "")
    price, ends = _decimal(node.get("price")), node.get("priceValidUntil") or node.get("validThrough")
    if isinstance(item, str) or (isinstance(item, dict) and not item.get("@type")):
        yield from (_Statement(Kind.SERVICE, service[:100], service) for service in item_names)
    if not name or price is None or price <= 0:
        return
    if not ends:
        yield _Statement(Kind.PRICE, name[:120], name, price=price)
    else:
        yield _Statement(Kind.OFFER, name[:120], name, price=price, expires=_day(ends), detail={"form": "price"})


def _address(address: Any) -> Iterator[_Statement]:
    if isinstance(address, dict):
        part = {name: texts[0] for name in _ADDRESS_PROPS if (texts := _texts(address.get(name)))}
        if any(map(str.isdigit, part.get("streetAddress", ""))):
            yield _Statement(Kind.ADDRESS, _joined_address(part), part["streetAddress"])
    elif isinstance(address, str) and re.search(r"\d{5}", address):
        yield _Statement(Kind.ADDRESS, _single_line(address)[:200], address)


def _joined_address(part: dict[str, str]) -> str:
    region = part.get("addressRegion", "")
    town, state = part.get("addressLocality", ""), state_code(region) or region
    return address_text(part["streetAddress"], town, state, part.get("postalCode", ""))


def _is_template(node: dict[str, Any]) -> bool:
    """Return whether an address is an unfilled template, such as Anytown 00000. Its hours are not real either."""
    addresses = [address for address in _list(node.get("address")) if isinstance(address, dict)]
    return any(
        address.get("postalCode") == "00000" or str(address.get("addressLocality")).lower() in ("anytown", "your city")
        for address in addresses
    )


def _single_line(address: str) -> str:
    """Format an address that was printed in lines, possibly with the country, like all others."""
    lines = [" ".join(line.split()).strip(" ,") for line in address.split("\n")]
    text = re.sub(r",?\s(?:United States(?: of America)?|USA|US)$", "", ", ".join(line for line in lines if line))
    return re.sub(r"\b([A-Z]{2}),\s(?=\d{5}\b)", r"\1 ", text)


def _area(area: Any) -> Iterator[_Statement]:
    for text in _area_names(area):
        for part in _PARTS.split(text[:2000]):
            words = _AROUND.sub("", _ZIP_AFTER.sub("", part.strip()))
            if re.fullmatch(r"\d{5}", part.strip()):
                yield _Statement(Kind.AREA_ZIP, part.strip(), part)
            elif (match := _PLACE.fullmatch(words)) and not is_region(match[1]):
                town, _, last = match[1].strip().rpartition(" ")
                code = state_code(match[2] or "") or (last if town and last in CODES else "")
                name = town if code == last else match[1].strip()
                yield _Statement(Kind.AREA_CITY, name, part, detail={"state": code} if code else {})


def _area_names(area: Any) -> list[str]:
    """Return the names of an area: a text, or a place with a name, a ZIP code, an address or places inside it."""
    if not isinstance(area, dict):
        return _texts(area)
    address = area.get("address")
    parts = [area, address] if isinstance(address, dict) else [area]
    named = [text for part in parts for prop in ("name", "postalCode") for text in _texts(part.get(prop))]
    if not _texts(area.get("name")):
        named += [text for part in parts for text in _texts(part.get("addressLocality"))]
        named += _texts(address)
    return named + [text for inner in _list(area.get("containsPlace")) for text in _area_names(inner)]


def _hours(node: dict[str, Any]) -> Iterator[_Statement]:
    for typed in _texts(node.get("openingHours")):
        yield from hours_of_text(typed)
    for spec in _list(node.get("openingHoursSpecification")):
        if isinstance(spec, dict) and not (spec.get("validFrom") or spec.get("validThrough")):
            opens, closes = _clock(spec.get("opens")), _clock(spec.get("closes"))
            if not opens or not closes:
                continue
            last = "24:00" if closes in ("23:59", "00:00") else closes
            span = CLOSED if opens == closes == "00:00" else f"{opens}-{last}"
            for day in _texts(spec.get("dayOfWeek")):
                name = day.rpartition("/")[2].strip().lower()[:3]
                if name in DAYS:
                    yield _Statement(Kind.HOURS, f"{name} {span}", day)


def hours_of_text(typed: str) -> Iterator[_Statement]:
    """Yield hours of a text such as "Mo-Fr 08:00-17:00, Sa 9-12"."""
    for match in re.finditer(
        r"((?:Mo|Tu|We|Th|Fr|Sa|Su)[a-z]{0,7}(?:\s?[-,]\s?(?:Mo|Tu|We|Th|Fr|Sa|Su)[a-z]{0,7}){0,6})\s([^A-Z]{3,30})",
        typed[:500],
    ):
        span = parse_hours(match[2].replace("23:59", "24:00"))
        for part in match[1].split(","):
            codes = (end.strip()[:2].lower() for end in part.split("-"))
            ends = [_DAY_CODES.index(code) for code in codes if code in _DAY_CODES]
            for day in days_between(ends[0], ends[-1]) if ends and span else ():
                yield _Statement(Kind.HOURS, f"{day} {span}", typed)


def _of_props(page: Page) -> Iterator[Fact]:
    address: dict[str, tuple[str, Element]] = {}
    for name, value, element in page.props:
        if name in _ADDRESS_PROPS:
            address.setdefault(name, (value, element))
        for statement in _of_prop(name, value):
            yield _prop(statement, value, element)
    if "streetAddress" in address and "addressLocality" in address:
        street, element = address["streetAddress"]
        text = _joined_address({name: value for name, (value, _) in address.items()})
        yield _prop(_Statement(Kind.ADDRESS, text, street), street, element)


def _of_prop(name: str, value: str) -> Iterator[_Statement]:
    if name == "telephone" and (number := north_american(value)):
        yield _Statement(Kind.PHONE, number, value)
    elif name == "email" and "@" in value:
        yield _Statement(Kind.EMAIL, value.removeprefix("mailto:").strip().lower(), value)
    elif name == "openingHours":
        yield from hours_of_text(value)
    elif name == "areaServed":
        yield from _area(value)
    elif name == "serviceType":
        yield _Statement(Kind.SERVICE, value[:100], value)


def _prop(statement: _Statement, quote: str, element: Element) -> Fact:
    return Fact(
        statement.kind, statement.value, shortened(quote), element.selector, 0.92,
        place=element.region, detail=statement.detail,
    )  # fmt: skip


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for inner in value[:200] for text in _texts(inner)]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    return [str(value).strip()] if str(value).strip() else []


def _list(value: Any) -> list[Any]:
    return value[:500] if isinstance(value, list) else [] if value is None else [value]


def _clock(value: Any) -> str:
    match = re.match(r"(\d{1,2}):(\d\d)", str(value or ""))
    return f"{int(match[1]):02}:{match[2]}" if match else ""


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value).replace("$", "").replace(",", "").strip()[:12])
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
