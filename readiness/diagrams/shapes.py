"""Shapes of a diagram, and an estimate of text widths. Lengths are whole units, each about one pixel on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

WIDTH = 360
PADDING = 10
_SIDE = 5
Point = tuple[int, int]


class Type(StrEnum):
    """Text style. The style sheet sets the same sizes."""

    TITLE = "title"
    NOTE = "note"
    MARK = "mark"


SIZES = {Type.TITLE: 14, Type.NOTE: 13, Type.MARK: 12}
LEADING = {Type.TITLE: 18, Type.NOTE: 16, Type.MARK: 16}
#: Character widths in hundredths of the font size, for the widest font that a system is likely to use.
_WIDTHS = {
    **dict.fromkeys("ijl'.,:;|!", 34),
    **dict.fromkeys("ftrI-() ", 42),
    **dict.fromkeys("mwMW%@—", 100),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 76),
}
_OTHER = 64
_BOLD = 108


def width_of(words: str, sort: Type) -> int:
    """Return the maximum width of a text, in units."""
    hundredths = sum(_WIDTHS.get(char, _OTHER) for char in words) * SIZES[sort]
    bold = hundredths * _BOLD // 100 if sort is Type.TITLE else hundredths
    return -(-bold // 100)


def wrapped(text: str, sort: Type, room: int) -> list[str]:
    """Split a text into lines of at most `room` units. A word longer than a line is broken."""
    lines: list[str] = []
    for word in text.split():
        whole = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(whole, sort) <= room:
            lines[-1] = whole
            continue
        rest = word
        while width_of(rest, sort) > room:
            fits = next(n for n in range(len(rest), 0, -1) if n == 1 or width_of(rest[:n], sort) <= room)
            lines.append(rest[:fits])
            rest = rest[fits:]
        lines.append(rest)
    return lines


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text. `anchor` tells which point of its baseline is at (x, y): the start, the middle or the end."""

    x: int
    y: int
    text: str
    sort: Type = Type.NOTE
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with lines of text. A `frame` surrounds other boxes. `tone` selects its style."""

    x: int
    y: int
    width: int
    height: int
    words: tuple[Words, ...] = ()
    tone: str = "plain"
    frame: bool = False

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def centre(self) -> int:
        return self.x + self.width // 2


def box(x: int, y: int, width: int, title: str, note: str = "", *, tone: str = "plain") -> Box:
    """Return a box with a centered title and a note below it, as high as its text."""
    room = width - 2 * _SIDE
    lines = [(line, Type.TITLE) for line in wrapped(title, Type.TITLE, room)]
    lines += [(line, Type.NOTE) for line in wrapped(note, Type.NOTE, room)]
    words, at = [], y + PADDING
    for line, sort in lines:
        at += LEADING[sort]
        words.append(Words(x + width // 2, at - 5, line, sort, "middle"))
    return Box(x, y, width, at + PADDING - y, tuple(words), tone)


def frame(around: Sequence[Box], label: str, *, x: int, width: int, tone: str = "frame") -> Box:
    """Return a frame around boxes. The boxes must leave `LABEL_ROOM` units above them for its label."""
    top = min(inner.y for inner in around) - LABEL_ROOM
    lines = wrapped(label, Type.NOTE, width - 2 * PADDING)
    words = tuple(
        Words(x + PADDING, top + LEADING[Type.NOTE] * number + 3, line) for number, line in enumerate(lines, start=1)
    )
    return Box(x, top, width, max(inner.bottom for inner in around) + PADDING - top, words, tone, frame=True)


LABEL_ROOM = 30


@dataclass(frozen=True, slots=True)
class Arrow:
    """A polyline with an arrowhead at its last point. `sort` is machine, person or shut."""

    points: tuple[Point, ...]
    sort: str = "machine"

    @property
    def line(self) -> str:
        """Return the SVG path of the line."""
        return "M" + "L".join(f"{x} {y}" for x, y in self.points)

    @property
    def head(self) -> str:
        """Return the SVG path of the arrowhead: a triangle whose tip is the last point."""
        (fx, fy), (x, y) = self.points[-2:]
        dx, dy = _sign(x - fx), _sign(y - fy)
        left, right = (x - 8 * dx - 4 * dy, y - 8 * dy - 4 * dx), (x - 8 * dx + 4 * dy, y - 8 * dy + 4 * dx)
        return f"M{x} {y}L{left[0]} {left[1]}L{right[0]} {right[1]}Z"


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A 14 by 14 mark positioned by its top left corner: `shut`, `open`, or `none` for not needed."""

    x: int
    y: int
    sort: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A diagram with its title and a text description of its content."""

    slug: str
    title: str
    text: str
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...] = ()
    words: tuple[Words, ...] = ()
    marks: tuple[Mark, ...] = ()
    width: int = WIDTH
