"""Compare services and prices: retired but advertised, active but not advertised, different price. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from drift.reading.facts import Fact, Kind
from drift.reading.guide import ON_PAGE, key_stems, needs, stems, subject_stems
from drift.reading.spanish import in_english
from pagetojob.titanmap.map_types import Item, Membership

from .. import evidence, names
from ..findings import AGREES, CANNOT_TELL, NOT_READ, Rule, Verdict
from ..index import Index, all_names, keys

#: Confidence that a service is missing: with few of its words absent, with unread pages, and otherwise.
_UNSURE, _PARTLY_READ, _SURE = 0.5, 0.7, 0.85
#: Minimum share of absent words: "Pool Tile Cleaning" is missing where "tile" does not occur. A longer name needs two.
_ENOUGH = 0.3
#: Minimum confidence: a service mentioned in passing is not advertised.
ADVERTISES_AT = 0.64
_SIZE = re.compile(r"(\d+)[\s-]?(amp|gal|ton|foot|feet|ft|inch|in|hp|kw|watt|square|point|year|acre)")
_LATE = re.compile(r"after[\s-]?hours?|\b(?:nights?|evenings?|weekends?|holidays?|overtime|emergency)\b", re.IGNORECASE)


def service(index: Index, fact: Fact) -> Verdict:
    """Compare a service. An active item with the same words takes precedence; only retired matches are a finding."""
    items = index.items_for(fact.value)
    if any(item.active for item in items):
        return AGREES
    named = [item for item in items if index.is_named(item, fact.value)]
    if not any(act for _, act in keys(fact.value)):
        # "Fans & lighting" does not contain the word "landscape".
        words = key_stems(f"{fact.value} {fact.quote}")
        named = [item for item in named if any(subject_stems(name) <= words for name in all_names(item))]
    if named and fact.confidence >= ADVERTISES_AT and evidence.sells_service(fact):
        return Verdict(Rule.RETIRED_SERVICE, named[0].label, "inactive", fact.value, "retired")
    return CANNOT_TELL


def missing(index: Index, pages: Mapping[str, Sequence[Fact]], not_read: Mapping[str, str]) -> Iterator[Verdict]:
    """Find active services of which distinctive words occur nowhere in what was read.

    A service whose words all occur is never missing. Pricebook services count only if the map wants them advertised.
    """
    there: set[str] = set()
    for fact in chain.from_iterable(pages.values()):
        if ON_PAGE in fact.detail:
            there.update(fact.detail[ON_PAGE].split())
        elif fact.kind is Kind.SERVICE:  # structured data names services outside the text
            there |= stems(fact.value)
    for item in index.map.services if pages else ():
        wanted = item.advertised if item.advertised is not None else item.family == "job type"
        if not item.active or not wanted:
            continue
        # A page in English may offer a service that has a Spanish name in the map.
        absent = min(_absent(form, there) for name in index.names_of[item] for form in (name, in_english(name)))
        bound = (binding.page_path for binding in index.map.page_bindings if item.name in binding.mapped.values())
        if not absent or any(path in not_read for path in bound):
            yield NOT_READ if absent else AGREES
        else:
            sure = _UNSURE if absent < _ENOUGH else _PARTLY_READ if not_read else _SURE
            yield Verdict(Rule.SERVICE_MISSING, item.label, "active", "on no page", "missing", sure)


def _absent(name: str, there: set[str]) -> float:
    """Return the share of a name's distinctive words that do not occur in any of the ways to write them."""
    occurs = [any(way <= there for way in ways) for ways in needs(name)]
    return occurs.count(False) / max(1, len(occurs))


