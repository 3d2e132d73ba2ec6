"""Compare services and prices: retired but advertised, active but not advertised, different price. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from drift.reading.facts import Fact, Kind
from drift.reading.guide import telling, thing_of
from drift.reading.services import Key, own_words, wider
from pagetojob.titanmap.map_types import Item

from .. import evidence, names
from ..findings import AGREES, CANNOT_TELL, Outcome, Rule, Verdict
from ..index import Index, active, all_names, keys

#: Minimum confidence: a service mentioned in passing is not advertised.
ADVERTISES_AT = 0.64
#: A site that lists this many parts of a thing does not mean the other parts by the name of the whole.
LISTED_APART = 4
_SIZE = re.compile(r"(\d+)[\s-]?(amp|gal|ton|foot|feet|ft|inch|in|hp|kw|watt|square|point|year|acre)")
_LATE = re.compile(r"after[\s-]?hours?|\b(?:nights?|evenings?|weekends?|holidays?|overtime|emergency)\b", re.IGNORECASE)
#: Text below a heading names what is done to the thing in the heading.
_HEADING = re.compile(r"(?:^|> )h[1-6](?::[\w()-]+)?$")
#: Acts that "furnace service" may mean: anything but a new furnace.
_SERVICED = frozenset({"", "service", "repair", "maintenance", "diagnostic", "cleaning", "inspection"})
#: "Boiler cleaning, $219": an annual cleaning is the maintenance.
_LOOKED_AFTER = frozenset({"cleaning", "inspection"})
#: "Heating repair" means furnace repair on any site; "plumbing inspection" does not mean backflow testing.
_WIDE_ACTS = ("repair", "maintenance", "installation")


def service(index: Index, fact: Fact) -> Verdict:
    """Compare a service. An active item with the same words takes precedence; only retired matches are a finding."""
    items = index.items_for(fact.value)
    if own_words(fact.value):
        items = index.services_by_name.get(names.words(fact.value)) or items
    if not items:
        items = [] if _HEADING.search(fact.selector) else _retired_by_thing(index, fact.value)
    if any(_is_sold_as(index, item, fact.value) for item in active(items)):
        return AGREES
    named = [item for item in items if not item.active and index.names_item(item, fact.value)]
    if not any(act for _, act in keys(fact.value)):
        # "Fans & lighting" does not contain the word "landscape".
        words = telling(f"{fact.value} {fact.quote}")
        named = [item for item in named if any(thing_of(name, frozenset()) <= words for name in all_names(item))]
    if not named or fact.confidence < ADVERTISES_AT or fact.detail.get("how") in ("mentioned", "hinted"):
        return CANNOT_TELL
    if not evidence.sells_service(fact):
        return CANNOT_TELL
    item = named[0]
    return Verdict(
        Outcome.DIFFERS, Rule.RETIRED_SERVICE, item.label, "inactive", fact.value,
        f"Remove “{fact.value}” from the site, or set “{item.name}” active again.", identity="retired",
    )  # fmt: skip


def _is_sold_as(index: Index, item: Item, value: str) -> bool:
    """Return whether words of a page may mean an active item: "Chimney Cap" does not sell chimney cleaning."""
    if item in index.services_by_name.get(names.words(value), ()):
        return True
    if item.family != "job type" and telling(value) <= telling(item.name):
        return True  # "Filter Cleaning Teardown" has a price, so filters are cleaned
    wanted = keys(value)
    for name in all_names(item):
        for thing, act in keys(name):
            acts = {asked for about, asked in wanted if about == thing}
            if act in acts or (act == "" and acts and not own_words(name)):
                return True
            if act == "service" and acts & _SERVICED and not own_words(name):
                return True
    return False


def _retired_by_thing(index: Index, value: str) -> list[Item]:
    """Return retired services of a thing that a page names alone ("Sump pumps"), unless one of the thing is active."""
    items: list[Item] = []
    for thing, act in keys(value):
        if act or own_words(value) or any(other in index.sold_things for other in (thing, *wider(thing))):
            return []
        if any(thing in wider(other) for other in index.sold_things):
            return []
        stems = telling(value)
        items += [item for item in index.retired_by_thing.get(thing, []) if thing_of(item.name, frozenset()) <= stems]
    return items


@dataclass
class ServiceMentions:
    """All service mentions of all pages, for finding missing services."""

    keys: set[Key] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    hinted: set[str] = field(default_factory=set)
    faint: set[Key] = field(default_factory=set)

    def take(self, fact: Fact) -> None:
        if fact.detail.get("how") == "hinted":
            self.hinted.add(fact.value)
            self.faint |= keys(fact.value)
        elif fact.kind in (Kind.SERVICE, Kind.PRICE, Kind.OFFER):
            self.words.add(names.words(fact.value))
            self.keys |= keys(fact.value)

    def outcome_of(self, item: Item, item_names: Sequence[str], hints: frozenset[str]) -> Outcome:
        """Return AGREES if the site names the item, CANNOT_TELL if it names something broader, and DIFFERS if neither.

        An item with distinctive words has `hints`: it is missing if no page contains any of them.
        """
        if any(names.words(name) in self.words for name in item_names):
            return Outcome.AGREES
        wanted = {key for name in item_names for key in keys(name)}
        if hints and item.name not in self.hinted and all(map(own_words, item_names)):
            return Outcome.DIFFERS  # "Storm Drain Vactor" is not matched by other drains
        if not wanted:
            differs = (item.advertised or hints) and item.name not in self.hinted
            return Outcome.DIFFERS if differs else Outcome.CANNOT_TELL
        outcomes = [self._key(key) for key in wanted]
        outcome = min(outcomes, key=[Outcome.AGREES, Outcome.CANNOT_TELL, Outcome.DIFFERS].index)
        # General statements about pools do not name a pool light that no page mentions.
        if outcome is not Outcome.AGREES and (hints or item.name in self.hinted):
            return Outcome.CANNOT_TELL if item.name in self.hinted else Outcome.DIFFERS
        return outcome

    def _key(self, key: Key) -> Outcome:
        thing, act = key
        acts = {other for about, other in self.keys if about == thing}
        if key in self.keys or (act in ("", "service") and acts) or (act == "maintenance" and acts & _LOOKED_AFTER):
            return Outcome.AGREES
        if any(about_act == act and thing in wider(about) for about, about_act in self.keys):
            return Outcome.AGREES
        if (thing, "") in self.faint or acts & {"", "service"} or (act == "diagnostic" and "repair" in acts):
            return Outcome.CANNOT_TELL
        above = set(wider(thing))
        wide = [(about, other) for about, other in self.keys if about in above and other in (act, "", "service")]
        if any((other == act and act in _WIDE_ACTS) or self._covers(about) for about, other in wide):
            return Outcome.CANNOT_TELL
        return Outcome.DIFFERS

    def _covers(self, whole: str) -> bool:
        """Return whether the name of a whole includes all its parts. It does not on a site that names many parts."""
        parts = {about for about, _ in self.keys if whole in wider(about)}
        return len(parts) < LISTED_APART


def missing(index: Index, seen: ServiceMentions, not_read: Mapping[str, str]) -> Iterator[Verdict]:
    """Find active job types that no page names, and pricebook services if the map wants them advertised."""
    retired = {item.name for item in index.map.services if not item.active}
    for item in index.map.services:
        wanted = item.advertised if item.advertised is not None else item.family == "job type"
        if not item.active or not wanted or item.name in retired:
            continue
        item_names = index.names_of(item)
        bound = [binding.page_path for binding in index.map.page_bindings if item.name in binding.mapped.values()]
        outcome = seen.outcome_of(item, item_names, index.hints.get(item.name, frozenset()))
        if outcome is Outcome.DIFFERS and any(path in not_read for path in bound):
            outcome = Outcome.NOT_READ
        if outcome is not Outcome.DIFFERS:
            yield Verdict(outcome)
            continue
        yield Verdict(
            outcome, Rule.SERVICE_MISSING, item.label, "active", "on no page",
            f"Mention “{item.name}” on a page, or set it inactive in the Titan Map.", identity="missing",
            confidence=0.7 if not_read else 0.85,
        )  # fmt: skip


def prices(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the prices of one page. "$129, or $99 while we are there" agrees although it names two prices."""
    pairs = [(price(index, fact), fact) for fact in facts]
    agreed = {(fact.selector, fact.value) for verdict, fact in pairs if verdict.outcome is Outcome.AGREES}
    for verdict, fact in pairs:
        yield (CANNOT_TELL if verdict.rule and (fact.selector, fact.value) in agreed else verdict), fact


