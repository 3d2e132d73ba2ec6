"""How well chances hold: of links with a chance of 0.8, how many in ten were right. Pure but for the shipped file."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HELD_OUT = Path(__file__).with_name("calibration-5.json")
_BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Links whose chance lies within a tenth: how many, the chance they were given, the share that was right."""

    many: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well chances hold: `error` is the mean distance of said and right, weighted by how many."""

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
    """As measured when the model was made, on businesses it was never fitted to."""
    found = json.loads(_HELD_OUT.read_text())
    return [Calibration(name, [Bin(**one) for one in bins]) for name, bins in found.items()]


def binned(rows: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Ten equal bins of chances; those that hold nothing are left out."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for said, right in rows:
        bins.setdefault(min(_BINS - 1, int(said * _BINS)), []).append((said, right))
    return [
        Bin(len(one), sum(said for said, _ in one) / len(one), sum(right for _, right in one) / len(one))
        for _, one in sorted(bins.items())
    ]
