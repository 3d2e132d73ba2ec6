"""Compare all facts of all pages with the whole map. Pure: `today` is passed in."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from drift.reading.facts import Fact, Kind
from pagetojob.titanmap.map_types import TitanMap

from .findings import Collector, Finding, Outcome, Verdict
from .index import Index
from .rules import areas, contact, offers, plans, services


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
    index = index or Index(titan_map, today)
    not_read = dict(not_read or {})
    collector, seen = Collector(), services.SiteWords()
    for page in sorted(pages):
        facts = pages[page]
        for verdict, fact in _of_page(index, facts):
            collector.take(verdict, page, fact)
        for fact in facts:
            seen.take(fact)
    if pages:
        for verdict in services.missing(index, seen, not_read):
            collector.take(verdict, "", None)
    for verdict, page in plans.campaigns(index, pages, not_read):
        collector.take(verdict, page, None)
    collector.outcomes[Outcome.NOT_READ] += len(not_read)
    return Result(collector.findings(), sum(map(len, pages.values())), len(pages), not_read, collector.outcomes)


#: The rules for facts that are compared without other facts of their page.
_ALONE = {
    Kind.SERVICE: services.service,
    Kind.LICENSE: contact.license_number,
    Kind.ADDRESS: contact.address,
    Kind.EMERGENCY_PROMISE: contact.promise,
    Kind.FINANCING: contact.promise,
}


def _of_page(index: Index, facts: Sequence[Fact]) -> Iterator[tuple[Verdict, Fact]]:
    by_kind: dict[Kind, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[fact.kind].append(fact)
        if compare := _ALONE.get(fact.kind):
            yield compare(index, fact), fact
    numbers = by_kind[Kind.EMERGENCY_PHONE] + by_kind[Kind.PHONE]
    yield from contact.without_duplicates((contact.phone(index, fact), fact) for fact in numbers)
    rows = areas.served_rows(index, facts)
    for fact in by_kind[Kind.AREA_CITY] + by_kind[Kind.AREA_ZIP]:
        yield areas.area(index, fact, rows), fact
    for fact in by_kind[Kind.MEMBERSHIP]:
        yield from ((verdict, fact) for verdict in plans.membership(index, fact))
    yield from offers.offers(index, by_kind[Kind.OFFER])
    yield from services.prices(index, by_kind[Kind.PRICE])
    yield from contact.hours(index, by_kind[Kind.HOURS])
