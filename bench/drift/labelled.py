"""`python -m bench.drift --folder DIR`: the reader and the comparison against shops that other people labeled."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from tests.support.labeled_shops import Matched, Tally, judge_facts, judge_findings, read_shops

#: How these are worded is ours alone, so a label in other words is no miss of the reader: shown, not summed.
WORDED = ("service", "emergency_promise", "financing")


def print_all(folder: Path, today: date, *, misses: bool) -> None:
    """The figures of all shops below a folder; with `misses`, each miss and each false one."""
    facts, matched, shops = Tally(), Matched(), list(read_shops(folder, today))
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
    for rule in sorted({*matched.right, *false, *matched.recalled, *missed}):
        print(f"{rule:<32}{matched.right[rule]:>6}{false[rule]:>6}{matched.recalled[rule]:>7}{missed[rule]:>8}")
    right, found = matched.right.total(), matched.recalled.total()
    precision, recall = right / max(1, right + false.total()), found / max(1, found + missed.total())
    print(f"opened findings: precision {precision:.3f} ({right} of {right + false.total()}), ", end="")
    print(f"recall {recall:.3f} ({found} of {found + missed.total()})\n")


def _told(matched: Matched) -> Iterable[str]:
    for shop, one in matched.false:
        words = f"{one.item} | map {one.map_value} | site {one.site_value} | {one.confidence:.2f} | {one.quote}"
        yield f"false  {shop} {one.rule} {','.join(one.pages)}: {words}"
    for shop, label in matched.missed:
        yield f"missed {shop} {label['rule']} {label['page']}: {label['about']} | {label.get('why', '')}"
