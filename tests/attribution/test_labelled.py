"""Decisions that weights predict are counted by the probabilities of the assignment."""

import math

import pytest

from attribution.estimates.labelled import fit_of
from attribution.linkage import model
from attribution.linkage.fitting import LEAST, Case


def predicts(odds: tuple[float, ...], true: int | None) -> bool:
    """Return whether the shipped weights predict the decision about candidates with these odds."""
    used = model.read()
    weight = used.weight(model.START)
    candidates = tuple({model.START: math.log(each) / weight} for each in odds)
    return bool(fit_of(used, [Case(candidates, true)], []).shipped)


@pytest.mark.parametrize(
    ("odds", "true"),
    [
        ((1.01,), 0),
        ((0.99,), None),
        ((1.2, 0.8), 0),
        ((0.4, 3.0), 1),
        ((0.5, 0.5, 0.5), None),
        # No lead: 0.474. The first: 0.526 * 0.889 = 0.468, because the second takes more than its odds.
        ((1.01, 0.1), None),
        # No lead: 0.376. The first: 0.624 * 0.598 = 0.373.
        ((1.01, 0.65), None),
    ],
)
def test_the_most_likely_outcome_is_that_of_the_assignment(odds: tuple[float, ...], true: int | None) -> None:
    everyone = [None, *range(len(odds))]
    assert [other for other in everyone if predicts(odds, other)] == [true]


def test_decisions_on_further_jobs_are_predicted_by_those_of_other_parts() -> None:
    """All were declined, although their links stated odds of e: only the number of the tenant predicts them."""
    fit = fit_of(model.read(), [], [(1.0, False)] * 2 * LEAST)
    assert (fit.decisions, fit.shipped, fit.own) == (2 * LEAST, 0, 2 * LEAST)
