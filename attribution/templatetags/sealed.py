"""Filters that format sealed values for display."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template

from attribution.likely_revenue import TESTED
from attribution.money import as_dollars
from attribution.packets.document import FIRST_WORDS
from attribution.waterfall import Dot, dots

register = template.Library()


@register.filter
def dollars(amount: object) -> str:
    """Format an amount: 1234.50 and "1234.50" as $1,234.50, -45 as -$45.00."""
    return as_dollars(Decimal(str(amount)))


@register.filter
def signed_dollars(amount: object) -> str:
    """Format an amount with a plus sign if it is positive."""
    return f"{'+' if Decimal(str(amount)) > 0 else ''}{dollars(amount)}"


@register.filter
def day(text: str) -> str:
    """Format 2026-10-05 as Oct 5, 2026."""
    value = date.fromisoformat(text)
    return f"{value:%b} {value.day}, {value.year}"


@register.filter
def moment(text: str) -> str:
    """Format 2026-10-05T09:30:00-07:00 as Oct 5, 2026, 9:30."""
    value = datetime.fromisoformat(text)
    return f"{day(value.date().isoformat())}, {value.hour}:{value:%M}"


@register.filter
def month(text: str) -> str:
    """Format 2026-10 as October 2026."""
    return f"{date.fromisoformat(text + '-01'):%B %Y}"


@register.filter
def short(sha256: str) -> str:
    """Return the first twelve characters of a hash."""
    return sha256[:12]


@register.filter
def word(document: Mapping[str, Any], name: str) -> str:
    """Return a heading, or the meaning of a label if there is one. A packet keeps the words that it was sealed with."""
    words: Mapping[str, str] = FIRST_WORDS | document["inputs"].get("words", {})
    return words.get(name, "")


@register.filter
def range_test(version: int | str) -> str:
    """Return how the likely range of a version was tested. Packets of the first version name none."""
    return TESTED[int(version or 1)]


@register.filter
def of(values: dict[object, object], key: object) -> object:
    """Return the value of a key."""
    return values[key]


@register.filter
def dots_of(bins: list[dict[str, float]]) -> list[Dot]:
    """Return the dots of a reliability chart."""
    return dots((int(group["many"]), group["predicted"], group["right"]) for group in bins)
