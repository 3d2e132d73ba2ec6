"""Fits weights to decided pairs, both for the shipped model and for a tenant's own decisions. No I/O.

The evidence is grouped by job: its candidates, and which one is true, if any. The probability that any is true, and
each one's share of it, are computed as in the assignment. Weights are regularized toward their initial values, so that
few decisions change little; with fewer than LEAST decisions of a tenant nothing changes.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .comparing import SPANS
from .model import (
    FAR,
    FURTHER,
    NAME_GROUPS,
    PERSONS,
    RARITY,
    REACHED,
    RIVALRY,
    START,
    STRONG,
    Model,
    by_person,
    crossing,
    feature,
)

LEAST = 50
#: Decided further jobs without which their weight stays as it is, and how strongly it is held there: offices differ by
#: 0.57, as a standard deviation, and 1 / 0.57² is 3.
LEAST_FURTHER, _HOLD_FURTHER = 10, 3.0
_STEPS = 25
#: Least weight of another agreeing contact.
_MORE = 0.1
#: Times after a lead, the latest first.
_TIMES = [name for name in reversed(SPANS) if name != "differ"]
#: Decisions on further jobs: (log-odds that the link states, whether the job belongs to the lead).
Further = Sequence[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Case:
    """A decided job: the features of each candidate (name to value), and the index of the true one, or None."""

    candidates: tuple[Mapping[str, float], ...]
    true: int | None


def refit(cases: Sequence[Case], start: Mapping[str, float], *, hold: float) -> dict[str, float]:
    """Return the best fitting weights by Newton's method. Changing a weight by 1 costs `hold`/2."""
    names = sorted({name for case in cases for features in case.candidates for name in features} | {START})
    place = {name: at for at, name in enumerate(names)}
    rows = [
        ([[(place[name], value) for name, value in features.items()] for features in case.candidates], case.true)
        for case in cases
    ]
    first = [start.get(name, 0.0) for name in names]
    now = list(first)
    for _ in range(_STEPS):
        slope = [hold * (was - is_) for was, is_ in zip(first, now, strict=True)]
        curve = [[hold if row == column else 0.0 for column in range(len(names))] for row in range(len(names))]
        for candidates, true in rows:
            _add(candidates, true, now, slope, curve)
        move = _solved(curve, slope)
        size = max(abs(step) for step in move)
        shrink = min(1.0, 2.0 / size) if size else 1.0
        now = [is_ + shrink * step for is_, step in zip(now, move, strict=True)]
        if size < 1e-7:
            break
    return dict(start) | {name: round(now[at], 6) for name, at in place.items()}


def _add(
    candidates: Sequence[Sequence[tuple[int, float]]],
    true: int | None,
    now: Sequence[float],
    slope: list[float],
    curve: list[list[float]],
) -> None:
    """Add one case to the gradient, and a positive definite approximation of its curvature."""
    odds = [math.exp(min(FAR, sum(now[at] * value for at, value in features))) for features in candidates]
    parts = [each / sum(odds) for each in odds]
    tempered = [each**RIVALRY for each in odds]
    shares = [each / sum(tempered) for each in tempered]
    any_right = sum(odds) / (1.0 + sum(odds))
    for place, features in enumerate(candidates):
        missed = parts[place] * (-any_right if true is None else 1 - any_right)
        if true is not None:
            missed += RIVALRY * ((place == true) - shares[place])
        for at, value in features:
            slope[at] += missed * value
    if true is None:
        _add_curvature(candidates, parts, any_right, any_right**2, curve)
    else:
        _add_curvature(candidates, parts, 0.0, any_right * (any_right - 1), curve)
        _add_curvature(candidates, shares, RIVALRY**2, RIVALRY**2, curve)


