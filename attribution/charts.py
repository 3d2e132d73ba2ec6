"""Bar charts as numbers, for a template that draws SVG. No I/O. A table with the same figures is always shown too."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

WIDTH, ROW, BAR = 640, 44, 18
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its texts: `length` in drawing units, `more` the length of the hatched part after its end."""

    label: str
    value: str
    y: int
    length: int
    more: int = 0

    @property
    def text_y(self) -> int:
        return self.y + 14

    @property
    def bar_y(self) -> int:
        return self.y + 20

    @property
    def end(self) -> int:
        return self.length


@dataclass(frozen=True, slots=True)
class Chart:
    """A vertical list of bars. The longest one has the full width."""

    bars: tuple[Bar, ...]

    @property
    def height(self) -> int:
        return ROW * len(self.bars)


def bars(rows: Iterable[tuple[str, str, Decimal | int, Decimal | int]]) -> Chart:
    """Build a chart from (label, value as text, amount, unconfirmed amount). A negative amount has length zero."""
    all_of = list(rows)
    most = max((max(0, amount) + max(0, more) for _, _, amount, more in all_of), default=0)
    return Chart(
        tuple(
            Bar(label, value, at * ROW, _length(amount, most), _length(more, most))
            for at, (label, value, amount, more) in enumerate(all_of)
        )
    )


def _length(amount: Decimal | int, most: Decimal | int) -> int:
    if amount <= 0 or most <= 0:
        return 0
    return max(_LEAST, int(WIDTH * amount / most))
