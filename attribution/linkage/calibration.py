"""Calibration: how close predicted probabilities are to the observed share of right links. Reads one shipped file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HELD_OUT = Path(__file__).with_name("calibration-5.json")
_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Links within one tenth of probability: their number, mean predicted probability, and share of right links."""

    many: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibration curve. `error` is the mean difference of predicted and observed rates, weighted by count."""

    name: str
    bins: Sequence[Bin]

    @property
    def many(self) -> int:
        return sum(one.many for one in self.bins)

    @property
    def error(self) -> float:
        return sum(one.many * abs(one.said - one.right) for one in self.bins) / max(1, self.many)


@cache
def measured() -> Sequence[Calibration]:
    """Return the calibration measured when the model was made, on businesses not used for fitting."""
    found = json.loads(_HELD_OUT.read_text())
    return [Calibration(name, [Bin(**one) for one in bins]) for name, bins in found.items()]


def binned(rows: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Group the probabilities into ten equal bins. Empty bins are left out."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for said, right in rows:
        bins.setdefault(min(_BINS - 1, int(said * _BINS)), []).append((said, right))
    return [
        Bin(len(one), sum(said for said, _ in one) / len(one), sum(right for _, right in one) / len(one))
        for _, one in sorted(bins.items())
    ]
