"""Labels against what was read and found."""

from drift.compare.findings import Finding
from drift.reading.facts import Fact, Kind
from drift.reading.licenses import normal
from tests.support.labeled_shops import Tally

from .shops import Shop

#: Kinds whose labels are complete on our pages; only they are judged for precision.
JUDGED = (
    "phone",
    "emergency_phone",
    "area_city",
    "offer",
    "membership",
    "hours",
    "license",
    "email",
    "address",
    "price",
    "service",
)


def value_of(fact: Fact) -> str:
    """A fact in the form of the labels."""
    if fact.kind is Kind.OFFER:
        amount = "" if fact.price is None else f"${fact.price:f}"
        number = f"{fact.percent:f}%" if fact.percent is not None else amount
        return f"{fact.detail.get('form')} {number} {fact.expires or ''}".strip()
    if fact.kind is Kind.MEMBERSHIP:
        return f"{fact.value} {fact.price}"
    if fact.kind is Kind.PRICE:
        return f"{fact.price}"
    return normal(fact.value) if fact.kind is Kind.LICENSE else fact.value


def judge_facts(tally: Tally, page: str, labels: set[tuple[str, str]], facts: list[Fact]) -> None:
    sure = {(fact.kind.value, value_of(fact)) for fact in facts if fact.confidence >= 0.6 and fact.kind.value in JUDGED}
    sure -= {(kind, value) for kind, value in sure if kind == "membership" and value.endswith("None")}
    any_told = {(fact.kind.value, value_of(fact)) for fact in facts if fact.confidence >= 0.4}
    for kind, value in sorted(labels):
        good = (kind, value) in any_told
        (tally.right if good else tally.missed)[kind] += 1
        if not good:
            tally.examples.append(f"missed {page} {kind}: {value}")
    known = {value for kind, value in labels if kind == "service"}
    for kind, value in sorted(sure - labels):
        if kind == "service" and _near(value, known):
            continue
        tally.false[kind] += 1
        tally.examples.append(f"false  {page} {kind}: {value}")


def _near(value: str, known: set[str]) -> bool:
    """A card "Panel Upgrade" may be read as an installation; what counts is the thing."""
    return any(value.split(maxsplit=1)[0] == name.split()[0] for name in known)


def judge_findings(tally: Tally, shop: Shop, findings: list[Finding]) -> None:
    left = set(shop.expected)
    for one in findings:
        words = f"{one.item} {one.site_value} {one.quote}".lower().replace("+1", "")
        match = next((each for each in sorted(left) if each[0] == one.rule.value and _fits(each[1], words)), None)
        if match is None:
            tally.false[one.rule.value] += 1
            tally.examples.append(
                f"false  site {shop.seed} {one.page} {one.rule}: {one.item} | {one.site_value} | {one.quote[:90]}"
            )
        else:
            left.discard(match)
            tally.right[one.rule.value] += 1
    for rule, word in sorted(left):
        tally.missed[rule] += 1
        tally.examples.append(f"missed site {shop.seed} {rule}: {word}")


def _fits(word: str, words: str) -> bool:
    bare = "".join(filter(str.isalnum, word.lower()))
    return bare in "".join(filter(str.isalnum, words))
