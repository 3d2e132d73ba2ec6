"""Full agreement is never worth less than partial agreement."""

import math

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from attribution.linkage import fitting, model
from attribution.linkage.comparing import COMPARISONS, NAME
from attribution.linkage.fitting import Case
from attribution.linkage.model import NAME_GROUPS, STRONG, Model

STEPS = {comparison.name: [step.name for step in comparison.steps] for comparison in COMPARISONS}
NEAR = [(name, step) for name, (_, *steps) in STRONG.items() for step in steps]
ANY = st.fixed_dictionaries({name: st.sampled_from(steps) for name, steps in STEPS.items()})
#: A full name is at most so common beside its last name, or nothing is promised: where everybody of a name has one
#: first name, the first name tells nothing. The same for a last name so common that rarity is bounded.
PART = 1 / 8
#: Where both limits meet, at a share of 0.000875, the worst combination of steps is 0.18 short.
COMMON_FULL = 0.0006


def score(used: Model, steps: dict[str, str], *, rarity: float, crowd: float = 0.0) -> float:
    numbers = model.values(steps, rarity=rarity, crowd=crowd, habits={})
    weights = sum(used.weight(name) * value for name, value in numbers.items())
    return weights + sum(used.weight(name) for name in model.features(steps))


def rarity_of(used: Model, step: str, *, full: float, last: float) -> float:
    """Compute rarity as `scoring` does, from the frequency of a full name and of its last name."""
    tf = next(item.tf for item in NAME.steps if item.name == step)
    return max(-5.0, min(5.0, math.log(used.u["name"][step] / {"full_name": full, "last": last}[tf])))


@settings(max_examples=300, deadline=None)
@given(steps=ANY, near=st.sampled_from(NEAR), rarity=st.floats(-5, 5), crowd=st.floats(-2, 7))
def test_full_contact_agreement_has_the_highest_weight(
    steps: dict[str, str], near: tuple[str, str], rarity: float, crowd: float
) -> None:
    used, (name, step) = model.read(), near
    both = (steps | {name: STRONG[name][0]}, steps | {name: step})
    full, less = (score(used, pair, rarity=rarity, crowd=crowd) for pair in both)
    assert full >= less - 1e-9


@settings(max_examples=300, deadline=None)
@given(
    steps=ANY,
    near=st.sampled_from(NAME_GROUPS["full"][1:]),
    last=st.floats(1e-4, 0.007),
    part=st.floats(1e-3, PART),
)
def test_full_name_agreement_has_the_highest_weight(steps: dict[str, str], near: str, last: float, part: float) -> None:
    assume(last * part <= COMMON_FULL)
    used = model.read()
    full, less = (
        score(used, steps | {"name": step}, rarity=rarity_of(used, step, full=last * part, last=last))
        for step in ("same", near)
    )
    assert full >= less - 1e-9


def test_refitting_keeps_the_order_of_weights() -> None:
    used = model.read()
    rest = {"name": "same", "email": "same", "address": "same", "time": "day", "service": "same", "campaign": "same"}
    pairs = [rest | {"phone": phone, "words": "missing"} for phone in ("same", "typo")]
    cases = [
        Case((dict.fromkeys([model.START, *model.features(pair)], 1.0),), true)
        for pair, true in zip(pairs, (None, 0), strict=True)
    ]
    moved = fitting.by_labels(used, cases * 100)
    full, less = (score(moved, pair, rarity=0) for pair in pairs)
    assert moved.labels == 200 and full >= less - 1e-9


@settings(max_examples=300, deadline=None)
@given(steps=ANY, contact=st.sampled_from(list(STRONG)), rarity=st.floats(-5, 5))
def test_another_agreeing_contact_never_lowers_the_score(steps: dict[str, str], contact: str, rarity: float) -> None:
    """With a first agreeing contact, apart from time and work: their weights depend on how certain the person is."""
    assume(any(steps[name] in members for name, members in STRONG.items() if name != contact))
    used, steps = model.read(), steps | dict.fromkeys(model.OUTCOME, "missing")
    more, less = (score(used, steps | {contact: step}, rarity=rarity) for step in (STRONG[contact][0], "missing"))
    assert more >= less - 1e-9
