"""What a drawing is made of, and how wide its words are. All lengths are whole units of the drawing; a unit is about
a pixel on a telephone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

WIDTH = 360
PADDING = 10
_SIDE = 5
Point = tuple[int, int]


class Type(StrEnum):
    """How words look. The style sheet sets the same sizes."""

    TITLE = "title"
    NOTE = "note"
    MARK = "mark"


SIZES = {Type.TITLE: 14, Type.NOTE: 13, Type.MARK: 12}
LEADING = {Type.TITLE: 18, Type.NOTE: 16, Type.MARK: 16}
#: Widths of characters in hundredths of their size, of the widest font a system is likely to bring.
_WIDTHS = {
    **dict.fromkeys("ijl'.,:;|!", 34),
    **dict.fromkeys("ftrI-() ", 42),
    **dict.fromkeys("mwMW%@—", 100),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 76),
}
_OTHER = 64
_BOLD = 108


def width_of(words: str, sort: Type) -> int:
    """How wide words are at most, in units."""
    hundredths = sum(_WIDTHS.get(char, _OTHER) for char in words) * SIZES[sort]
    bold = hundredths * _BOLD // 100 if sort is Type.TITLE else hundredths
    return -(-bold // 100)


def wrapped(text: str, sort: Type, room: int) -> list[str]:
    """The lines of a text that fit into `room` units. A word longer than a line is broken."""
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
    """One line of words: where its baseline begins, ends or has its middle, by `anchor`."""

    x: int
    y: int
    text: str
    sort: Type = Type.NOTE
    anchor: str = "start"

    @property
    def left(self) -> int:
        width = width_of(self.text, self.sort)
        return self.x - {"start": 0, "middle": width // 2, "end": width}[self.anchor]

    @property
    def right(self) -> int:
        return self.left + width_of(self.text, self.sort)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its lines of words. A frame (`frame`) stands around other boxes. `tone` is its look."""

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

    def meets(self, other: "Box") -> bool:
        """Whether the two share any ground."""
        beside = self.right <= other.x or other.right <= self.x
        return not (beside or self.bottom <= other.y or other.bottom <= self.y)

    def holds(self, other: "Box") -> bool:
        """Whether the other stands wholly inside of this one."""
        across = self.x < other.x and other.right < self.right
        return across and self.y < other.y and other.bottom < self.bottom


def box(x: int, y: int, width: int, title: str, note: str = "", *, tone: str = "plain") -> Box:
    """A box as high as its words: the title, and under it the note, both in the middle."""
    room = width - 2 * _SIDE
    lines = [(line, Type.TITLE) for line in wrapped(title, Type.TITLE, room)]
    lines += [(line, Type.NOTE) for line in wrapped(note, Type.NOTE, room)]
    words, at = [], y + PADDING
    for line, sort in lines:
        at += LEADING[sort]
        words.append(Words(x + width // 2, at - 5, line, sort, "middle"))
    return Box(x, y, width, at + PADDING - y, tuple(words), tone)


def frame(around: Sequence[Box], label: str, *, x: int, width: int, tone: str = "frame") -> Box:
    """A frame around boxes that leave room above them for its label: `LABEL_ROOM` units."""
    top = min(one.y for one in around) - LABEL_ROOM
    lines = wrapped(label, Type.NOTE, width - 2 * PADDING)
    words = tuple(
        Words(x + PADDING, top + LEADING[Type.NOTE] * number + 3, line) for number, line in enumerate(lines, start=1)
    )
    return Box(x, top, width, max(one.bottom for one in around) + PADDING - top, words, tone, frame=True)


LABEL_ROOM = 30


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line through its points with a head at the last. `sort` is machine, person or shut."""

    points: tuple[Point, ...]
    sort: str = "machine"

    @property
    def line(self) -> str:
        """As a path draws it."""
        return "M" + "L".join(f"{x} {y}" for x, y in self.points)

    @property
    def head(self) -> str:
        """The head as a path: a triangle whose tip is the last point."""
        (fx, fy), (x, y) = self.points[-2:]
        dx, dy = _sign(x - fx), _sign(y - fy)
        left, right = (x - 8 * dx - 4 * dy, y - 8 * dy - 4 * dx), (x - 8 * dx + 4 * dy, y - 8 * dy + 4 * dx)
        return f"M{x} {y}L{left[0]} {left[1]}L{right[0]} {right[1]}Z"

    @property
    def legs(self) -> list[tuple[Point, Point]]:
        return list(pairwise(self.points))


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A small sign of 14 by 14 units, by its top left corner: `shut`, `open`, or `none` for not needed."""

    x: int
    y: int
    sort: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing with its name and, in one sentence or a few, what it shows."""

    slug: str
    title: str
    text: str
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...] = ()
    words: tuple[Words, ...] = ()
    marks: tuple[Mark, ...] = ()
    width: int = WIDTH


def all_words(diagram: Diagram) -> Iterable[Words]:
    """Every line of words, inside of boxes and outside."""
    yield from diagram.words
    for one in diagram.boxes:
        yield from one.words
