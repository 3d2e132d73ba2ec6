"""Coverage score: the share of items with a page among the items that should have one. Pure.

score = covered / expected. Expected are active job types, zones, campaigns and offers, except paused zones, items
marked as not advertised, and items that have ended or not started by `today`. An expected item is covered if the newest
version of some page is bound to it and everything else bound to that page is active. Business units, memberships,
pricebook services and booking providers need no page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

FAMILIES = ("job type", "zone", "campaign", "offer")
FORMULA = (
    "Items with a sound page ÷ items that should have one: active job types, zones that are not paused, campaigns and "
    "offers that run today, except those marked as not advertised. A page is sound when every item it is bound to "
    "is active."
)


class Item(Protocol):
    """Attributes of an item that are read here, such as those of `titanmap.models.TaxonomyItem`."""

    pk: int
    family: str
    name: str
    active: bool
    zone_state: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Newest version of a page, with the keys of all items it is bound to."""

    slug: str
    bound: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Share of one family: `covered` of `expected`."""

    family: str
    covered: int
    expected: int


@dataclass(frozen=True)
class Coverage:
    """Score of a map and its gaps. `unsound` lists each page bound to inactive items, with their names."""

    shares: tuple[Share, ...]
    gaps: tuple[tuple[str, str], ...]
    unsound: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def covered(self) -> int:
        return sum(share.covered for share in self.shares)

    @property
    def expected(self) -> int:
        return sum(share.expected for share in self.shares)

    @property
    def percent(self) -> int | None:
        """Return the percentage rounded down, so that 100 means all; None if nothing is expected."""
        return 100 * self.covered // self.expected if self.expected else None


def coverage(items: Iterable[Item], pages: Iterable[Page], today: date) -> Coverage:
    """Compute the score of a map on a day in the tenant's time zone."""
    by_key = {item.pk: item for item in items}
    unsound: list[tuple[str, tuple[str, ...]]] = []
    sound: set[int] = set()
    for page in pages:
        wrong = tuple(by_key[key].name for key in page.bound if key in by_key and not by_key[key].active)
        if wrong:
            unsound.append((page.slug, wrong))
        else:
            sound.update(page.bound)
    expected = [item for item in by_key.values() if expects_a_page(item, today)]
    shares = tuple(
        Share(
            family,
            sum(item.family == family and item.pk in sound for item in expected),
            sum(item.family == family for item in expected),
        )
        for family in FAMILIES
    )
    gaps = sorted((item.family, item.name) for item in expected if item.pk not in sound)
    return Coverage(shares, tuple(gaps), tuple(sorted(unsound)))


def expects_a_page(item: Item, today: date) -> bool:
    """Return whether an item should have a page on a day."""
    wanted = item.family in FAMILIES and item.active and item.zone_state != "paused"
    day = today.isoformat()
    runs = str(item.facts.get("starts", day)) <= day <= str(item.facts.get("ends", day))
    return wanted and runs and item.facts.get("advertised") is not False
