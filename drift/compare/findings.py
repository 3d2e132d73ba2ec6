"""Results of a comparison: rules with their severity, verdicts, and findings with a fingerprint. Pure."""

import hashlib
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Self

from drift.reading.facts import Fact


class Outcome(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    CANNOT_TELL = "cannot tell"
    NOT_READ = "could not read"


class Severity(IntEnum):
    """Severity by the harm to a visitor or to the shop. A number, so that lists sort the most severe first."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4

    @property
    def label(self) -> str:
        return self.name.lower()


class Rule(StrEnum):
    """Rule with its stored value, severity and label.

    `swaps`: it compares two values of the same kind, so that one can replace the other.
    """

    severity: Severity
    label: str
    swaps: bool

    def __new__(cls, value: str, severity: Severity, label: str, swaps: bool = False) -> Self:
        rule = str.__new__(cls, value)
        rule._value_ = value
        rule.severity, rule.label, rule.swaps = severity, label, swaps
        return rule

    WRONG_EMERGENCY_PHONE = "wrong_emergency_phone", Severity.CRITICAL, "Wrong emergency phone", True
    WRONG_PHONE = "wrong_phone", Severity.HIGH, "Wrong phone number", True
    PAUSED_AREA = "paused_area", Severity.HIGH, "Paused area advertised"
    UNSERVED_AREA = "unserved_area", Severity.HIGH, "Unserved area advertised"
    EMERGENCY_ONLY_AREA = "emergency_only_area", Severity.MEDIUM, "Emergency-only area advertised for all work"
    EXPIRED_OFFER = "expired_offer", Severity.HIGH, "Expired offer"
    OFFER_LAPSING = "offer_lapsing", Severity.LOW, "Offer about to end"
    OFFER_MISMATCH = "offer_mismatch", Severity.HIGH, "Offer differs", True
    OFFER_DATE_MISMATCH = "offer_date_mismatch", Severity.MEDIUM, "Offer end date differs", True
    PRICE_MISMATCH = "price_mismatch", Severity.HIGH, "Price differs", True
    RETIRED_SERVICE = "retired_service_advertised", Severity.MEDIUM, "Retired service advertised"
    SERVICE_MISSING = "active_service_missing", Severity.LOW, "Active service missing from the website"
    INACTIVE_CAMPAIGN = "inactive_campaign_page", Severity.MEDIUM, "Page of an inactive campaign"
    MEMBERSHIP_PRICE = "membership_price_mismatch", Severity.HIGH, "Membership price differs", True
    MEMBERSHIP_BENEFIT = "membership_benefit_mismatch", Severity.MEDIUM, "Membership benefit differs"
    RETIRED_MEMBERSHIP = "retired_membership_advertised", Severity.MEDIUM, "Retired membership advertised"
    HOURS = "hours_mismatch", Severity.MEDIUM, "Office hours differ"
    LICENSE = "license_mismatch", Severity.MEDIUM, "License number differs", True
    ADDRESS = "address_mismatch", Severity.MEDIUM, "Address differs", True
    PROMISE = "promise_not_kept", Severity.HIGH, "Promise the shop does not keep"


#: Several printed values that differ from the same value of the map are a single disagreement. Phone numbers, towns and
#: licenses are not: each wrong number or name is a separate question.
MERGED_BY_ITEM = frozenset({
    Rule.PRICE_MISMATCH, Rule.MEMBERSHIP_PRICE, Rule.MEMBERSHIP_BENEFIT, Rule.OFFER_MISMATCH, Rule.OFFER_DATE_MISMATCH,
    Rule.HOURS,
})  # fmt: skip
#: Facts read with less confidence open no finding.
OPENS_AT = 0.6


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of comparing one item with one fact. The finding's fields are empty unless they differ."""

    outcome: Outcome
    rule: Rule | None = None
    item: str = ""
    map_value: str = ""
    site_value: str = ""
    fix: str = ""
    identity: str = ""
    confidence: float = 1.0


AGREES, CANNOT_TELL = Verdict(Outcome.AGREES), Verdict(Outcome.CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class Finding:
    """A disagreement, reported once for all its occurrences and pages."""

    fingerprint: str
    rule: Rule
    severity: Severity
    page: str
    pages: tuple[str, ...]
    item: str
    fact: str
    map_value: str
    site_value: str
    quote: str
    selector: str
    confidence: float
    recommended_fix: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "rule": self.rule.value,
            "severity": self.severity.label,
            "pages": list(self.pages),
            "confidence": round(self.confidence, 2),
        }


def fingerprint(rule: Rule, item: str, identity: str) -> str:
    """Return a stable identity of a disagreement. It does not depend on pages, their order, or the date."""
    text = "\x1f".join((rule.value, item.casefold(), " ".join(identity.casefold().split())))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _key(rule: Rule, verdict: Verdict) -> str:
    return fingerprint(rule, verdict.item, verdict.identity or verdict.site_value)


#: A page, the fact on it and the verdict about the fact.
_Occurrence = tuple[str, Fact | None, Verdict]


@dataclass
class Collector:
    """Collects differences: one finding per fingerprint, shown at its best occurrence."""

    occurrences: dict[str, list[_Occurrence]] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    def take(self, verdict: Verdict, page: str, fact: Fact | None) -> None:
        outcome = verdict.outcome
        sure = verdict.confidence * (fact.confidence if fact else 1.0)
        if outcome is Outcome.DIFFERS and sure < OPENS_AT:
            outcome = Outcome.CANNOT_TELL
        self.outcomes[outcome] += 1
        if outcome is Outcome.DIFFERS and verdict.rule is not None:
            key = _key(verdict.rule, verdict)
            self.occurrences.setdefault(key, []).append((page, fact, verdict))

    def findings(self) -> list[Finding]:
        """Return the findings, most severe first, in an order that depends only on the findings."""
        merged: dict[tuple[str, ...], list[_Occurrence]] = {}
        for key, occurrences in self.occurrences.items():
            verdict = occurrences[0][2]
            wanted = "" if verdict.rule is Rule.HOURS else verdict.map_value
            group = (verdict.rule or "", verdict.item, wanted) if verdict.rule in MERGED_BY_ITEM else (key,)
            merged.setdefault(group, []).extend(occurrences)
        findings = list(map(self._finding, merged.values()))
        return sorted(findings, key=lambda finding: (finding.severity, finding.rule, finding.item, finding.fingerprint))

    def _finding(self, occurrences: list[_Occurrence]) -> Finding:
        page, fact, verdict = min(occurrences, key=_best)
        assert verdict.rule is not None
        key = _key(verdict.rule, verdict)
        pages = tuple(sorted({page for page, _, _ in occurrences if page}))
        fact_kind, quote, selector = (fact.kind.value, fact.quote, fact.selector) if fact else ("", "", "")
        return Finding(
            key, verdict.rule, verdict.rule.severity, page, pages, verdict.item, fact_kind, verdict.map_value,
            verdict.site_value, quote, selector, verdict.confidence * (fact.confidence if fact else 1.0), verdict.fix,
        )  # fmt: skip


_PLACES = ("main", "header", "footer", "aside", "nav", "data", "head")


def _best(occurrence: _Occurrence) -> tuple[float, int, str, str]:
    """Return the sort key: confidence, then page region (main content first), then page and selector."""
    page, fact, verdict = occurrence
    if fact is None:
        return (-verdict.confidence, 0, page, "")
    place = _PLACES.index(fact.place) if fact.place in _PLACES else len(_PLACES)
    return (-round(fact.confidence * verdict.confidence, 1), place, page, fact.selector)
