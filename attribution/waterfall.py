"""Charts of a linking run as numbers, for templates that draw SVG. No I/O. Each is shown with a table."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from pagetojob.platform.charts.bars import SHORTEST, WIDTH, Bar, BarChart

SIDE = 320
#: Display names of the engine's criteria.
NAMES = {
    "start": "Starting point",
    "name": "Name",
    "phone": "Phone",
    "email": "Email",
    "address": "Address",
    "time": "Days from lead to job",
    "service": "Service",
    "campaign": "Campaign",
    "words": "Request text",
    "rarity": "Rarity of the name",
    "together": "Combination of contacts",
    "total": "Total",
}


@dataclass(frozen=True, slots=True)
class Fall(Bar):
    """A step of the waterfall: a bar for the change in log-odds; `after` is the probability so far."""

    ROW_HEIGHT: ClassVar[int] = 40
    TEXT_OFFSET: ClassVar[int] = 13
    BAR_OFFSET: ClassVar[int] = 18

    weight: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Waterfall(BarChart[Fall]):
    """The steps, and the position of even odds."""

    zero: int


def waterfall(weights: Iterable[tuple[str, str]]) -> Waterfall:
    """Build a waterfall from (criterion, natural log-odds) in order, `total` last. Zero weights are left out."""
    steps = [(name, float(text)) for name, text in weights]
    steps = [(name, weight) for name, weight in steps if weight or name in ("start", "total")]
    edges = [0.0]
    for name, weight in steps:
        edges.append(weight if name == "total" else edges[-1] + weight)
    low, high = min(edges), max(edges)
    scale = (WIDTH - 4) / ((high - low) or 1)
    falls = []
    for row, ((name, weight), (before, after)) in enumerate(zip(steps, pairwise(edges), strict=True)):
        total = name == "total"
        start = 0.0 if total else before
        falls.append(
            Fall(
                NAMES.get(name, name),
                f"{weight:+.2f}".replace("-", "\u2212"),
                row,
                max(SHORTEST, int(abs(after - start) * scale)),
                int(2 + (min(start, after) - low) * scale),
                style="bars__bar" if total else "falls__down" if weight < 0 else "falls__up",
                weight=weight,
                after=chance(after),
            )
        )
    return Waterfall(tuple(falls), int(2 - low * scale))


def chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))


@dataclass(frozen=True, slots=True)
class Dot:
    """A bin in a square of SIDE by SIDE: x is the predicted rate, y the observed rate, the area the count."""

    x: int
    y: int
    r: int


def dots(bins: Iterable[tuple[int, float, float]]) -> list[Dot]:
    """Build dots from (count, predicted, observed)."""
    rows = list(bins)
    most = max((many for many, _, _ in rows), default=1)
    return [
        Dot(round(predicted * SIDE), round((1 - observed) * SIDE), max(4, round(16 * math.sqrt(many / most))))
        for many, predicted, observed in rows
    ]
