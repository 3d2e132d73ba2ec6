"""Compare cities and ZIP codes with the zones. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from drift.reading.facts import Fact, Kind
from drift.reading.places import CODES, is_city, plain, states_of
from drift.reading.sentences import refuses
from drift.reading.town_names import NO_AREA, PLANNED, URGENT
from pagetojob.titanmap.map_types import ACTIVE, EMERGENCY_ONLY, PAUSED, Zone

from .. import evidence
from ..findings import AGREES, CANNOT_TELL, Rule, Verdict
from ..index import Index

ENOUGH_LISTED = 2
#: Minimum confidence of a name that no list of towns has.
_OPEN_UNKNOWN = 0.69


def areas(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    """Compare the towns of a page. Other names in a row or list with towns of active zones count as served too."""
    ours = [fact for fact in facts if fact.kind is Kind.AREA_CITY and plain(fact.value) in index.served]
    counts = Counter(row for fact in ours for row in _rows(fact))
    rows = frozenset(row for row, times in counts.items() if times >= ENOUGH_LISTED)
    yield from ((_area(index, fact, rows), fact) for fact in facts)


def _rows(fact: Fact) -> set[str]:
    return {fact.selector, evidence.container(fact.selector)}


def _area(index: Index, fact: Fact, rows: frozenset[str]) -> Verdict:
    printed = fact.detail.get("state", "")
    stated = index.zones_by_place.get(plain(fact.value), [])
    zones = [zone for state, zone in stated if not state or not printed or state == printed]
    is_zip = fact.kind is Kind.AREA_ZIP
    is_place = is_zip or is_city(fact.value) or fact.confidence >= _OPEN_UNKNOWN
    is_complete = any(zone.zips if is_zip else zone.cities for zone in index.map.zones)
    is_in_rows = any(row in rows for row in _rows(fact))
    if zones:
        # The card of a zone has a note about its state, so it is no list.
        is_own_card = plain(fact.heading) in [plain(zone.name) for zone in zones]
        return _in_zone(fact, zones, is_listed=is_in_rows and not is_own_card)
    is_name_of_shop = f" {plain(fact.value)} " in f" {plain(index.map.name)} "  # or a part of it
    if is_name_of_shop or not (is_place and is_complete) or fact.value.lower().endswith("county"):
        return CANNOT_TELL
    is_near_ours = is_in_rows or _names_ours(index, fact.plain_quote)
    is_part = plain(fact.heading) in index.zones_by_place and "neighborhood" in fact.plain_quote.lower()
    is_far = not is_near_ours and _is_far(index, fact)
    is_near_ours = is_near_ours or (is_city(fact.value) and _is_next_to_ours(index, fact))
    if is_part or is_far or not evidence.is_served(fact, is_near_ours=is_near_ours):
        return CANNOT_TELL
    return Verdict(Rule.UNSERVED_AREA, f"area: {fact.value}", "in no zone", fact.value, plain(fact.value))


def _names_ours(index: Index, text: str) -> bool:
    """Return whether a text names two towns of active zones, and no counties."""
    padded = f" {plain(text)} "
    return " counties " not in padded and sum(f" {name} " in padded for name in index.served) >= ENOUGH_LISTED


def _is_next_to_ours(index: Index, fact: Fact) -> bool:
    """Return whether a sentence lists a town directly before or after one of an active zone: "Orillia and Barrie"."""
    sentence, town = evidence.sentence_of(fact), plain(fact.value)
    if NO_AREA.search(sentence) or refuses(fact.plain_quote):
        return False  # "Our technicians grew up in Mesa and Peoria."
    padded = f" {plain(sentence)} ".replace(" and ", " ")
    return any(f" {name} {town} " in padded or f" {town} {name} " in padded for name in index.served)


def _is_far(index: Index, fact: Fact) -> bool:
    """Return whether a name is known only as a town of other states: "the Flint Hills" are not in Michigan."""
    states = states_of(fact.value)
    is_known = bool(states and index.home_states <= CODES and index.home_states)
    return "state" not in fact.detail and is_known and not states & index.home_states


def _in_zone(fact: Fact, zones: Sequence[Zone], *, is_listed: bool) -> Verdict:
    zone, states = zones[0], {zone.state for zone in zones}
    if ACTIVE in states:
        return AGREES
    if states == {PAUSED}:
        return Verdict(Rule.PAUSED_AREA, zone.label, PAUSED, fact.value, plain(fact.value))
    if states == {EMERGENCY_ONLY} and URGENT.search(fact.plain_quote):
        return AGREES
    if states == {EMERGENCY_ONLY} and (is_listed or PLANNED.search(fact.plain_quote)):
        return Verdict(Rule.EMERGENCY_ONLY_AREA, zone.label, EMERGENCY_ONLY, fact.value, plain(fact.value), 0.9)
    return CANNOT_TELL
