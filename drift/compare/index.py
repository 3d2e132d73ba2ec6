"""A Titan Map indexed for lookups: built once, queried for each fact. Pure."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

from drift.reading.guide import NamedItem, Names, needs, stems, subject_stems
from drift.reading.places import plain, state_code, states_of
from drift.reading.read import Known
from drift.reading.services import Key, keys_of, own_words
from drift.reading.spanish import in_english
from pagetojob.titanmap.map_types import ACTIVE, Item, Membership, Offer, TitanMap, Zone

from . import names
from .addresses import Address, parsed

#: A home state has at least half as many towns as the most likely state.
_STATE_SHARE = 2
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
    #: Each service with its names, synonyms and the site's own words for it.
    names_of: dict[Item, tuple[str, ...]] = field(default_factory=dict)
    # Sets of items in the order of the map.
    services_by_key: dict[Key, dict[Item, None]] = field(default_factory=lambda: defaultdict(dict))
    services_by_name: dict[frozenset[str], dict[Item, None]] = field(default_factory=lambda: defaultdict(dict))
    zones_by_place: dict[str, list[tuple[str, Zone]]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, list[Item]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        site_words: dict[str, list[str]] = defaultdict(list)
        for words, name in self.map.synonyms.items():
            site_words[name].append(words)
        for item in self.map.services:
            self.names_of[item] = (*all_names(item), *site_words[item.name])
            for name in self.names_of[item]:
                self.services_by_name[stems(name)][item] = None
                for key in keys(name):
                    self.services_by_key[key][item] = None
        for zone in self.map.zones:
            for area in (zone.name, *zone.areas, *zone.zips):
                name, state = place(area)
                county = name.removesuffix(" county")  # "Pima" in a list of counties, "Pima County" elsewhere
                for way in {name, county, f"{county} county"} if area in zone.counties else {name}:
                    self.zones_by_place[way].append((state, zone))

    @cached_property
    def known(self) -> Known:
        """Return the names to search for on pages, in addition to the common words."""
        active_names = [name for item, of_item in self.names_of.items() if item.active for name in of_item]
        return Known(
            services={name: item.name for item, given in self.names_of.items() for name in given if own_words(name)},
            places=frozenset(name for name in self.zones_by_place if not name.isdigit()),
            memberships=tuple(name for plan in self.map.memberships for name in all_names(plan)),
            words=frozenset(
                word
                for name in active_names
                for form in (name, in_english(name))
                for ways in needs(form)
                for way in ways
                for word in way
            ),
            towns=frozenset(place(area)[0] for zone in self.map.zones for area in zone.areas),
            priced=Names({NamedItem(item.name, item.price): all_names(item) for item in self.priced if item.price}),
        )

    @cached_property
    def priced(self) -> list[Item]:
        """Return the active items with a price."""
        return [item for item in self.map.services if item.active and item.price is not None]

    def is_named(self, item: Item, value: str) -> bool:
        """Return whether words of a page name the item itself, and not only its subject."""
        is_subject = any(keys(name) and not own_words(name) for name in all_names(item))
        return is_subject or item in self.services_by_name.get(stems(value), ())

    def items_for(self, value: str) -> list[Item]:
        """Return the services that a page's words may mean: those of that name, or else of the same thing and act.

        An item that names only a thing matches every act. Cached, because pages repeat words.
        """
        if value not in self.asked:
            items = dict(self.services_by_name.get(stems(value), {}))
            for thing, act in keys(value) if not items or not own_words(value) else ():
                for key in ((thing, act), (thing, ""), (thing, "service")):
                    items |= self.services_by_key.get(key, {})
            self.asked[value] = list(items)
        return self.asked[value]

    @cached_property
    def fees(self) -> dict[str, list[Item]]:
        """Return priced items by their type of fee."""
        fees: dict[str, list[Item]] = defaultdict(list)
        for item in self.priced:
            fees[names.fee_of(item.name)].append(item)
        return fees

    @cached_property
    def phones(self) -> frozenset[str]:
        return frozenset((*self.map.phones, *self.map.tracking_phones, self.map.emergency_phone)) - {""}

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """Return the words of the shop's own name, towns, services and plans, which its labels may contain."""
        texts = [self.map.name, *(item.name for item in self.map.services)]
        texts += [plan.name for plan in self.map.memberships] + [offer.name for offer in self.map.offers]
        texts += [area for zone in self.map.zones for area in (zone.name, *zone.areas)]
        return frozenset().union(*map(stems, texts))

    @cached_property
    def addresses(self) -> list[Address]:
        return list(map(parsed, self.map.addresses))

    @cached_property
    def served(self) -> frozenset[str]:
        """Return the plain names of towns, and the ZIP codes, of active zones."""
        zones_by_place = self.zones_by_place.items()
        return frozenset(name for name, zones in zones_by_place if any(zone.state == ACTIVE for _, zone in zones))

    @cached_property
    def home_states(self) -> frozenset[str]:
        """Return the states of the zones' towns, as far as the town names determine them."""
        votes: Counter[str] = Counter()
        for name, state in (place(area) for zone in self.map.zones for area in zone.areas):
            votes.update([state] if state else states_of(name))
        most = max(votes.values(), default=0)
        return frozenset(state for state, number in votes.items() if number * _STATE_SHARE >= most)

    def plan(self, name: str) -> Membership | None:
        """Find a plan by its words, then by its distinctive words. A generic name means the only plan of the map."""
        distinctive = names.plan_words(name)
        plan = self._plans.get(stems(name)) or self._plans.get(distinctive)
        plans = self.map.memberships
        return plan or (plans[0] if len(plans) == 1 and plans[0].active and not distinctive else None)

    @cached_property
    def _plans(self) -> dict[frozenset[str], Membership]:
        """Return memberships by their full words and by their distinctive words."""
        plans: dict[frozenset[str], Membership] = {}
        named = [(plan, name) for plan in self.map.memberships for name in all_names(plan)]
        for words_of in (stems, names.plan_words):
            for plan, name in named:
                plans.setdefault(words_of(name), plan)
        return {words: plan for words, plan in plans.items() if words}

    @cached_property
    def offers(self) -> list[tuple[frozenset[str], frozenset[Key], frozenset[str], Offer]]:
        """Return offers with the words of their names, their services, and the thing that their text may name."""
        return [
            (
                frozenset().union(*map(names.offer_words, all_names(offer))),
                keys(offer.service or offer.name),
                subject_stems(offer.service),
                offer,
            )
            for offer in self.map.offers
        ]


def all_names(item: Item | Membership | Offer) -> tuple[str, ...]:
    return (item.name, *item.synonyms)
