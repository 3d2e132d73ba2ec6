"""The coverage score: of the items that should have a page, how many have one. Pure.

score = covered / expected. Expected is each active job type, zone, campaign and offer, but for a paused zone, an item
marked as not advertised, and what has ended or not begun by `today`. Covered is an expected item that the newest
version of some page is bound to, when all that page is bound to is active. Business units, memberships, pricebook
services and booking providers need no page of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

FAMILIES = ("job type", "zone", "campaign", "offer")
FORMULA = (
    "Items with a sound page ÷ items that should have one: active job types, zones that are not paused, campaigns and "
    "offers that run today, but for those marked as not advertised. A page is sound when everything it is bound to "
    "is active."
)


class Item(Protocol):
    """What is read of an item; `titanmap.models.TaxonomyItem` is one."""

    pk: int

    @property
    def family(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def zone_state(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """The newest version of a page, and the keys of the items it is bound to, none left out."""

    slug: str
    bound: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """One family's part: `covered` of `expected`."""

    family: str
    covered: int
    expected: int


@dataclass(frozen=True)
class Coverage:
    """The score and what is missing. `unsound` is each page bound to something inactive, with the names of it."""

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
        """Whole percent, rounded down, so that 100 means all; None where nothing is expected."""
        return 100 * self.covered // self.expected if self.expected else None


def coverage(items: Iterable[Item], pages: Iterable[Page], today: date) -> Coverage:
    """The score of a map on a day of the tenant's own."""
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
    """Whether an item should have a page on a day."""
    wanted = item.family in FAMILIES and item.active and item.zone_state != "paused"
    day = today.isoformat()
    runs = str(item.facts.get("starts", day)) <= day <= str(item.facts.get("ends", day))
    return wanted and runs and item.facts.get("advertised") is not False
