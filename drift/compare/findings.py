"""Results of a comparison: rules with their severity, verdicts, and findings with a fingerprint. Pure."""

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

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
    WRONG_EMERGENCY_PHONE = "wrong_emergency_phone"
    WRONG_PHONE = "wrong_phone"
    PAUSED_AREA = "paused_area"
    UNSERVED_AREA = "unserved_area"
    EMERGENCY_ONLY_AREA = "emergency_only_area"
    EXPIRED_OFFER = "expired_offer"
    OFFER_LAPSING = "offer_lapsing"
    OFFER_MISMATCH = "offer_mismatch"
    OFFER_DATE_MISMATCH = "offer_date_mismatch"
    PRICE_MISMATCH = "price_mismatch"
    RETIRED_SERVICE = "retired_service_advertised"
    SERVICE_MISSING = "active_service_missing"
    INACTIVE_CAMPAIGN = "inactive_campaign_page"
    MEMBERSHIP_PRICE = "membership_price_mismatch"
    MEMBERSHIP_BENEFIT = "membership_benefit_mismatch"
    RETIRED_MEMBERSHIP = "retired_membership_advertised"
    HOURS = "hours_mismatch"
    LICENSE = "license_mismatch"
    PROMISE = "promise_not_kept"


SEVERITY: dict[Rule, Severity] = {
    Rule.WRONG_EMERGENCY_PHONE: Severity.CRITICAL,
    Rule.WRONG_PHONE: Severity.HIGH,
    Rule.PAUSED_AREA: Severity.HIGH,
    Rule.UNSERVED_AREA: Severity.HIGH,
    Rule.EMERGENCY_ONLY_AREA: Severity.MEDIUM,
    Rule.EXPIRED_OFFER: Severity.HIGH,
    Rule.OFFER_LAPSING: Severity.LOW,
    Rule.OFFER_MISMATCH: Severity.HIGH,
    Rule.OFFER_DATE_MISMATCH: Severity.MEDIUM,
    Rule.PRICE_MISMATCH: Severity.HIGH,
    Rule.RETIRED_SERVICE: Severity.MEDIUM,
    Rule.SERVICE_MISSING: Severity.LOW,
    Rule.INACTIVE_CAMPAIGN: Severity.MEDIUM,
    Rule.MEMBERSHIP_PRICE: Severity.HIGH,
    Rule.MEMBERSHIP_BENEFIT: Severity.MEDIUM,
    Rule.RETIRED_MEMBERSHIP: Severity.MEDIUM,
    Rule.HOURS: Severity.MEDIUM,
    Rule.LICENSE: Severity.MEDIUM,
    Rule.PROMISE: Severity.HIGH,
}
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
    item: str
    fact: str
    map_value: str
    site_value: str
    quote: str
    selector: str
    confidence: float
    recommended_fix: str
    pages: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "rule": self.rule.value,
            "severity": self.severity.label,
            "page": self.page,
            "pages": list(self.pages),
            "item": self.item,
            "fact": self.fact,
            "map_value": self.map_value,
            "site_value": self.site_value,
            "quote": self.quote,
            "selector": self.selector,
            "confidence": round(self.confidence, 2),
            "recommended_fix": self.recommended_fix,
        }


def fingerprint(rule: Rule, item: str, identity: str) -> str:
    """Return a stable identity of a disagreement. It does not depend on pages, their order, or the date."""
    text = "\x1f".join((rule.value, item.casefold(), " ".join(identity.casefold().split())))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass
class Collector:
    """Collects differences: one finding per fingerprint, shown at its best occurrence."""

    occurrences: dict[str, list[tuple[str, Fact | None, Verdict]]] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    def take(self, verdict: Verdict, page: str, fact: Fact | None) -> None:
        outcome = verdict.outcome
        sure = verdict.confidence * (fact.confidence if fact else 1.0)
        if outcome is Outcome.DIFFERS and sure < OPENS_AT:
            outcome = Outcome.CANNOT_TELL
        self.outcomes[outcome] += 1
        if outcome is Outcome.DIFFERS and verdict.rule is not None:
            key = fingerprint(verdict.rule, verdict.item, verdict.identity or verdict.site_value)
            self.occurrences.setdefault(key, []).append((page, fact, verdict))

    def findings(self) -> list[Finding]:
        """Return the findings, most severe first, in an order that depends only on the findings."""
        findings = [self._finding(key, occurrences) for key, occurrences in self.occurrences.items()]
        return sorted(findings, key=lambda finding: (finding.severity, finding.rule, finding.item, finding.fingerprint))

    def _finding(self, key: str, occurrences: list[tuple[str, Fact | None, Verdict]]) -> Finding:
        page, fact, verdict = min(occurrences, key=_best)
        assert verdict.rule is not None
        return Finding(
            key,
            verdict.rule,
            SEVERITY[verdict.rule],
            page,
            verdict.item,
            fact.kind.value if fact else "",
            verdict.map_value,
            verdict.site_value,
            fact.quote if fact else "",
            fact.selector if fact else "",
            verdict.confidence * (fact.confidence if fact else 1.0),
            verdict.fix,
            tuple(sorted({page for page, _, _ in occurrences if page})),
        )


_PLACES = ("main", "header", "footer", "aside", "nav", "data", "head")


def _best(occurrence: tuple[str, Fact | None, Verdict]) -> tuple[float, int, str, str]:
    """Return the sort key: confidence, then page region (main content first), then page and selector."""
    page, fact, verdict = occurrence
    if fact is None:
        return (-verdict.confidence, 0, page, "")
    place = _PLACES.index(fact.place) if fact.place in _PLACES else len(_PLACES)
    return (-round(fact.confidence * verdict.confidence, 1), place, page, fact.selector)