def price(index: Index, fact: Fact) -> Verdict:
    """Compare a price with the pricebook. If several items may be meant, one matching price is enough."""
    if fact.price is None or "next" in fact.detail:
        return CANNOT_TELL
    items = [item for item in _priced(index, fact) if item.active and item.price is not None]
    items = [item for item in items if not _is_other_size(item, fact)]
    if not items:
        return CANNOT_TELL
    printed_words = set(names.words(f"{fact.value} {fact.quote}").split())
    items = sorted(items, key=lambda item: _likeness(item, printed_words), reverse=True)
    item = _after_hours_item(index, items[0], fact)
    assert item.price is not None
    if any(candidate.price == fact.price for candidate in (*items, item)):
        return AGREES
    if fact.detail.get("from") and item.price < fact.price:
        return CANNOT_TELL
    is_clear = len(items) == 1 or _likeness(items[0], printed_words) != _likeness(items[1], printed_words)
    # A price in an offer is not a list price, even if the offer has expired.
    if not is_clear or fact.price in _offer_prices(index, fact) or not evidence.is_item_price(index, item, fact):
        return CANNOT_TELL
    return Verdict(
        Outcome.DIFFERS, Rule.PRICE_MISMATCH, item.label, dollars(item.price), dollars(fact.price),
        f"Show {dollars(item.price)} for “{item.name}”, or correct the pricebook.",
    )  # fmt: skip


