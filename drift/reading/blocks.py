"""Data structures of a parsed page: elements with a selector, and blocks of text with their context."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, islice, takewhile

from .facts import PLAIN, Fact, Kind, shortened
from .vocabulary import topic

_WORDS = topic("blocks")
#: Marks of text about others or about the past. Each lowers the weight of facts read there.
TESTIMONIAL, BLOG, BADGE, FORM, COUPON, JOBS = "testimonial", "blog", "badge", "form", "coupon", "jobs"
_WORTH = {TESTIMONIAL: 0.4, BLOG: 0.55, BADGE: 0.45, FORM: 0.75, COUPON: 1.0, JOBS: 0.4}
_SHORT, _LONGEST_LABEL = 60, 90
_WORTH_OF_TAG = {"img": 0.85, "meta": 0.85, "option": 0.9}


@dataclass(slots=True, eq=False)
class Element:
    """A visited element. `place` counts from 1 among siblings of the same tag."""

    tag: str
    parent: "Element | None"
    depth: int
    place: int
    words: str = ""
    region: str = "main"
    marks: frozenset[str] = frozenset()

    @property
    def selector(self) -> str:
        """Return a CSS selector that matches only this element."""
        steps = [
            here.tag if here.tag in ("body", "head") else f"{here.tag}:nth-of-type({here.place})"
            for here in self.line()
            if here.tag not in ("html", "-undef")
        ]
        return " > ".join(reversed(steps))

    def line(self) -> Iterator["Element"]:
        """Yield this element and its ancestors, nearest first."""
        here: Element | None = self
        while here is not None:
            yield here
            here = here.parent

    def up(self, tag: str) -> "Element | None":
        """Return the nearest element of a tag: this one or an ancestor."""
        return next((here for here in self.line() if here.tag == tag), None)

    def is_near(self, other: "Element", levels: int, but: Collection[str] = ()) -> bool:
        """Return whether two elements share an ancestor at most so many levels up, except one of the tags `but`."""
        boxes = [box for box in islice(self.line(), 1, levels + 1) if box.tag not in but]
        return any(box is their for box in boxes for their in islice(other.line(), 1, levels + 1))


@dataclass(eq=False)
class Block:
    """A run of text between the borders of block elements. <br> elements separate lines."""

    text: str
    element: Element
    index: int
    headings: tuple[str, ...] = ()
    links: list[tuple[str, str]] = field(default_factory=list)  # address, words
    menu: str = ""  # the label of the parent item of a menu
    level: int = 0  # of a heading, or of a text that is styled as one
    printed: str = ""  # the text as it is printed, if `text` is a translation

    @property
    def quotable(self) -> str:
        return self.printed or self.text

    @property
    def tag(self) -> str:
        return self.element.tag

    @property
    def region(self) -> str:
        return self.element.region

    @property
    def marks(self) -> frozenset[str]:
        own = self.element.marks
        return own | {BLOG} if self.headings and _WORDS.articles.match(self.headings[-1]) else own

    @cached_property
    def flat(self) -> str:
        """Return the text on one line, with the plain dashes and quotation marks that patterns expect."""
        text = self.text.translate(PLAIN).replace("\n", " ")
        return _DOLLARS_LAST.sub(r"$\1", _CENTS.sub(r"\1.\2", text)) if "$" in text else text

    @cached_property
    def is_heading(self) -> bool:
        parent = self.element.parent
        return self.tag in HEADINGS or (self.tag == "p" and parent is not None and parent.tag in HEADINGS)

    @cached_property
    def heading(self) -> str:
        """Return the nearest heading above, lower case."""
        return self.headings[-1].translate(PLAIN).lower() if self.headings else ""

    @property
    def labels(self) -> list[str]:
        """Return the words that may name a list here: the parent item of a menu and two headings, nearest first."""
        return [words for words in (self.menu, *reversed(self.headings[-2:])) if 0 < len(words) < _LONGEST_LABEL]

    @cached_property
    def holder_words(self) -> str:
        """Return the ids and classes of the nearest boxes."""
        return "".join(f" {here.words}" for here in islice(self.element.line(), 3))

    @cached_property
    def worth(self) -> float:
        """Return the weight of a statement here, from 0 to 1."""
        return min((_WORTH_OF_TAG.get(self.tag, 1.0), *(_WORTH[mark] for mark in self.marks)))

    def fact(
        self,
        kind: Kind,
        value: str,
        confidence: float,
        *,
        span: tuple[int, int] = (0, 0),
        quote: str = "",
        **more: object,
    ) -> Fact:
        """Create a fact read here, quoted by the text at `span`, a position in `flat`, which is as long as `text`."""
        scale = len(self.quotable) / max(1, len(self.text))  # 1 unless the text is a translation
        return Fact(
            kind,
            value,
            quote or shortened(self.quotable, *(int(at * scale) for at in span)),
            self.element.selector,
            round(min(0.99, confidence * self.worth), 3),
            place=self.region,
            heading=self.heading,
            **more,  # type: ignore[arg-type]
        )


#: "$ 18 95 per month": page builders put dollars and cents in separate boxes.
_CENTS = re.compile(r"(\$\s?\d{1,4})\s(\d\d)(?=\s?(?:/|(?:per|a|each)\s|mo\b|month|y(?:ea)?r))", re.IGNORECASE)
#: "20$ off" means $20 off.
_DOLLARS_LAST = re.compile(r"(?<![\w$.,])(\d{1,5})\$(?![\d\s]*\d)")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(eq=False)
class Page:
    """A parsed page. `data` are its JSON-LD scripts; `props` are its microdata and RDFa properties."""

    blocks: list[Block] = field(default_factory=list)
    data: list[tuple[Element, str]] = field(default_factory=list)
    props: list[tuple[str, str, Element]] = field(default_factory=list)
    title: str = ""
    unseen: list[str] = field(default_factory=list)  # text that styles hide, such as closed menus

    @cached_property
    def rows(self) -> list[Block]:
        """Return the rows of tables, each as a block with its cells separated by bars. A row may not contain others."""
        groups = [(row, list(cells)) for row, cells in groupby(self.blocks, lambda block: block.element.up("tr"))]
        outer = {row.parent.up("tr") for row, _ in groups if row is not None and row.parent is not None}
        return [
            Block(
                *(" | ".join(cell.text for cell in cells), row, cells[0].index, cells[0].headings),
                printed=" | ".join(cell.quotable for cell in cells),
            )
            for row, cells in groups
            if row is not None and row not in outer and 1 < len(cells) < 10 and all(cell.tag != "li" for cell in cells)
        ]

    @property
    def addresses(self) -> list[str]:
        """Return the addresses that the page links to."""
        return [address for block in self.blocks for address, _ in block.links]

    def below(self, block: Block) -> Iterator[str]:
        """Yield the texts of the next two blocks while they are short, because boxes separate what belongs together."""
        texts = (other.flat for other in self.blocks[block.index + 1 : block.index + 3])
        return takewhile(lambda text: len(text) <= _SHORT, texts)

    def text_after(self, block: Block) -> str:
        """Return the text of the block after a block."""
        return self.blocks[block.index + 1].flat if block.index + 1 < len(self.blocks) else ""
