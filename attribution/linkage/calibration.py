"""Calibration: how close predicted probabilities are to the observed share of right links. Reads one shipped file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_MEASURED = Path(__file__).with_name("calibration-23.json")
_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Links within one tenth of probability: their number, mean predicted probability, and share of right links."""

    many: int
    predicted: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibration curve. `error` is the mean difference of predicted and observed rates, weighted by count."""

    name: str
    bins: Sequence[Bin]

    @property
    def many(self) -> int:
        return sum(group.many for group in self.bins)

    @property
    def error(self) -> float:
        return sum(group.many * abs(group.predicted - group.right) for group in self.bins) / max(1, self.many)


@cache
def measured() -> Sequence[Calibration]:
    """Return the calibration measured when the model was made, on businesses not used for fitting."""
    curves = json.loads(_MEASURED.read_text())
    return [Calibration(name, [Bin(**entry) for entry in bins]) for name, bins in curves.items()]


def binned(rows: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Group the probabilities into ten equal bins. Empty bins are left out."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for predicted, observed in rows:
        bins.setdefault(min(_BINS - 1, int(predicted * _BINS)), []).append((predicted, observed))
    return [
        Bin(
            len(pairs),
            sum(predicted for predicted, _ in pairs) / len(pairs),
            sum(observed for _, observed in pairs) / len(pairs),
        )
        for _, pairs in sorted(bins.items())
    ]
