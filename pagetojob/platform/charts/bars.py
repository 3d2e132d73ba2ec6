"""Horizontal bars, each below its label and its value."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

WIDTH = 640
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in its row. `style` is its CSS class, `more` the length of the hatched part after its end."""

    ROW_HEIGHT: ClassVar[int] = 44
    TEXT_OFFSET: ClassVar[int] = 14
    BAR_OFFSET: ClassVar[int] = 20

    label: str
    value: str
    row: int
    length: int
    x: int = 0
    more: int = 0
    style: str = "bars__bar"

    @property
    def text_y(self) -> int:
        return self.row * self.ROW_HEIGHT + self.TEXT_OFFSET

    @property
    def bar_y(self) -> int:
        return self.row * self.ROW_HEIGHT + self.BAR_OFFSET

    @property
    def end(self) -> int:
        return self.x + self.length


@dataclass(frozen=True, slots=True)
class BarChart[B: Bar]:
    """A vertical list of bars."""

    bars: tuple[B, ...]

    @property
    def height(self) -> int:
        return sum(bar.ROW_HEIGHT for bar in self.bars)


def bar_chart(rows: Iterable[tuple[str, str, Decimal | int, Decimal | int]]) -> BarChart[Bar]:
    """Build a chart from (label, value as text, amount, unconfirmed amount). The longest bar has the full width.

    A negative amount has length zero.
    """
    all_rows = list(rows)
    most = max((max(0, amount) + max(0, more) for _, _, amount, more in all_rows), default=0)
    return BarChart(
        tuple(
            Bar(label, value, row, _length(amount, most), more=_length(more, most))
            for row, (label, value, amount, more) in enumerate(all_rows)
        )
    )


def _length(amount: Decimal | int, most: Decimal | int) -> int:
    if amount <= 0 or most <= 0:
        return 0
    return max(SHORTEST, int(WIDTH * amount / most))