def prices(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the prices of one page. "$129, or $99 while we are there" agrees although it names two prices."""
    pairs = [(price(index, fact), fact) for fact in facts]
    agreed = {(fact.selector, fact.value) for verdict, fact in pairs if verdict is AGREES}
    for verdict, fact in pairs:
        yield (CANNOT_TELL if verdict.rule and (fact.selector, fact.value) in agreed else verdict), fact


def price(index: Index, fact: Fact) -> Verdict:
    """Compare a price with the pricebook. If several items may be meant, one matching price is enough.

    A printed price, or both ends of a printed range, must be within the range of the item. If the item has one price,
    a range that contains it says nothing.
    """
    if fact.price is None:
        return CANNOT_TELL
    printed_words, sizes = stems(f"{fact.value} {fact.quote}"), _sizes(fact.quote)
    items = [item for item in _priced(index, fact) if not _is_other_size(item, sizes)]
    if not items:
        return CANNOT_TELL
    likeness = {item: len(printed_words & stems(item.name)) for item in items}
    first, *others = sorted(items, key=likeness.__getitem__, reverse=True)
    item = _after_hours_item(index, first, fact)
    assert item.price is not None
    low, high = fact.price, upper_bound(fact)
    if any(allows(candidate, low, high) for candidate in (*items, item)):
        return AGREES
    if (fact.detail.get("from") and item.price < low) or (item.price_to is None and low <= item.price <= high):
        return CANNOT_TELL
    is_clear = not others or likeness[first] != likeness[others[0]]
    # A price in an offer is not a list price, even if the offer has expired.
    if not is_clear or fact.price in _offer_prices(index, fact) or not evidence.is_item_price(item, fact):
        return CANNOT_TELL
    return Verdict(Rule.PRICE_MISMATCH, item.label, price_range(item.price, item.price_to), price_range(low, high))


def allows(item: Item | Membership, low: Decimal, high: Decimal) -> bool:
    """Return whether both ends of a printed price are within the price or price range of an item."""
    return item.price is not None and item.price <= low and high <= (item.price_to or item.price)


def upper_bound(fact: Fact) -> Decimal:
    """Return the upper end of a printed price range, or the price itself."""
    return Decimal(fact.detail["to"]) if "to" in fact.detail else fact.price or Decimal(0)


def _after_hours_item(index: Index, item: Item, fact: Fact) -> Item:
    """Return the after-hours item if the page mentions nights: "After-Hours Diagnostic" for "Diagnostic"."""
    if not _LATE.search(fact.quote) or _LATE.search(item.name):
        return item
    wanted = key_stems(item.name)
    same = [other for other in index.priced if wanted <= key_stems(other.name) and _LATE.search(other.name)]
    return same[0] if len(same) == 1 else item


def _is_other_size(item: Item, printed: frozenset[tuple[str, str]]) -> bool:
    """Return whether a page mentions a different size: "A 400-amp panel" is not a "200 Amp Panel"."""
    units = {unit for _, unit in printed}
    return any(unit in units and (number, unit) not in printed for number, unit in _sizes(item.name) if units)


@lru_cache(maxsize=20_000)
def _sizes(text: str) -> frozenset[tuple[str, str]]:
    """Return the sizes that a text contains, as numbers with their units."""
    return frozenset(_SIZE.findall(text.lower().replace(",", "")))


def _offer_prices(index: Index, fact: Fact) -> set[Decimal | None]:
    """Return the prices of offers about the same service as a printed price."""
    words, about = names.offer_words(fact.value), keys(fact.value)
    return {offer.price for of_offer, wanted, _, offer in index.offers if about & wanted or words & of_offer}


def _priced(index: Index, fact: Fact) -> list[Item]:
    """Return the priced items of the same name, the fees of the same type, or items of the same thing and act."""
    items = list(index.services_by_name.get(stems(fact.value), ()))
    if not any(item.price is not None for item in items):
        fee = names.fee_of(fact.value)
        items = index.fees[fee] if fee and not keys(fact.value) else index.items_for(fact.value)
    return [item for item in items if item.active and item.price is not None]


def price_range(low: Decimal, high: Decimal | None) -> str:
    return f"{dollars(low)} to {dollars(high)}" if high is not None and high != low else dollars(low)


def dollars(value: Decimal) -> str:
    """Format an amount as $89 or $19.95."""
    return f"${value:,.0f}" if value == value.to_integral_value() else f"${value:,.2f}"
