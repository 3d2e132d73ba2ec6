"""A Titan Map indexed for lookups: built once, queried for each fact. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from drift.reading.guide import NamedItem, Names, named_item, needs, stems, telling, unsized
from drift.reading.places import plain, state_code, states_of
from drift.reading.read import Known
from drift.reading.services import Key, keys_of, own_words
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
    # Sets of items in the order of the map.
    services_by_key: dict[Key, dict[Item, None]] = field(default_factory=lambda: defaultdict(dict))
    services_by_name: dict[str, dict[Item, None]] = field(default_factory=lambda: defaultdict(dict))
    zones_by_city: dict[str, list[tuple[str, Zone]]] = field(default_factory=lambda: defaultdict(list))
    zones_by_zip: dict[str, list[Zone]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, list[Item]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.map.services:
            for name in all_names(item):
                self.services_by_name[names.words(name)][item] = None
                for key in keys(name):
                    self.services_by_key[key][item] = None
        for site_words, name in self.map.synonyms.items():
            for item in self.services_by_name.get(names.words(name), ()):
                self.services_by_name[names.words(site_words)][item] = None
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

    @cached_property
    def known(self) -> Known:
        """Return the names to search for on pages, in addition to the common words."""
        phrases: dict[str, str] = {}
        for item in self.map.services:
            for name in all_names(item):
                is_fee = item.price is not None and bool(names.fee_of(name))
                if own_words(name) and len(name) > 3 and not is_fee:
                    phrases.setdefault(name, item.name)
        phrases |= self.map.synonyms
        areas = {area for zone in self.map.zones for area in (zone.name, *zone.areas)}
        plans = [name for plan in self.map.memberships for name in all_names(plan)]
        return Known(
            services=phrases,
            places=frozenset(area.rpartition(",")[0] or area for area in areas),
            memberships=tuple(plans),
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

    def _priced(self) -> list[NamedItem]:
        """Return the priced items. The size may be omitted from a name that is unique without it."""
        items = [item for item in self.map.pricebook_services if item.active and item.price is not None]
        sizeless = Counter(unsized(telling(item.name)) for item in items)
        priced = []
        for item in items:
            entry = named_item(item.name, item.synonyms, item.price, self.common)
            short = unsized(telling(item.name))
            alone = len(short) > 1 and sizeless[short] == 1
            priced.append(replace(entry, ways=(*entry.ways, short)) if alone and short not in entry.ways else entry)
        return priced

    def names_of(self, item: Item) -> list[str]:
        """Return the names of an item with the site's own words for it."""
        return [item.name, *item.synonyms, *self._site_words.get(item.name, ())]

    @cached_property
    def _site_words(self) -> dict[str, list[str]]:
        """Return the site's own words for services by the name in the map."""
        words: dict[str, list[str]] = {}
        for word, name in self.map.synonyms.items():
            words.setdefault(name, []).append(word)
        return words

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
        items = dict.fromkeys(self.services_by_name.get(names.words(value), ()))
        for key in keys(value):
            items |= self.services_for_key(key)
        if not items and not keys(value) and (like := names.closest(names.words(value), self.services_by_name)):
            items |= self.services_by_name[like]
        return list(items)

    def services_for_key(self, key: Key) -> dict[Item, None]:
        """Return items of the same thing and act. An item that names only a thing matches every act."""
        thing, _ = key
        items: dict[Item, None] = {}
        for each in (key, (thing, ""), (thing, "service")):
            items |= self.services_by_key.get(each, {})
        return items

    @cached_property
    def fees(self) -> dict[str, list[Item]]:
        """Return priced items by their type of fee."""
        fees: dict[str, list[Item]] = {}
        for item in self.map.services:
            if item.price is not None and (fee := names.fee_of(item.name)):
                fees.setdefault(fee, []).append(item)
        return fees

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

    def plan(self, name: str) -> Membership | None:
        """Find a plan by its words, then by its distinctive words. A generic name means the only plan of the map."""
        plain_name, distinctive = names.words(name), names.plan_words(name)
        for words in (plain_name, distinctive, names.closest(plain_name, self._plans)):
            if words in self._plans:
                return self._plans[words]
        plans = self.map.memberships
        return plans[0] if len(plans) == 1 and plans[0].active and not distinctive else None

    @cached_property
    def _plans(self) -> dict[str, Membership]:
        """Return memberships by their full words and by their distinctive words."""
        plans: dict[str, Membership] = {}
        named = [(plan, name) for plan in self.map.memberships for name in all_names(plan)]
        for words_of in (names.words, names.plan_words):
            for plan, name in named:
                if words := words_of(name):
                    plans.setdefault(words, plan)
        return plans

    @cached_property
    def offers(self) -> list[tuple[frozenset[str], frozenset[Key], Offer]]:
        return [
            (frozenset().union(*map(names.offer_words, all_names(offer))), keys(offer.service or offer.name), offer)
            for offer in self.map.offers
        ]


def all_names(item: Item | Membership | Offer) -> tuple[str, ...]:
    return (item.name, *item.synonyms)


def active(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.active]
