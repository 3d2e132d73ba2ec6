"""Compare all facts of all pages with the whole map. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from drift.reading.facts import Fact, Kind

from .findings import Finding, Outcome, Verdict, collect
from .index import Index
from .rules import areas, contact, offers, plans, services

_Compared = Iterator[tuple[Verdict, Fact]]
_Rule = Callable[[Index, Sequence[Fact]], _Compared]


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


def _each(compare: Callable[[Index, Fact], Verdict]) -> _Rule:
    """Return a rule for all facts of a page from a rule for a fact that is compared alone."""
    return lambda index, facts: ((compare(index, fact), fact) for fact in facts)


def rules_by_kinds(*rules: tuple[set[Kind], _Rule]) -> tuple[tuple[set[Kind], _Rule], ...]:
    """Return rules by the kinds of facts that each compares. Raises ValueError if two rules have the same kind."""
    kinds = [kind for of_rule, _ in rules for kind in of_rule]
    if repeated := {kind for kind in kinds if kinds.count(kind) > 1}:
        raise ValueError(f"Two rules compare the same kind of facts: {', '.join(sorted(repeated))}.")
    return rules


#: The rules by the kinds of facts that each compares together, one page at a time.
_RULES = rules_by_kinds(
    ({Kind.SERVICE}, _each(services.service)),
    ({Kind.LICENSE}, _each(contact.license_number)),
    ({Kind.ADDRESS}, _each(contact.address)),
    ({Kind.EMERGENCY_PROMISE, Kind.FINANCING}, _each(contact.promise)),
    ({Kind.EMERGENCY_PHONE, Kind.PHONE}, contact.phones),
    ({Kind.AREA_CITY, Kind.AREA_ZIP}, areas.areas),
    ({Kind.MEMBERSHIP}, plans.plans),
    ({Kind.OFFER}, offers.offers),
    ({Kind.PRICE}, services.prices),
    ({Kind.HOURS}, contact.hours),
)


def check(
    index: Index, pages: Mapping[str, Sequence[Fact]], not_read: Mapping[str, str] = MappingProxyType({})
) -> Result:
    """Compare pages with a map. `pages` maps each path to its facts; `not_read` maps unread paths to the reason."""
    findings, outcomes = collect(_compared(index, pages, not_read))
    outcomes[Outcome.NOT_READ] += len(not_read)
    return Result(findings, sum(map(len, pages.values())), len(pages), dict(not_read), outcomes)


def _compared(
    index: Index, pages: Mapping[str, Sequence[Fact]], not_read: Mapping[str, str]
) -> Iterator[tuple[Verdict, str, Fact | None]]:
    """Yield each verdict with its page, if it is about one, and the fact that was compared."""
    for page, facts in pages.items():
        for kinds, compare in _RULES:
            for verdict, fact in compare(index, [fact for fact in facts if fact.kind in kinds]):
                yield verdict, page, fact
    yield from ((verdict, "", None) for verdict in services.missing(index, pages, not_read))
    yield from ((verdict, page, None) for verdict, page in plans.campaigns(index, pages, not_read))
