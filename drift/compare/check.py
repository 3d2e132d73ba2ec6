"""Compare all facts of all pages with the whole map. Pure: `today` is passed in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from drift.reading.facts import Fact, Kind
from pagetojob.titanmap.map_types import TitanMap

from .findings import Collector, Finding, Outcome, Verdict
from .index import Index
from .rules import areas, contact, offers, plans, services

_Compared = Iterator[tuple[Verdict, Fact]]


@dataclass(frozen=True)
class Result:
    """The findings, and how much was compared. A number of findings is meaningless without its coverage."""

    findings: list[Finding]
    facts: int
    pages: int
    not_read: dict[str, str] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=dict)

    def coverage(self) -> dict[str, Any]:
        return {
            "coverage": True,
            "findings": len(self.findings),
            "facts": self.facts,
            "pages": self.pages,
            "not_read": [{"page": page, "why": why} for page, why in sorted(self.not_read.items())],
            "outcomes": {outcome.value: number for outcome, number in self.outcomes.items()},
        }


def _each(compare: Callable[[Index, Fact], Verdict]) -> Callable[[Index, Sequence[Fact]], _Compared]:
    """Return a rule for all facts of a page from a rule for a fact that is compared alone."""
    return lambda index, facts: ((compare(index, fact), fact) for fact in facts)


#: The rules by the kinds of facts that each compares together, one page at a time.
_RULES: dict[tuple[Kind, ...], Callable[[Index, Sequence[Fact]], _Compared]] = {
    (Kind.SERVICE,): _each(services.service),
    (Kind.LICENSE,): _each(contact.license_number),
    (Kind.ADDRESS,): _each(contact.address),
    (Kind.EMERGENCY_PROMISE, Kind.FINANCING): _each(contact.promise),
    (Kind.EMERGENCY_PHONE, Kind.PHONE): contact.phones,
    (Kind.AREA_CITY, Kind.AREA_ZIP): areas.areas,
    (Kind.MEMBERSHIP,): plans.plans,
    (Kind.OFFER,): offers.offers,
    (Kind.PRICE,): services.prices,
    (Kind.HOURS,): contact.hours,
}


def check(
    titan_map: TitanMap,
    pages: Mapping[str, Sequence[Fact]],
    *,
    today: date,
    not_read: Mapping[str, str] | None = None,
    index: Index | None = None,
) -> Result:
    """Compare pages with the map. `pages` maps each path to its facts; `not_read` maps unread paths to the reason.

    Pass `index` if it was already built for reading (its `known`); it must belong to the same map.
    """
    index, not_read, collector = index or Index(titan_map, today), dict(not_read or {}), Collector()
    for page, facts in sorted(pages.items()):
        for kinds, compare in _RULES.items():
            for verdict, fact in compare(index, [fact for fact in facts if fact.kind in kinds]):
                collector.take(verdict, page, fact)
    for verdict in services.missing(index, pages, not_read):
        collector.take(verdict, "", None)
    for verdict, page in plans.campaigns(index, pages, not_read):
        collector.take(verdict, page, None)
    collector.outcomes[Outcome.NOT_READ] += len(not_read)
    return Result(collector.findings(), sum(map(len, pages.values())), len(pages), not_read, collector.outcomes)
