"""Charts of a linking run as numbers, for templates that draw SVG. No I/O. Each is shown with a table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, ROW, SIDE = 640, 40, 320
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
class Fall:
    """A step of the waterfall: a bar for the change in log-odds; `after` is the probability so far."""

    name: str
    weight: float
    after: float
    y: int
    x: int
    length: int
    total: bool

    @property
    def text_y(self) -> int:
        return self.y + 13

    @property
    def bar_y(self) -> int:
        return self.y + 18

    @property
    def signed(self) -> str:
        return f"{self.weight:+.2f}".replace("-", "\u2212")


@dataclass(frozen=True, slots=True)
class Waterfall:
    falls: Sequence[Fall]
    zero: int

    @property
    def height(self) -> int:
        return ROW * len(self.falls)


def waterfall(weights: Iterable[tuple[str, str]]) -> Waterfall:
    """Build a waterfall from (criterion, natural log-odds) in order, `total` last. Zero weights are left out."""
    steps = [(name, float(text)) for name, text in weights]
    steps = [(name, weight) for name, weight in steps if weight or name in ("start", "total")]
    edges, at = [0.0], 0.0
    for name, weight in steps:
        at = weight if name == "total" else at + weight
        edges.append(at)
    low, high = min(edges), max(edges)
    scale = (WIDTH - 4) / ((high - low) or 1)
    falls, before = [], 0.0
    for place, (name, weight) in enumerate(steps):
        total = name == "total"
        start, after = (0.0, weight) if total else (before, before + weight)
        falls.append(
            Fall(
                NAMES.get(name, name), weight, chance(after), place * ROW, int(2 + (min(start, after) - low) * scale),
                max(2, int(abs(after - start) * scale)), total,
            )
        )  # fmt: skip
        before = after
    return Waterfall(falls, int(2 - low * scale))


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
