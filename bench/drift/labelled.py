"""`python -m bench.drift --folder DIR`: the reader and the comparison against shops that somebody else labelled.

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

from drift.compare import names
from drift.compare.check import check
from drift.compare.findings import OPENS_AT, Finding
from drift.compare.index import Index, keys
from drift.reading.facts import Fact, Kind
from drift.reading.licenses import normal
from drift.reading.read import read_page
from pagetojob.titanmap.map_json import read_map

from .score import Tally

#: How these are worded is ours alone, so a label in other words is no miss of the reader: shown, not summed.
WORDED = ("service", "emergency_promise", "financing")
_WORD = re.compile(r"[a-z0-9]+")
_SMALL = frozenset({"the", "a", "an", "of", "for", "and", "on", "in", "to", "is", "page", "site", "map"})


@dataclass(frozen=True)
class Shop:
    """One labelled shop, read and compared."""

    name: str
    facts: Mapping[str, list[Fact]]
    findings: list[Finding]
    told_facts: Mapping[str, Mapping[str, list[str]]]
    told_findings: list[dict[str, Any]]


@dataclass
class Matched:
    """The findings of shops against their labels. `left` are the pairs that no rule of ours could bring together."""

    right: Counter[str] = field(default_factory=Counter)
    false: list[tuple[str, Finding]] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def shops_in(folder: Path, today: date) -> Iterator[Shop]:
    """Every shop below a folder, in the order of their names."""
    return (shop_in(path.parent, today) for path in sorted(folder.glob("*/map.json")))


def shop_in(place: Path, today: date) -> Shop:
    """The shop of a folder, read and compared."""
    index = Index(read_map((place / "map.json").read_bytes()), today)
    facts = {
        file.stem: read_page(file.read_bytes(), today=today, page=f"/{file.stem}", known=index.known)
        for file in sorted((place / "pages").glob("*.html"))
    }
    opened = check(index.map, {_path(stem): found for stem, found in facts.items()}, today=today, index=index)
    told = (json.loads((place / name).read_text(encoding="utf-8")) for name in ("facts.json", "findings.json"))
    return Shop(place.name, facts, opened.findings, *told)


def _path(stem: str) -> str:
    return "/" if stem == "index" else f"/{stem}"


def told(fact: Fact) -> str:
    """A fact in the form of the labels."""
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


def judge_facts(tally: Tally, shop: Shop) -> None:
    """Add what was read rightly, wrongly and not at all; services by what they mean."""
    for page, kinds in shop.told_facts.items():
        facts = [fact for fact in shop.facts[page] if fact.confidence >= OPENS_AT]
        denied = {label.removeprefix("?") for label in kinds.get("not_service", ())}
        for kind, labels in kinds.items():
            if kind == "not_service":
                continue
            found = {told(fact) for fact in facts if fact.kind == kind}
            wanted = {label for label in labels if not label.startswith("?")}
            allowed = {label.removeprefix("?") for label in labels}
            for label in sorted(wanted):
                good = any(_same(kind, label, one) for one in found)
                (tally.right if good else tally.missed)[kind] += 1
                if not good:
                    tally.examples.append(f"missed {shop.name}/{page} {kind}: {label}")
            for one in sorted(found):
                if not any(_same(kind, label, one) for label in allowed) or (kind == "service" and one in denied):
                    tally.false[kind] += 1
                    tally.examples.append(f"false  {shop.name}/{page} {kind}: {one}")


def _same(kind: str, label: str, one: str) -> bool:
    if kind == "license":
        mine, ours = normal(label.removeprefix("ROC ")), normal(one)
        return mine == ours or (mine.isdigit() and ours.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == mine)
    if kind == "service":
        return bool(keys(label) & keys(one)) or names.words(label) == names.words(one)
    return label.casefold() == one.casefold()


def judge_findings(matched: Matched, shop: Shop) -> None:
    """One finding may be told on several pages, so it may fit several labels; each label wants a finding."""
    fits = [[_fits(label, one) for one in shop.findings] for label in shop.told_findings]
    for label, row in zip(shop.told_findings, fits, strict=True):
        if label.get("maybe"):
            continue
        if any(row):
            matched.found[label["rule"]] += 1
        else:
            matched.missed.append((shop.name, label))
    for at, one in enumerate(shop.findings):
        if any(row[at] for row in fits):
            matched.right[one.rule.value] += 1
        else:
            matched.false.append((shop.name, one))


def _fits(label: Mapping[str, Any], one: Finding) -> bool:
    """The rule, the page, and half of the words that say what it is about."""
    if label["rule"] != one.rule.value:
        return False
    if label["page"] and one.pages and _path(label["page"]) not in one.pages:
        return False
    wanted = _words(label["about"])
    said = frozenset().union(*map(_words, (one.item, one.site_value, *one.map_value.split(","), one.quote, *one.pages)))
    return not wanted or 2 * len(wanted & said) >= len(wanted)


def _words(text: str) -> frozenset[str]:
    text = re.sub(r"(?<=\d)[,\s().+-]+(?=\d)", "", text.lower())
    text = re.sub(r"\b1(?=\d{10}\b)", "", text)  # a number of North America with and without its country
    return frozenset(_WORD.findall(text)) - _SMALL


def print_all(folder: Path, today: date, *, misses: bool) -> None:
    """The figures of all shops below a folder; with `misses`, each miss and each false one."""
    facts, matched, shops = Tally(), Matched(), list(shops_in(folder, today))
    for shop in shops:
        judge_facts(facts, shop)
        judge_findings(matched, shop)
    print(f"{folder.name}: {len(shops)} shops, {sum(len(shop.facts) for shop in shops)} pages; facts by kind")
    print(f"{'':<32}{'right':>6}{'false':>6}{'missed':>7}{'precision':>10}{'recall':>8}")
    print("\n".join(facts.table()))
    for name in WORDED:
        for counter in (facts.right, facts.false, facts.missed):
            counter.pop(name, None)
    print(f"all but {', '.join(WORDED)}: precision {facts.precision:.3f} recall {facts.recall:.3f}\n")
    _print_findings(matched)
    if misses:
        print("\n".join([*facts.examples, "", *_told(matched)]))


def _print_findings(matched: Matched) -> None:
    false = Counter(one.rule.value for _, one in matched.false)
    missed = Counter(label["rule"] for _, label in matched.missed)
    print(f"findings by rule{'':<16}{'right':>6}{'false':>6}{'found':>7}{'missed':>8}")
    for rule in sorted({*matched.right, *false, *matched.found, *missed}):
        print(f"{rule:<32}{matched.right[rule]:>6}{false[rule]:>6}{matched.found[rule]:>7}{missed[rule]:>8}")
    right, found = matched.right.total(), matched.found.total()
    precision, recall = right / max(1, right + false.total()), found / max(1, found + missed.total())
    print(f"opened findings: precision {precision:.3f} ({right} of {right + false.total()}), ", end="")
    print(f"recall {recall:.3f} ({found} of {found + missed.total()})\n")


def _told(matched: Matched) -> Iterable[str]:
    for shop, one in matched.false:
        words = f"{one.item} | map {one.map_value} | site {one.site_value} | {one.confidence:.2f} | {one.quote}"
        yield f"false  {shop} {one.rule} {','.join(one.pages)}: {words}"
    for shop, label in matched.missed:
        yield f"missed {shop} {label['rule']} {label['page']}: {label['about']} | {label.get('why', '')}"
