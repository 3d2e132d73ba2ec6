"""Facts about a business for search engines, as JSON-LD in the words of schema.org. Pure.

Contains only what its pages show. The drift monitor reads it like that of any other website.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pagetojob.titanmap.capacity import read_week

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MINUTES_A_DAY = 24 * 60
#: The narrowest type of schema.org for a trade; the others are only home and construction businesses.
_TYPES = {
    "heating": "HVACBusiness",
    "cooling": "HVACBusiness",
    "plumbing": "Plumber",
    "electrical": "Electrician",
    "roofing": "RoofingContractor",
}
_PLACE = re.compile(r"[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){0,3}")
#: Characters that could end the script element around the text.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class Business:
    """The facts that are written down. `licenses` are pairs of label and number; `areas` pairs of name and places."""

    name: str
    address: str
    phone: str = ""
    trades: Sequence[str] = ()
    hours: Mapping[str, Any] = field(default_factory=dict)
    holidays: Sequence[tuple[date, str]] = ()
    licenses: Sequence[tuple[str, str]] = ()
    areas: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Offer:
    name: str
    terms: str = ""
    starts: date | None = None
    ends: date | None = None
    page: str = ""
    price: str = ""


def script(business: Business, services: Iterable[tuple[str, str]] = (), offers: Iterable[Offer] = ()) -> str:
    """Return the JSON for a script element. `services` are pairs of a name and a page."""
    graph = [_business(business), *_services(business, services), *(_offer(business, offer) for offer in offers)]
    return json.dumps({"@context": "https://schema.org", "@graph": graph}, separators=(",", ":")).translate(_ESCAPES)


def _business(business: Business) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@type": _type(business.trades),
        "@id": _id(business),
        "name": business.name,
        "url": f"{business.address}/",
        "telephone": business.phone,
        "areaServed": [place for name, places in business.areas for place in _places(name, places)],
        "openingHoursSpecification": [*_hours(business.hours), *_closed(business.holidays)],
        "identifier": [
            {"@type": "PropertyValue", "name": label, "value": number} for label, number in business.licenses
        ],
    }
    return _filled(node)


def _type(trades: Sequence[str]) -> str | list[str]:
    types = list(dict.fromkeys(_TYPES.get(trade, "HomeAndConstructionBusiness") for trade in trades))
    narrow = [name for name in types if name != "HomeAndConstructionBusiness"] or types
    return narrow[0] if len(narrow) == 1 else narrow or "LocalBusiness"


def _places(name: str, places: str) -> list[dict[str, str]]:
    """Return the cities that an area lists, or the area itself if it lists none."""
    parts = [part.strip() for part in re.split(r",| and ", places) if part.strip()]
    if parts and all(_PLACE.fullmatch(part) for part in parts):
        return [{"@type": "City", "name": part} for part in parts]
    return [{"@type": "AdministrativeArea", "name": name}]


def _hours(hours: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a specification for each span, with all days that have it."""
    days: dict[tuple[int, int], list[str]] = {}
    for day, spans in zip(_DAYS, read_week(hours), strict=False):
        for span in spans:
            days.setdefault(span, []).append(day)
    for (start, end), names in days.items():
        closes = "23:59" if (start, end) == (0, _MINUTES_A_DAY) else _clock(end)
        yield {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": names,
            "opens": _clock(start),
            "closes": closes,
        }


def _closed(holidays: Sequence[tuple[date, str]]) -> Iterator[dict[str, Any]]:
    for day, name in holidays:
        yield {
            "@type": "OpeningHoursSpecification",
            "name": name,
            "opens": "00:00",
            "closes": "00:00",
            "validFrom": day.isoformat(),
            "validThrough": day.isoformat(),
        }


def _services(business: Business, services: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for name, page in services:
        yield {
            "@type": "Service",
            "name": name,
            "serviceType": name,
            "url": f"{business.address}/{page}",
            "provider": {"@id": _id(business)},
        }


def _offer(business: Business, offer: Offer) -> dict[str, Any]:
    node = {
        "@type": "Offer",
        "name": offer.name,
        "description": offer.terms,
        "url": f"{business.address}/{offer.page}" if offer.page else "",
        "price": offer.price,
        "priceCurrency": "USD" if offer.price else "",
        "validFrom": offer.starts.isoformat() if offer.starts else "",
        "validThrough": offer.ends.isoformat() if offer.ends else "",
        "offeredBy": {"@id": _id(business)},
    }
    return _filled(node)


def _filled(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if value not in ("", [], None)}


def _id(business: Business) -> str:
    return f"{business.address}/#business"


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
