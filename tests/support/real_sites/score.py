"""Score facts and findings of labeled websites."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from drift.compare.findings import Finding
from drift.reading.calibration import OPENS_AT
from drift.reading.facts import Fact, Kind
from drift.reading.guide import stems

from .load import RealSite, path_of
from .match import days_of, same

#: Our names of rules that the expected findings name differently.
RULES = {
    "paused_zone_listed": ("paused_area",),
    "unserved_area_listed": ("unserved_area",),
    "offer_terms_mismatch": ("offer_mismatch", "offer_date_mismatch"),
    "emergency_promise_mismatch": ("promise_not_kept",),
    "wrong_emergency_phone": ("wrong_emergency_phone", "wrong_phone"),
    "expired_offer": ("expired_offer", "offer_lapsing"),
}
_KINDS_OF_RULES = {
    "area_city": ("area",), "area_zip": ("area",), "phone": ("phone",), "emergency_phone": ("phone",),
    "service": ("service",), "offer": ("offer",), "membership": ("membership",), "price": ("price_mismatch",),
    "hours": ("hours",), "license": ("license",), "emergency_promise": ("promise",), "financing": ("promise",),
}  # fmt: skip
_FORM_ITEM = re.compile(r"(?:option|label|button|input):")


@dataclass
class Count:
    """Right, false, recalled and missed items of a kind."""

    right: int = 0
    false: int = 0
    recalled: int = 0
    missed: int = 0

    def add(self, other: "Count") -> None:
        self.right, self.false = self.right + other.right, self.false + other.false
        self.recalled, self.missed = self.recalled + other.recalled, self.missed + other.missed


@dataclass
class Score:
    """Counts by kind, page averages, and the items of errors, which only the tuning part prints."""

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    pages: dict[str, list[Count]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    judged: list[tuple[str, float, bool]] = field(default_factory=list)  # kind or rule, confidence, whether it is right
    agreed: int = 0
    alarms: int = 0


def wilson(good: int, total: int) -> str:
    """Return a share with its Wilson 95% interval."""
    if not total:
        return "-"
    z, share = 1.96, good / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{share:.3f} ({middle - half:.2f}-{middle + half:.2f})"


def score_facts(sites: Iterable[RealSite]) -> Score:
    score = Score()
    for site in sites:
        for page, labels in site.labels.items():
            by_kind = _by_kind(fact for fact in site.facts(page) if fact.confidence >= OPENS_AT)
            for kind in Kind:
                wanted = [label for label in labels["facts"] if label["kind"] == kind]
                if wanted or by_kind[kind]:
                    count = _page(f"{site.name}/{page}", kind, wanted, by_kind[kind], score)
                    score.counts[kind].add(count)
                    score.pages[kind].append(count)
    return score


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[fact.kind].append(fact)
        if fact.kind is Kind.EMERGENCY_PHONE:
            by_kind[Kind.PHONE].append(fact)
    return by_kind


def _page(where: str, kind: Kind, labels: list[dict[str, Any]], facts: list[Fact], score: Score) -> Count:
    count = Count()
    for label in labels:
        if label.get("optional"):
            continue
        is_hit = _is_week(label, facts) if kind is Kind.HOURS else any(same(label, fact) for fact in facts)
        count.recalled, count.missed = count.recalled + is_hit, count.missed + (not is_hit)
        if not is_hit:
            score.errors.append(f"missed {kind:<18}{where}  {label['value']}  [{label['zone']}] “{label['quote']}”")
    for fact in _distinct(facts):
        if any(same(label, fact) for label in labels):
            count.right += 1
            score.judged.append((kind, fact.confidence, True))
        elif not _FORM_ITEM.match(fact.selector.rpartition(" > ")[2]):
            count.false += 1
            score.judged.append((kind, fact.confidence, False))
            score.errors.append(
                f"false  {kind:<18}{where}  {fact.value} {fact.price or ''}{fact.percent or ''} "
                f"[{fact.place} {fact.confidence:.2f}] “{fact.quote}”"
            )
    return count


def _distinct(facts: Iterable[Fact]) -> Iterator[Fact]:
    seen: set[tuple[object, ...]] = set()
    for fact in facts:
        key = (fact.value.casefold(), fact.price, fact.percent)
        if key not in seen:
            seen.add(key)
            yield fact


def _is_week(label: dict[str, Any], facts: list[Fact]) -> bool:
    return days_of(label["value"]) <= {fact.value for fact in facts}


def score_findings(sites: Iterable[RealSite]) -> Score:
    """Score findings by item: a disagreement counts once, however many pages repeat it."""
    score = Score()
    for site in sites:
        if site.taxonomy is None:
            continue
        findings, lines = site.findings(), list(_items(site.drift))
        for line in lines:
            is_hit = any(_fits(line, finding) for finding in findings)
            if not line.get("optional"):
                count = score.counts[line["kind"]]
                count.recalled, count.missed = count.recalled + is_hit, count.missed + (not is_hit)
                if not is_hit:
                    score.errors.append(
                        f"missed {line['kind']} {site.name}/{line['page']}  {line['item']}  {line['why']}"
                    )
        for finding in findings:
            fitting = next((line for line in lines if _fits(line, finding)), None)
            score.judged.append((finding.rule.value, finding.raw, fitting is not None))
            if fitting is not None:
                score.counts[fitting["kind"]].right += 1
            else:
                score.counts[finding.rule.value].false += 1
                score.errors.append(
                    f"false  {finding.rule.value} {site.name}{finding.page}  {finding.item} | "
                    f"map {finding.map_value} | site {finding.site_value} | “{finding.quote}”"
                )
        false = [finding for finding in findings if not any(_fits(line, finding) for line in lines)]
        score.agreed += len(site.agreement)
        score.alarms += sum(any(_is_alarm(line, finding) for finding in false) for line in site.agreement)
    return score


def _items(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield one line for each item; it is required if any of its lines is."""
    items: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        known = items.setdefault((line["kind"], line["item"].casefold()), line)
        if known.get("optional") and not line.get("optional"):
            items[line["kind"], line["item"].casefold()] = line
    yield from items.values()


