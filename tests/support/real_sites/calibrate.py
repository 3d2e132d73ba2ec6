"""Fit the weights of drift/reading/calibration.json on the tuning websites, and measure them by cross validation.

A logistic regression on the confidence of a reading with an offset for each kind. Each website is predicted by weights
that were fitted without it.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from drift.reading import calibration

from .load import RealSite
from .score import score_facts, score_findings

FILE = Path(calibration.__file__).with_name("calibration.json")
FINDING = "finding"
#: Findings of the tuning websites at first sight, before any rule was tuned on them: right, and all. They count as
#: further samples, because tuning has removed every false finding.
FIRST_SIGHT = (56, 59)
FOLDS, SWEEPS, PENALTY = 5, 200, 1.0
_EDGES = (0.0, 0.8, 0.9, 0.95, 0.975, 1.01)


class Sample(NamedTuple):
    """A reading or finding: its website, kind and confidence, and whether it is right."""

    site: str
    kind: str
    confidence: float
    is_right: bool


def samples_of(sites: Iterable[RealSite]) -> list[Sample]:
    """Return the facts and findings of websites with their judgment."""
    samples = []
    for site in sites:
        samples += [Sample(site.name, *judged) for judged in score_facts([site]).judged]
        samples += [Sample(site.name, FINDING, *judged[1:]) for judged in score_findings([site]).judged]
    return samples


def fit(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the weights of a logistic regression, by damped Newton steps on one weight after the other."""
    right, count = FIRST_SIGHT
    findings = [sample.confidence for sample in samples if sample.kind == FINDING]
    usual = sum(findings) / max(1, len(findings))
    samples = [*samples, *(Sample("", FINDING, usual, at < right) for at in range(count))]
    kinds = dict.fromkeys(sorted({sample.kind for sample in samples}), 0.0)
    weights: dict[str, Any] = {"intercept": 0.0, "slope": 1.0, "kinds": kinds}
    for _ in range(SWEEPS):
        for kind in kinds:
            own = [sample for sample in samples if sample.kind == kind]
            kinds[kind] += _step(own, weights, lambda _: 1.0, kinds[kind] * PENALTY, PENALTY)
        weights["slope"] += _step(samples, weights, lambda sample: sample.confidence, 0.0, 0.0)
        weights["intercept"] += _step(samples, weights, lambda _: 1.0, 0.0, 0.0)
    rounded = {kind: round(weight, 3) for kind, weight in kinds.items()}
    return {"intercept": round(weights["intercept"], 3), "slope": round(weights["slope"], 3), "kinds": rounded}


def _step(samples: Sequence[Sample], weights: dict[str, Any], of: Any, pull: float, penalty: float) -> float:
    first, second = -pull, penalty + 1e-6
    for sample in samples:
        share, value = predicted(weights, sample), of(sample)
        first += (sample.is_right - share) * value
        second += share * (1 - share) * value * value
    return max(-1.0, min(1.0, first / second))


def predicted(weights: dict[str, Any], sample: Sample) -> float:
    odds = weights["intercept"] + weights["slope"] * sample.confidence + weights["kinds"].get(sample.kind, 0.0)
    return 1 / (1 + math.exp(-odds))


def cross_validated(samples: Sequence[Sample]) -> list[tuple[float, bool]]:
    """Return a prediction for each sample, by weights fitted on the websites of the other folds."""
    pairs = []
    for fold in range(FOLDS):
        weights = fit([sample for sample in samples if _fold(sample.site) != fold])
        pairs += [
            (max(calibration.OPENS_AT, predicted(weights, sample)), sample.is_right)
            for sample in samples
            if _fold(sample.site) == fold
        ]
    return pairs


def _fold(site: str) -> int:
    return hashlib.sha256(site.encode()).digest()[0] % FOLDS


def bins(pairs: Sequence[tuple[float, bool]]) -> Iterator[tuple[float, float, int, float, float]]:
    """Yield the borders, the size, the mean prediction and the share of right readings of each bin with readings."""
    for low, high in pairwise(_EDGES):
        if own := [pair for pair in pairs if low <= pair[0] < high]:
            yield (
                low,
                high,
                len(own),
                sum(share for share, _ in own) / len(own),
                sum(right for _, right in own) / len(own),
            )


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the mean gap between prediction and share."""
    return sum(size * abs(mean - right) for *_, size, mean, right in bins(pairs)) / max(1, len(pairs))


def reliability(pairs: Sequence[tuple[float, bool]]) -> Iterator[str]:
    """Yield the reliability table and the calibration error."""
    yield "| predicted | readings | mean prediction | right |"
    yield "| --- | --- | --- | --- |"
    for low, high, size, mean, right in bins(pairs):
        yield f"| {low:.3f} to {min(high, 1):.3f} | {size} | {mean:.3f} | {right:.3f} |"
    yield f"calibration error: {calibration_error(pairs):.3f}"


def calibrate(sites: Iterable[RealSite]) -> Iterator[str]:
    """Fit and store the weights, and yield the report."""
    samples = samples_of(sites)
    FILE.write_text(json.dumps(fit(samples), indent=1) + "\n", encoding="utf-8")
    pairs = cross_validated(samples)
    is_finding = [sample.kind == FINDING for fold in range(FOLDS) for sample in samples if _fold(sample.site) == fold]
    for title, wanted in (("facts", False), ("findings", True)):
        yield f"{title}, predicted by weights of other websites"
        yield from reliability([pair for pair, here in zip(pairs, is_finding, strict=True) if here is wanted])