def _after_hours_item(index: Index, item: Item, fact: Fact) -> Item:
    """Return the after-hours item if the page mentions nights: "After-Hours Diagnostic" for "Diagnostic"."""
    if not _LATE.search(fact.quote) or _LATE.search(item.name):
        return item
    priced = [candidate for candidate in active(index.map.pricebook_services) if candidate.price is not None]
    late = [candidate for candidate in priced if _LATE.search(candidate.name)]
    same = [candidate for candidate in late if telling(item.name) <= telling(candidate.name)]
    return same[0] if len(same) == 1 else item


def _offer_prices(index: Index, fact: Fact) -> set[Decimal]:
    """Return the prices of offers about the same service as a printed price."""
    price_words, about = names.offer_words(fact.value), keys(fact.value)
    return {
        offer.price
        for words, wanted, offer in index.offers
        if offer.price is not None and (about & wanted or price_words & words)
    }


def _is_other_size(item: Item, fact: Fact) -> bool:
    """Return whether a page mentions a different size: "A 400-amp panel" is not a "200 Amp Panel"."""
    sizes = _SIZE.findall(fact.quote.lower().replace(",", ""))
    return any(
        (number, unit) not in sizes and unit in {other for _, other in sizes}
        for number, unit in _SIZE.findall(item.name.lower().replace(",", ""))
    )


def _priced(index: Index, fact: Fact) -> list[Item]:
    wanted = names.words(fact.value)
    exact = [item for item in index.services_by_name.get(wanted, []) if item.price is not None]
    if exact:
        return exact
    fee = names.fee_of(fact.value)
    if fee and not keys(fact.value):
        return index.fees.get(fee, [])
    items = [item for item in index.items_for(fact.value) if item.price is not None]
    return items or ([] if keys(fact.value) else index.priced_like(fact.value))


def _likeness(item: Item, printed_words: set[str]) -> int:
    return len(printed_words & set(names.words(item.name).split()))


def dollars(value: Decimal) -> str:
    """Format an amount as $89 or $19.95."""
    return f"${value:,.0f}" if value == value.to_integral_value() else f"${value:,.2f}"
