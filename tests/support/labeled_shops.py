"""Shops whose pages a person labeled: read and compare them, and judge the result by the labels.

A shop is a folder with `pages/*.html`, `map.json` (docs/reference/titan-map-json.md), `facts.json` and
`findings.json`. Facts are `{page: {kind: [value]}}`; a value that begins with "?" may be read or not. Findings are
`[{"rule", "about", "page"}]`, `page` null for the whole site; with `"maybe": true` it may be opened or not. All values
of a kind that the labels of a page name count; a kind that they leave out is not judged.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from drift.compare.check import check
from drift.compare.findings import Finding
from drift.compare.index import Index, keys
from drift.reading.calibration import OPENS_AT
from drift.reading.facts import Fact, Kind
from drift.reading.guide import stems
from drift.reading.licenses import normal
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map

_WORD = re.compile(r"[a-z0-9]+")
_SMALL = frozenset({"the", "a", "an", "of", "for", "and", "on", "in", "to", "is", "page", "site", "map"})


@dataclass
class Tally:
    """For each name: right, false and missed, and examples of the last two."""

    right: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        good, bad = self.right.total(), self.false.total()
        return good / (good + bad) if good + bad else 1.0

    @property
    def recall(self) -> float:
        good, bad = self.right.total(), self.missed.total()
        return good / (good + bad) if good + bad else 1.0

    def table(self) -> Iterable[str]:
        for name in sorted({*self.right, *self.false, *self.missed}):
            right, false, missed = self.right[name], self.false[name], self.missed[name]
            precision, recall = _share(right, false), _share(right, missed)
            yield f"{name:<32}{right:>6}{false:>6}{missed:>7}{precision:>10}{recall:>8}"


def _share(good: int, bad: int) -> str:
    return f"{good / (good + bad):.3f}" if good + bad else "-"


@dataclass(frozen=True)
class LabeledShop:
    """A labeled shop, read and compared."""

    name: str
    facts: Mapping[str, list[Fact]]
    findings: list[Finding]
    labeled_facts: Mapping[str, Mapping[str, list[str]]]
    labeled_findings: list[dict[str, Any]]


@dataclass
class Matched:
    """Findings of shops compared with their labels."""

    right: Counter[str] = field(default_factory=Counter)
    false: list[tuple[str, Finding]] = field(default_factory=list)
    recalled: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def read_shops(folder: Path, today: date) -> Iterator[LabeledShop]:
    """Read every shop below a folder, in the order of their names."""
    return (read_shop(path.parent, today) for path in sorted(folder.glob("*/map.json")))


def read_shop(place: Path, today: date) -> LabeledShop:
    """Read the shop of a folder and compare it with its map."""
    index = Index(read_map((place / "map.json").read_bytes()), today)
    facts = {
        file.stem: read_page(file.read_bytes(), today=today, page=f"/{file.stem}", known=index.known)
        for file in sorted((place / "pages").glob("*.html"))
    }
    pages = {_path(stem): page_facts for stem, page_facts in facts.items()}
    opened = check(index, pages)
    labels = (json.loads((place / name).read_text(encoding="utf-8")) for name in ("facts.json", "findings.json"))
    return LabeledShop(place.name, facts, opened.findings, *labels)


def _path(stem: str) -> str:
    return "/" if stem == "index" else f"/{stem}"


def label_of(fact: Fact) -> str:
    """Return a fact in the form of the labels."""
    price = "" if fact.price is None else _digits(fact.price)
    match fact.kind:
        case Kind.OFFER:
            return f"{price}|{'' if fact.percent is None else _digits(fact.percent)}|{fact.expires or ''}"
        case Kind.PRICE:
            return price
        case Kind.MEMBERSHIP:
            return f"{fact.value} {price}"
        case Kind.LICENSE:
            return fact.value.removeprefix("ROC ")
    return fact.value


def _digits(number: Decimal) -> str:
    return f"{number.normalize():f}"


def judge_facts(tally: Tally, shop: LabeledShop) -> None:
    """Add facts that were read rightly, wrongly and not at all; services by what they mean."""
    for page, kinds in shop.labeled_facts.items():
        facts = [fact for fact in shop.facts[page] if fact.confidence >= OPENS_AT]
        denied = {label.removeprefix("?") for label in kinds.get("not_service", ())}
        for kind, labels in kinds.items():
            if kind == "not_service":
                continue
            values = {label_of(fact) for fact in facts if fact.kind == kind}
            wanted = {label for label in labels if not label.startswith("?")}
            allowed = {label.removeprefix("?") for label in labels}
            for label in sorted(wanted):
                good = any(_same(kind, label, value) for value in values)
                (tally.right if good else tally.missed)[kind] += 1
                if not good:
                    tally.examples.append(f"missed {shop.name}/{page} {kind}: {label}")
            for value in sorted(values):
                if not any(_same(kind, label, value) for label in allowed) or (kind == "service" and value in denied):
                    tally.false[kind] += 1
                    tally.examples.append(f"false  {shop.name}/{page} {kind}: {value}")


def _same(kind: str, label: str, value: str) -> bool:
    if kind == "license":
        mine, ours = normal(label.removeprefix("ROC ")), normal(value)
        return mine == ours or (mine.isdigit() and ours.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == mine)
    if kind == "service":
        return bool(keys(label) & keys(value)) or stems(label) == stems(value)
    return label.casefold() == value.casefold()


def judge_findings(matched: Matched, shop: LabeledShop) -> None:
    """Match labels and findings. A finding of several pages may fit several labels; each label wants a finding."""
    fits = [[_fits(label, finding) for finding in shop.findings] for label in shop.labeled_findings]
    for label, row in zip(shop.labeled_findings, fits, strict=True):
        if label.get("maybe"):
            continue
        if any(row):
            matched.recalled[label["rule"]] += 1
        else:
            matched.missed.append((shop.name, label))
    for at, finding in enumerate(shop.findings):
        if any(row[at] for row in fits):
            matched.right[finding.rule.value] += 1
        else:
            matched.false.append((shop.name, finding))


def _fits(label: Mapping[str, Any], finding: Finding) -> bool:
    """Return whether rule and page are the same, and half of the words that say what the label is about."""
    if label["rule"] != finding.rule.value:
        return False
    if label["page"] and finding.pages and _path(label["page"]) not in finding.pages:
        return False
    wanted = _words(label["about"])
    texts = (finding.item, finding.site_value, *finding.map_value.split(","), finding.quote, *finding.pages)
    named = frozenset().union(*map(_words, texts))
    return not wanted or 2 * len(wanted & named) >= len(wanted)


def _words(text: str) -> frozenset[str]:
    text = re.sub(r"(?<=\d)[,\s().+-]+(?=\d)", "", text.lower())
    text = re.sub(r"\b1(?=\d{10}\b)", "", text)  # a number of North America with and without its country
    return frozenset(_WORD.findall(text)) - _SMALL
