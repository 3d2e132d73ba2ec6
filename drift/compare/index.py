"""A Titan Map indexed for lookups: built once, queried for each fact. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain

from drift.reading.guide import NamedItem, Names, named_item, needs, stems, telling, unsized
from drift.reading.licenses import normal as license_normal
from drift.reading.places import plain, state_code, states_of
from drift.reading.read import Known
from drift.reading.services import Key, alternative_names, keys_of, own_words
from drift.reading.terms import AMOUNT_OFF, FREE, PERCENT_OFF, PRICE
from pagetojob.titanmap.map_types import ACTIVE, Item, Membership, Offer, TitanMap, Zone

from . import names
from .addresses import Address, parsed

#: A word that occurs in this many names of job types is common.
COMMON_FROM = 3
#: A home state has at least half as many towns as the most likely state.
STATE_SHARE = 2
keys = lru_cache(maxsize=50_000)(keys_of)


def place(city: str) -> tuple[str, str]:
    """Split a city of the map into plain name and state: "Glendale, AZ" is ("glendale", "AZ")."""
    name, comma, state = city.rpartition(",")
    tail = state.strip() if comma else ""
    code = state_code(tail) or (tail if re.fullmatch(r"[A-Z]{2,3}", tail) else "")  # "Toronto, ON"
    return (plain(name), code) if code else (plain(city), "")


@dataclass
class Index:
    """The map with normalized names. `today` decides which items have ended."""

    map: TitanMap
    today: date
    services_by_key: dict[Key, list[Item]] = field(default_factory=lambda: defaultdict(list))
    services_by_name: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    zones_by_city: dict[str, list[tuple[str, Zone]]] = field(default_factory=lambda: defaultdict(list))
    zones_by_zip: dict[str, list[Zone]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, list[Item]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.map.services:
            for name in all_names(item):
                self._put(item, name)
        for site_words, name in self.map.synonyms.items():
            for item in self.services_by_name.get(names.words(name), ()):
                self.services_by_name[names.words(site_words)].append(item)
        for zone in self.map.zones:
            for area in (zone.name, *zone.areas):
                name, state = place(area)
                self.zones_by_city[name].append((state, zone))
            for county in zone.counties:  # "Pima" in a list of counties, "Pima County" elsewhere
                name, state = place(county)
                self.zones_by_city[name.removesuffix(" county")].append((state, zone))
                self.zones_by_city[f"{name.removesuffix(' county')} county"].append((state, zone))
            for code in zone.zips:
                self.zones_by_zip[code].append(zone)

    def _put(self, item: Item, name: str) -> None:
        """Add an item under a name, once: its synonyms may differ only in punctuation."""
        places = [self.services_by_name[names.words(name)], *(self.services_by_key[key] for key in keys(name))]
        for place in places:
            if item not in place:
                place.append(item)

    @cached_property
    def known(self) -> Known:
        """Return the names to search for on pages, in addition to the common words."""
        phrases: dict[str, str] = {}
        for item in self.map.services:
            for name in all_names(item):
                is_fee = item.price is not None and bool(names.fee_of(name))
                if own_words(name) and len(name) > 3 and not is_fee:
                    phrases.setdefault(name, item.name)
        for item in self.map.job_types:
            for other in chain.from_iterable(map(alternative_names, all_names(item))):
                phrases.setdefault(other, item.name)
        phrases |= self.map.synonyms
        areas = {area for zone in self.map.zones for area in (zone.name, *zone.areas)}
        plans = [name for plan in self.map.memberships for name in all_names(plan)]
        return Known(
            services=phrases,
            places=frozenset(area.rpartition(",")[0] or area for area in areas),
            memberships=tuple(plans),
            licenses=tuple(self.map.licenses),
            sold=Names([named_item(item.name, item.synonyms) for item in self.map.job_types if item.active]),
            retired=self._retired(),
            words=frozenset(
                word
                for item in active(self.map.services)
                for name in self.names_of(item)
                for ways in needs(name)
                for way in ways
                for word in way
            ),
            towns=frozenset(place(area)[0] for zone in self.map.zones for area in zone.areas),
            priced=Names(self._priced()),
        )

    @cached_property
    def common(self) -> dict[str, int]:
        """Return the words of many service names with their counts, such as `septic`, `pool`, `garage` and `door`."""
        used = Counter(word for item in self.map.services for word in telling(item.name))
        return {word: times for word, times in used.items() if times >= COMMON_FROM and not word[0].isdigit()}

    def _retired(self) -> Names:
        """Return retired job types whose name no active service has."""
        sold = {name for item in active(self.map.services) for name in all_names(item)}
        retired = [item for item in self.map.job_types if not item.active and sold.isdisjoint(all_names(item))]
        return Names([named_item(item.name, item.synonyms) for item in retired])

    def _priced(self) -> list[NamedItem]:
        """Return the priced items. The size may be omitted from a name that is unique without it."""
        items = [item for item in self.map.pricebook_services if item.active and item.price is not None]
        sizeless = Counter(unsized(telling(item.name)) for item in items)
        priced = []
        for item in items:
            entry = named_item(item.name, item.synonyms, item.price, used=self.common)
            short = unsized(telling(item.name))
            alone = len(short) > 1 and sizeless[short] == 1
            priced.append(replace(entry, ways=(*entry.ways, short)) if alone and short not in entry.ways else entry)
        return priced

    def names_of(self, item: Item) -> list[str]:
        """Return the names of an item with the site's own words for it."""
        return [item.name, *item.synonyms, *(word for word, name in self.map.synonyms.items() if name == item.name)]

    def names_item(self, item: Item, value: str) -> bool:
        """Return whether words of a page name the item itself, and not only its subject."""
        if item in self.services_by_name.get(names.words(value), ()):
            return True
        return any(keys(name) and not own_words(name) for name in all_names(item))

    def items_for(self, value: str) -> list[Item]:
        """Return the services that a page's words may mean, by name, then by thing and act.

        Cached, because pages repeat words.
        """
        if value not in self.asked:
            self.asked[value] = self._items_for(value)
        return self.asked[value]

    def _items_for(self, value: str) -> list[Item]:
        items = list(self.services_by_name.get(names.words(value), ()))
        for key in keys(value):
            items += [item for item in self.services_for_key(key) if item not in items]
        if not items and not keys(value) and (like := names.closest(names.words(value), self.services_by_name)):
            return self.services_by_name[like]
        return items

    def services_for_key(self, key: Key) -> list[Item]:
        """Return items of the same thing and act. An item that names only a thing matches every act."""
        thing, _ = key
        items = list(self.services_by_key.get(key, ()))
        for whole in ((thing, ""), (thing, "service")):
            if whole != key:
                items += [item for item in self.services_by_key.get(whole, ()) if item not in items]
        return items

    @cached_property
    def fees(self) -> dict[str, list[Item]]:
        """Return priced items by their type of fee."""
        fees: dict[str, list[Item]] = {}
        for item in self.map.services:
            if item.price is not None and (fee := names.fee_of(item.name)):
                fees.setdefault(fee, []).append(item)
        return fees

    def priced_like(self, value: str) -> list[Item]:
        """Return the priced item whose name contains all words of a printed name, or the reverse.

        Returns an empty list if no item or several items match. Numbers must be equal, and at least two words are
        required: "Tank pumping, 1,500 gal." matches "Septic Tank Pumping 1,500".
        """
        printed = _telling(value)
        if len(printed) < 2:
            return []
        matches = {}
        for item in self.map.pricebook_services:
            is_like = any(_is_like(printed, _telling(name)) for name in all_names(item))
            if item.price is not None and item.active and is_like:
                matches[item.name] = item
        return list(matches.values()) if len(matches) == 1 else []

    @cached_property
    def phones(self) -> frozenset[str]:
        return frozenset((*self.map.phones, *self.map.tracking_phones, self.map.emergency_phone)) - {""}

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """Return the words of the shop's own name, towns, services and plans, which its labels may contain."""
        texts = [area for zone in self.map.zones for area in (zone.name, *zone.areas)]
        texts += [item.name for item in self.map.services]
        texts += [plan.name for plan in self.map.memberships] + [offer.name for offer in self.map.offers]
        return frozenset().union(*map(stems, (self.map.name, *texts)))

    @cached_property
    def addresses(self) -> list[Address]:
        return list(map(parsed, self.map.addresses))

    @cached_property
    def licenses(self) -> frozenset[str]:
        return frozenset(map(license_normal, self.map.licenses))

    @cached_property
    def has_areas(self) -> bool:
        return any(zone.cities for zone in self.map.zones)

    @cached_property
    def served(self) -> frozenset[str]:
        """Return the plain names of towns of active zones."""
        return frozenset(
            name for name, zones in self.zones_by_city.items() if any(zone.state == ACTIVE for _, zone in zones)
        )

    @cached_property
    def home_states(self) -> frozenset[str]:
        """Return the states of the zones' towns, as far as the town names determine them."""
        votes: Counter[str] = Counter()
        for zone in self.map.zones:
            for area in zone.areas:
                name, state = place(area)
                votes.update([state] if state else states_of(name))
        most = max(votes.values(), default=0)
        return frozenset(state for state, number in votes.items() if number * STATE_SHARE >= most)

    @cached_property
    def has_zips(self) -> bool:
        return bool(self.zones_by_zip)

    @cached_property
    def plans(self) -> dict[str, Membership]:
        """Return memberships by their full words and by their distinctive words."""
        plans: dict[str, Membership] = {}
        named = [(plan, name) for plan in self.map.memberships for name in all_names(plan)]
        for words_of in (names.words, names.plan_words):
            for plan, name in named:
                if words := words_of(name):
                    plans.setdefault(words, plan)
        return self._by_tier() | plans

    def _by_tier(self) -> dict[str, Membership]:
        """Return plans with a shared name by the word that distinguishes each: `Total` of "Tide Guard Total"."""
        used = Counter(word for plan in self.map.memberships for word in set(names.plan_words(plan.name).split()))
        plans: dict[str, Membership] = {}
        for plan in self.map.memberships:
            words = set(names.plan_words(plan.name).split())
            own = {word for word in words if used[word] == 1}
            if len(own) == 1 and len(words) > 1 and any(used[word] > 1 for word in words):
                plans.setdefault(own.pop(), plan)
        return plans

    @cached_property
    def offers(self) -> list[tuple[frozenset[str], frozenset[Key], Offer]]:
        return [
            (
                frozenset().union(*map(names.offer_words, all_names(offer))),
                keys(offer.service or offer.name),
                offer,
            )
            for offer in self.map.offers
        ]


def form_of(offer: Offer) -> str:
    """Return the form of an offer in the reader's terms, or an empty string if the map does not specify it."""
    if offer.percent_off is not None:
        return PERCENT_OFF
    if offer.amount_off is not None:
        return AMOUNT_OFF
    return PRICE if offer.price is not None else FREE if offer.free else ""


def all_names(item: Item | Membership | Offer) -> tuple[str, ...]:
    return (item.name, *item.synonyms)


def active(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.active]


#: Maximum difference in words between a printed name and the pricebook's name.
MOST_APART = 2


@lru_cache(maxsize=20_000)
def _telling(name: str) -> frozenset[str]:
    return frozenset(names.words(name).split()) - names.SMALL


def _is_like(left: frozenset[str], right: frozenset[str]) -> bool:
    numbers = [{word for word in words if any(map(str.isdigit, word))} for words in (left, right)]
    return (
        len(right) > 1
        and numbers[0] == numbers[1]
        and (left <= right or right <= left)
        and len(left ^ right) <= MOST_APART
    )