def _fits(line: dict[str, Any], finding: Finding) -> bool:
    """Return whether a finding means an expected line: the rule, and the words of the item."""
    if finding.rule.value not in RULES.get(line["kind"], (line["kind"],)):
        return False
    if line["kind"] in ("emergency_promise_mismatch", "hours_mismatch", "inactive_campaign_page"):
        return True
    return any(_names(item, finding) for item in (line["item"], *line.get("also", ())))


def _names(item: str, finding: Finding) -> bool:
    given = f"{finding.item} {finding.site_value} {finding.quote}"
    digits = "".join(filter(str.isdigit, item))
    if finding.fact in ("phone", "emergency_phone", "license"):
        return digits[-10:] in "".join(filter(str.isdigit, given))
    if finding.fact == "area_city":
        return _bare(item.rpartition(",")[0] or item) in (_bare(finding.site_value), _bare(finding.item))
    wanted = stems(item)
    shared = len(wanted & stems(given)) / max(1, len(wanted))
    return shared >= (0.5 if finding.fact in ("offer", "membership") else 1.0)


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _is_alarm(line: dict[str, Any], finding: Finding) -> bool:
    rules = _KINDS_OF_RULES.get(line["kind"], ())
    on_page = not finding.pages or path_of(line["page"]) in finding.pages
    if not on_page or not any(rule in finding.rule.value for rule in rules):
        return False
    return line["kind"] in ("hours", "emergency_promise", "financing") or _names(line["item"], finding)


def table(score: Score) -> Iterator[str]:
    """Yield a line for each kind, and the totals with and without services."""
    yield f"{'':<28}{'right':>6}{'false':>6}{'recalled':>6}{'missed':>7}  {'precision':<20}{'recall':<20}"
    for kind in sorted(score.counts):
        yield _line(kind, score.counts[kind])
    yield _line("all", _sum(score.counts.values()))
    if "service" in score.counts:
        others = (count for kind, count in score.counts.items() if kind != "service")
        yield _line("all but services", _sum(others))
    for kind, pages in sorted(score.pages.items()):
        precision, recall = _mean(pages, "right", "false"), _mean(pages, "recalled", "missed")
        yield f"page average {kind:<19} precision {precision}  recall {recall}"


def _sum(counts: Iterable[Count]) -> Count:
    whole = Count()
    for count in counts:
        whole.add(count)
    return whole


def _line(name: str, count: Count) -> str:
    precision = wilson(count.right, count.right + count.false)
    recall = wilson(count.recalled, count.recalled + count.missed)
    return (
        f"{name:<28}{count.right:>6}{count.false:>6}{count.recalled:>6}{count.missed:>7}  {precision:<20}{recall:<20}"
    )


def _mean(pages: Iterable[Count], good: str, bad: str) -> str:
    totals = [(getattr(count, good), getattr(count, good) + getattr(count, bad)) for count in pages]
    shares = [part / whole for part, whole in totals if whole]
    return f"{sum(shares) / len(shares):.3f}" if shares else "-"
