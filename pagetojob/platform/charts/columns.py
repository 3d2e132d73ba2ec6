"""Columns on a common base, with the names below them and the scale on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
#: The axis labels are on the right, next to the newest column, because a phone shows that end.
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 68, 10, 28
_ROOM = HEIGHT - _TOP - _BOTTOM
_MOST_NAMES = 8
_LEAST_HEIGHT = 1.5


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
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = HEIGHT - _BOTTOM


def round_up(largest: int) -> int:
    """Return the smallest 1, 2 or 5 times a power of ten that is at least `largest`; 1 for 0."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= largest:
                return factor * step
        step *= 10


def stacked(names: Sequence[str], columns: Sequence[Sequence[tuple[int, str]]]) -> Drawing:
    """Return a chart with one column per name, whose (count, style) pairs are stacked."""
    top = round_up(max((sum(count for count, _ in column) for column in columns), default=0))
    slot = _slot(names)
    bars = []
    for place, column in enumerate(columns):
        below = 0
        for count, style in column:
            if count:
                height = max(_ROOM * count / top, _LEAST_HEIGHT)
                foot = HEIGHT - _BOTTOM - _ROOM * below / top
                bars.append(_rect(place, slot, foot - height, height, style))
            below += count
    marks = sorted({0, top // 2, top})
    return Drawing(bars, _foot(names, slot), [_side(mark / top, f"{mark:,}") for mark in marks])


def ranked(names: Sequence[str], columns: Sequence[tuple[int, int] | None], ranks: Sequence[str]) -> Drawing:
    """Return a chart with one column per name up to its second rank, with a mark at its first; None leaves a gap.

    `ranks` are the labels of the ranks from 0. They are evenly spaced, regardless of the values they represent.
    """
    slot, steps = _slot(names), len(ranks)
    bars = []
    for place, column in enumerate(columns):
        if column is None:
            continue
        low, high = (_ROOM * (rank + 1) / steps for rank in column)
        bars.append(_rect(place, slot, HEIGHT - _BOTTOM - high, high, "bar"))
        bars.append(_rect(place, slot, HEIGHT - _BOTTOM - low + 2, 2, "mark"))
    side = [_side((rank + 1) / steps, words) for rank, words in enumerate(ranks) if rank % 2 == (steps - 1) % 2]
    return Drawing(bars, _foot(names, slot), side)


def _slot(names: Sequence[str]) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(len(names), 1)


def _rect(place: int, slot: float, y: float, height: float, style: str) -> Rect:
    return Rect(round(_LEFT + slot * (place + 0.12), 1), round(y, 1), round(slot * 0.76, 1), round(height, 1), style)


def _foot(names: Sequence[str], slot: float) -> list[Text]:
    """Return the labels of as many columns as fit; the newest column always has one."""
    every = -(-len(names) // _MOST_NAMES) or 1
    return [
        Text(round(_LEFT + slot * (place + 0.5), 1), HEIGHT - 8, name)
        for place, name in enumerate(names)
        if (len(names) - 1 - place) % every == 0
    ]


def _side(share: float, words: str) -> Text:
    return Text(WIDTH - _RIGHT + 6, round(HEIGHT - _BOTTOM - _ROOM * share, 1), words)