def _add_curvature(
    candidates: Sequence[Sequence[tuple[int, float]]],
    shares: Sequence[float],
    square: float,
    mean_square: float,
    curve: list[list[float]],
) -> None:
    """Add `square` times the mean of the candidates' outer products, less `mean_square` times that of their mean."""
    mean: dict[int, float] = {}
    for share, features in zip(shares, candidates, strict=True):
        if share < 1e-9:
            continue
        for at, value in features:
            mean[at] = mean.get(at, 0.0) + share * value
            if square:
                row, weighted = curve[at], square * share * value
                for other, more in features:
                    row[other] += weighted * more
    if abs(mean_square) > 1e-9:
        for at, value in mean.items():
            row, weighted = curve[at], mean_square * value
            for other, more in mean.items():
                row[other] -= weighted * more


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve matrix · x = right by Cholesky decomposition. The matrix is positive definite because of `hold`."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            left, other = lower[row], lower[column]
            rest = matrix[row][column] - sum(left[at] * other[at] for at in range(column))
            lower[row][column] = math.sqrt(max(rest, 1e-12)) if row == column else rest / other[column]
    down = [0.0] * size
    for row in range(size):
        down[row] = (right[row] - sum(lower[row][at] * down[at] for at in range(row))) / lower[row][row]
    solution = [0.0] * size
    for row in reversed(range(size)):
        rest = sum(lower[at][row] * solution[at] for at in range(row + 1, size))
        solution[row] = (down[row] - rest) / lower[row][row]
    return solution


def by_labels(model: Model, cases: Iterable[Case], further: Further = ()) -> Model:
    """Return the model refitted to a tenant's own decisions, or unchanged if there are fewer than LEAST.

    With enough decisions on further jobs, also fits how often they belong to their lead: an office's files do not show
    that without decisions.
    """
    known = list(cases)
    decided = len(known) + len(further)
    if decided < LEAST:
        return model
    moved = in_order(refit(known, model.weights, hold=10.0)) if known else model.weights
    weights = {
        name: value for name, value in moved.items() if name in model.weights or name in (START, RARITY) or value
    }
    if len(further) >= LEAST_FURTHER:
        weights[FURTHER] = round(model.weight(FURTHER) + shift(further), 6)
    return replace(model, weights=weights, labels=decided)


def shift(decided: Further) -> float:
    """Return the number that, added to the stated log-odds, fits the decisions best, held toward zero."""
    best = 0.0
    for _ in range(_STEPS):
        stated = [1 / (1 + math.exp(-max(-30.0, min(30.0, odds + best)))) for odds, _ in decided]
        slope = sum(right - p for p, (_, right) in zip(stated, decided, strict=True)) - _HOLD_FURTHER * best
        best += max(-1.0, min(1.0, slope / (sum(p * (1 - p) for p in stated) + _HOLD_FURTHER)))
    return round(best, 6)


def in_order(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights with partial agreement of a contact at most full agreement, and full agreement never worse.

    A job that follows sooner never counts less than one that follows later.
    All steps in `STRONG` count equally as one agreeing contact, so no other feature separates the steps of a contact.
    Two contacts together add less than their sum, but the second one, if it agrees fully, never less than nothing.
    """
    ordered = dict(weights)
    for name, (full, *near) in STRONG.items():
        for step in near:
            ordered[feature(name, step)] = min(
                weights.get(feature(name, step), 0.0), weights.get(feature(name, full), 0.0)
            )
    least = min(weights.get(feature(name, full), 0.0) for name, (full, *_) in STRONG.items())
    for group in NAME_GROUPS if least > 0 else ():
        lost = max(0.0, weights.get(REACHED, 0.0)) if group == "other" else 0.0
        for agreeing in range(1, len(STRONG)):
            lowest = round(ordered.get(crossing(group, agreeing), 0.0) - least + lost + _MORE, 6)
            ordered[crossing(group, agreeing + 1)] = max(ordered.get(crossing(group, agreeing + 1), 0.0), lowest)
    for later, sooner in pairwise(_TIMES):
        for person in sorted(PERSONS):  # the plain weight first: the others add to it
            _raise(ordered, sooner, later, person)
    return ordered


def _raise(weights: dict[str, float], sooner: str, later: str, person: str) -> None:
    """Raise the weight of the sooner time, as far as that of the later one is higher."""

    def parts(step: str) -> list[str]:
        return [feature("time", step)] + ([by_person(person, "time", step)] if person else [])

    lacks = sum(weights.get(name, 0.0) for name in parts(later)) - sum(weights.get(name, 0.0) for name in parts(sooner))
    if lacks > 0:
        last = parts(sooner)[-1]
        weights[last] = round(weights.get(last, 0.0) + lacks, 6)
