"""Results of a comparison: rules with their severity, verdicts, and findings with a fingerprint. Pure."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import IntEnum, StrEnum
from operator import attrgetter, itemgetter
from typing import Any, Self

from drift.reading.calibration import OPENS_AT, calibrated
from drift.reading.facts import Fact

from .values import in_words


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
    """Rule with its stored value, severity and label."""

    severity: Severity
    label: str

    def __new__(cls, value: str, severity: Severity, label: str) -> Self:
        rule = str.__new__(cls, value)
        rule._value_, rule.severity, rule.label = value, severity, label
        return rule

    WRONG_EMERGENCY_PHONE = "wrong_emergency_phone", Severity.CRITICAL, "Wrong emergency phone"
    WRONG_PHONE = "wrong_phone", Severity.HIGH, "Wrong phone number"
    PAUSED_AREA = "paused_area", Severity.HIGH, "Paused area advertised"
    UNSERVED_AREA = "unserved_area", Severity.HIGH, "Unserved area advertised"
    EMERGENCY_ONLY_AREA = "emergency_only_area", Severity.MEDIUM, "Emergency-only area advertised for all work"
    EXPIRED_OFFER = "expired_offer", Severity.HIGH, "Expired offer"
    OFFER_LAPSING = "offer_lapsing", Severity.LOW, "Offer about to end"
    OFFER_MISMATCH = "offer_mismatch", Severity.HIGH, "Offer differs"
    OFFER_DATE_MISMATCH = "offer_date_mismatch", Severity.MEDIUM, "Offer end date differs"
    PRICE_MISMATCH = "price_mismatch", Severity.HIGH, "Price differs"
    RETIRED_SERVICE = "retired_service_advertised", Severity.MEDIUM, "Retired service advertised"
    SERVICE_MISSING = "active_service_missing", Severity.LOW, "Active service missing from the website"
    INACTIVE_CAMPAIGN = "inactive_campaign_page", Severity.MEDIUM, "Page of an inactive campaign"
    MEMBERSHIP_PRICE = "membership_price_mismatch", Severity.HIGH, "Membership price differs"
    MEMBERSHIP_BENEFIT = "membership_benefit_mismatch", Severity.MEDIUM, "Membership benefit differs"
    RETIRED_MEMBERSHIP = "retired_membership_advertised", Severity.MEDIUM, "Retired membership advertised"
    HOURS = "hours_mismatch", Severity.MEDIUM, "Office hours differ"
    LICENSE = "license_mismatch", Severity.MEDIUM, "License number differs"
    ADDRESS = "address_mismatch", Severity.MEDIUM, "Address differs"
    PROMISE = "promise_not_kept", Severity.HIGH, "Promise the shop does not keep"

    @property
    def swaps(self) -> bool:
        """Return whether it compares two values of the same kind, so that one can replace the other."""
        return self not in _FIXES


#: Recommended fixes of rules whose values cannot replace each other.
_FIXES = {
    Rule.PAUSED_AREA: "State that no new work is accepted in {site} for now, or set the zone active again.",
    Rule.UNSERVED_AREA: "Remove {site} from the areas served, or add it to a zone of the Titan Map.",
    Rule.EMERGENCY_ONLY_AREA: "Offer only emergency help in {site}, or set the zone active.",
    Rule.EXPIRED_OFFER: "Remove the offer from the page, or extend it.",
    Rule.OFFER_LAPSING: "Prepare a replacement for the offer, or remove it on its last day.",
    Rule.RETIRED_SERVICE: "Remove “{site}” from the website, or set it active again.",
    Rule.SERVICE_MISSING: "Mention the service on a page, or set it inactive in the Titan Map.",
    Rule.INACTIVE_CAMPAIGN: "Take the page down, bind it to a running campaign, or set the campaign active.",
    Rule.RETIRED_MEMBERSHIP: "Remove “{site}” from the website, or set it active again.",
    Rule.PROMISE: "Correct or remove “{site}” on the page, or correct the Titan Map.",
}
_REPLACE, _REMOVE = "Show {map}, or correct the Titan Map.", "Remove {site}, or add it to the Titan Map if it is yours."
#: Several printed values that differ from the same value of the map are a single disagreement. Phone numbers, towns and
#: licenses are not: each wrong number or name is a separate question.
MERGED_BY_ITEM = frozenset({
    Rule.PRICE_MISMATCH, Rule.MEMBERSHIP_PRICE, Rule.MEMBERSHIP_BENEFIT, Rule.OFFER_MISMATCH, Rule.OFFER_DATE_MISMATCH,
    Rule.HOURS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of comparing an item with a fact: a difference between two values, or another outcome.

    `identity` replaces the printed value where it would make the same disagreement another finding.
    """

    rule: Rule | None = None
    item: str = ""
    map_value: str = ""
    site_value: str = ""
    identity: str = ""
    confidence: float = 1.0
    outcome: Outcome = Outcome.DIFFERS


