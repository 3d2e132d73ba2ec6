"""A fact: a statement of a page, its position, and the confidence of reading it. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .calibration import calibrated
from .spanish import in_english

LONGEST_QUOTE = 200
#: Dashes and quotation marks in the plain form that patterns expect.
PLAIN = {ord(dash): "-" for dash in "‐‑‒–—―−"} | {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"'}  # noqa: RUF001


class Kind(StrEnum):
    SERVICE = "service"
    AREA_CITY = "area_city"
    AREA_ZIP = "area_zip"
    PHONE = "phone"
    EMERGENCY_PHONE = "emergency_phone"
    OFFER = "offer"
    MEMBERSHIP = "membership"
    HOURS = "hours"
    LICENSE = "license"
    EMAIL = "email"
    ADDRESS = "address"
    PRICE = "price"
    EMERGENCY_PROMISE = "emergency_promise"
    FINANCING = "financing"


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement of a page. `place` is main, head, header, nav, footer, aside or data.

    `confidence` is the weight of the rule that read it, from 0 to 1. `detail` holds values of some kinds only: the
    state of a city, the period of a price, the form of an offer.
    """

    kind: Kind
    value: str
    quote: str
    selector: str
    confidence: float
    price: Decimal | None = None
    percent: Decimal | None = None
    expires: date | None = None
    place: str = "main"
    detail: dict[str, str] = field(default_factory=dict)
    heading: str = ""  # the nearest above, lower case

    @property
    def key(self) -> tuple[object, ...]:
        """Return the identity of a fact within a page.

        A town in the page's data does not replace the same town in its text, whose list shows which others are served.
        """
        details = tuple(sorted(self.detail.items())) if self.kind in (Kind.OFFER, Kind.MEMBERSHIP, Kind.PRICE) else ()
        is_data_town = self.kind is Kind.AREA_CITY and self.place == "data"
        return (self.kind, self.value.casefold(), self.price, self.percent, self.expires, details, is_data_town)

    @property
    def plain_quote(self) -> str:
        """Return the quote with plain dashes and quotation marks, and its Spanish phrases in English."""
        return in_english(self.quote.translate(PLAIN))

    def as_json(self, page: str) -> dict[str, Any]:
        """Return a line of `read_page --json`. Money and percent are text, so that no digit is lost."""
        line = {"page": page} | asdict(self)
        del line["heading"]
        line["confidence"] = round(calibrated(self.kind, self.confidence), 2)
        line["price"] = None if self.price is None else f"{self.price:.2f}"
        line["percent"] = None if self.percent is None else f"{self.percent.normalize():f}"
        line["expires"] = self.expires.isoformat() if self.expires else None
        return line


def shortened(text: str, start: int = 0, end: int = 0) -> str:
    """Return the text around a position, at most 200 characters, verbatim except for white space."""
    if len(text) > LONGEST_QUOTE:
        spare = max(0, LONGEST_QUOTE - (end - start)) // 2
        first = max(0, min(start - spare, len(text) - LONGEST_QUOTE))
        text = text[first : first + LONGEST_QUOTE]
    return " ".join(text.split())


def distinct(facts: Iterable[Fact]) -> list[Fact]:
    """Return each fact once, with its highest confidence, in page order."""
    best: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        if fact.confidence > best.setdefault(fact.key, fact).confidence:
            best[fact.key] = fact
    return list(best.values())
