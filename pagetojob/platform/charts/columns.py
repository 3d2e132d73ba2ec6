"""Columns on a common base, with the names below them and the scale on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

_LEFT, _TOP, _BOTTOM = 8, 10, 28
_LEAST_HEIGHT = 1.5


@dataclass(frozen=True)
class Frame:
    """The size of a drawing. `right` is the width of the axis labels, which are next to the newest column."""

    width: int
    height: int
    right: int
    most_names: int
    fits_phone: bool

    @property
    def room(self) -> int:
        return self.height - _TOP - _BOTTOM


#: A phone shows the newest end, and the reader scrolls to the left.
WIDE = Frame(width=720, height=220, right=68, most_names=8, fits_phone=False)
#: For up to about 16 columns, all of which a phone shows at once.
SMALL = Frame(width=360, height=176, right=54, most_names=4, fits_phone=True)


@dataclass(frozen=True)
class Rect:
    """A bar. `style` is the suffix of its CSS class: `chart__bar--wrong`."""

    x: float
    y: float
    width: float
    height: float
    style: str


@dataclass(frozen=True)
class Text:
    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Drawing:
    """A column chart: its bars, the labels below it, and the grid lines with their labels."""

    bars: Sequence[Rect]
    foot: Sequence[Text]
    side: Sequence[Text]
    frame: Frame
    left: int = _LEFT

    @property
    def right(self) -> int:
        return self.frame.width - self.frame.right

    @property
    def base(self) -> int:
        return self.frame.height - _BOTTOM


def round_up(largest: int) -> int:
    """Return the smallest 1, 2 or 5 times a power of ten that is at least `largest`; 1 for 0."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= largest:
                return factor * step
        step *= 10


def stacked(names: Sequence[str], columns: Sequence[Sequence[tuple[int, str]]], *, frame: Frame = WIDE) -> Drawing:
    """Return a chart with one column per name, whose (count, style) pairs are stacked."""
    top = round_up(max((sum(count for count, _ in column) for column in columns), default=0))
    slot = _slot(names, frame)
    bars = []
    for place, column in enumerate(columns):
        below = 0
        for count, style in column:
            if count:
                height = max(frame.room * count / top, _LEAST_HEIGHT)
                foot = frame.height - _BOTTOM - frame.room * below / top
                bars.append(_rect(place, slot, foot - height, height, style))
            below += count
    marks = sorted({0, top // 2, top})
    return Drawing(bars, _foot(names, slot, frame), [_side(mark / top, f"{mark:,}", frame) for mark in marks], frame)


def ranked(names: Sequence[str], columns: Sequence[tuple[int, int] | None], ranks: Sequence[str]) -> Drawing:
    """Return a chart with one column per name up to its second rank, with a mark at its first; None leaves a gap.

    `ranks` are the labels of the ranks from 0. They are evenly spaced, regardless of the values they represent.
    """
    slot, steps = _slot(names, WIDE), len(ranks)
    bars = []
    for place, column in enumerate(columns):
        if column is None:
            continue
        low, high = (WIDE.room * (rank + 1) / steps for rank in column)
        bars.append(_rect(place, slot, WIDE.height - _BOTTOM - high, high, "bar"))
        bars.append(_rect(place, slot, WIDE.height - _BOTTOM - low + 2, 2, "mark"))
    side = [_side((rank + 1) / steps, words, WIDE) for rank, words in enumerate(ranks) if rank % 2 == (steps - 1) % 2]
    return Drawing(bars, _foot(names, slot, WIDE), side, WIDE)


def _slot(names: Sequence[str], frame: Frame) -> float:
    return (frame.width - _LEFT - frame.right) / max(len(names), 1)


def _rect(place: int, slot: float, y: float, height: float, style: str) -> Rect:
    return Rect(round(_LEFT + slot * (place + 0.12), 1), round(y, 1), round(slot * 0.76, 1), round(height, 1), style)


def _foot(names: Sequence[str], slot: float, frame: Frame) -> list[Text]:
    """Return the labels of as many columns as fit; the newest column always has one."""
    every = -(-len(names) // frame.most_names) or 1
    return [
        Text(round(_LEFT + slot * (place + 0.5), 1), frame.height - 8, name)
        for place, name in enumerate(names)
        if (len(names) - 1 - place) % every == 0
    ]


def _side(share: float, words: str, frame: Frame) -> Text:
    return Text(frame.width - frame.right + 6, round(frame.height - _BOTTOM - frame.room * share, 1), words)