AGREES, CANNOT_TELL, NOT_READ = (
    Verdict(outcome=outcome) for outcome in (Outcome.AGREES, Outcome.CANNOT_TELL, Outcome.NOT_READ)
)


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
    raw: float  # the product of the confidences of reading and comparing
    recommended_fix: str

    @property
    def confidence(self) -> float:
        """Return the probability that the finding is right."""
        return calibrated("finding", self.raw)

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self) | {"severity": self.severity.label, "confidence": round(self.confidence, 2)}
        del fields["raw"]
        return fields


def fingerprint(rule: Rule, item: str, identity: str) -> str:
    """Return a stable identity of a disagreement. It does not depend on pages, their order, or the date."""
    text = "\x1f".join((rule.value, item.casefold(), " ".join(identity.casefold().split())))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _finding(rule: Rule, verdict: Verdict, page: str, fact: Fact | None) -> Finding:
    default = _REPLACE if verdict.map_value else _REMOVE
    fix = _FIXES.get(rule, default).format(map=in_words(verdict.map_value), site=in_words(verdict.site_value))
    key = fingerprint(rule, verdict.item, verdict.identity or verdict.site_value)
    kind, quote, selector, sure = (fact.kind.value, fact.quote, fact.selector, fact.confidence) if fact else _NO_FACT
    return Finding(
        key, rule, rule.severity, page, (page,) if page else (), verdict.item, kind, verdict.map_value,
        verdict.site_value, quote, selector, verdict.confidence * sure, fix,
    )  # fmt: skip


_NO_FACT = ("", "", "", 1.0)
#: Regions of a page in the order in which they show a finding best.
_PLACES = ("main", "header", "footer", "aside", "nav", "data", "head")


def collect(
    compared: Iterable[tuple[Verdict, str, Fact | None]],
) -> tuple[list[Finding], dict[Outcome, int]]:
    """Return a finding for each disagreement, shown at its best occurrence, and the number of each outcome.

    The findings are sorted by severity, in an order that depends only on them.
    """
    outcomes = dict.fromkeys(Outcome, 0)
    # By confidence, region of the page, page and selector.
    ranked: dict[tuple[str, ...], list[tuple[tuple[float, int, str, str], Finding]]] = defaultdict(list)
    for verdict, page, fact in compared:
        finding = _finding(verdict.rule, verdict, page, fact) if verdict.rule else None
        is_unsure = finding is not None and finding.raw < OPENS_AT
        outcomes[Outcome.CANNOT_TELL if is_unsure else verdict.outcome] += 1
        if finding is not None and not is_unsure:
            wanted = "" if finding.rule is Rule.HOURS else finding.map_value
            is_merged = finding.rule in MERGED_BY_ITEM
            group = (finding.rule, finding.item, wanted) if is_merged else (finding.fingerprint,)
            rank = (-round(finding.raw, 1), _PLACES.index(fact.place) if fact else 0, page, finding.selector)
            ranked[group].append((rank, finding))
    findings = []
    for occurrences in ranked.values():
        pages = {finding.page for _, finding in occurrences if finding.page}
        findings.append(replace(min(occurrences, key=itemgetter(0))[1], pages=tuple(sorted(pages))))
    return sorted(findings, key=attrgetter("severity", "rule", "item", "fingerprint")), outcomes
