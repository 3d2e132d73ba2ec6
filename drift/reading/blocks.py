"""What a parsed page is made of for its readers: elements with a selector, blocks of text with their surroundings."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from .facts import PLAIN, Fact, Kind, shortened

#: Words that say of whom or when a text speaks. Each lowers what is read in it.
TESTIMONIAL, BLOG, BADGE, FORM, COUPON, JOBS = "testimonial", "blog", "badge", "form", "coupon", "jobs"
_WORTH = {TESTIMONIAL: 0.4, BLOG: 0.55, BADGE: 0.45, FORM: 0.75, COUPON: 1.0, JOBS: 0.4}
#: What stands below such a heading is the beginning of an article, not a word about the shop.
_ARTICLES = re.compile(
    r"(?:our |the )?(?:recent|latest|related|more)\s(?:blog\s)?(?:posts?|articles?|news|stories)\b|"
    r"from (?:the|our) (?:[\w']+ )?(?:blog|journal|newsletter)\b",
    re.IGNORECASE,
)
_WORTH_OF_TAG = {"img": 0.85, "meta": 0.85, "option": 0.9}


@dataclass(slots=True, eq=False)
class Element:
    """An element we went through. `place` counts from 1 among its siblings of the same tag."""

    tag: str
    parent: "Element | None"
    depth: int
    place: int
    ident: str = ""
    words: str = ""
    region: str = "main"
    marks: frozenset[str] = frozenset()

    @property
    def selector(self) -> str:
        """A CSS selector that finds this element and no other."""
        steps: list[str] = []
        here: Element | None = self
        while here is not None and here.tag not in ("html", "-undef"):
            steps.append(here.tag if here.tag in ("body", "head") else f"{here.tag}:nth-of-type({here.place})")
            here = here.parent
        return " > ".join(reversed(steps))

    def up(self, tag: str) -> "Element | None":
        """The nearest element of a tag, this one or above it."""
        here: Element | None = self
        while here is not None and here.tag != tag:
            here = here.parent
        return here


@dataclass(eq=False)
class Block:
    """A run of text between the borders of block elements. Lines broken by <br> are kept as lines."""

    text: str
    element: Element
    index: int
    headings: tuple[str, ...] = ()
    links: list[tuple[str, str]] = field(default_factory=list)  # address, words
    menu: str = ""

    @property
    def tag(self) -> str:
        return self.element.tag

    @property
    def region(self) -> str:
        return self.element.region

    @property
    def marks(self) -> frozenset[str]:
        own = self.element.marks
        return own | {BLOG} if self.headings and _ARTICLES.match(self.headings[-1]) else own

    @cached_property
    def flat(self) -> str:
        """The text on one line, dashes and quotation marks in their plain form, as patterns want it."""
        return _CENTS.sub(r"\1.\2", self.text.translate(PLAIN).replace("\n", " "))

    @cached_property
    def is_heading(self) -> bool:
        return self.tag in HEADINGS

    @cached_property
    def heading(self) -> str:
        """The nearest heading above, in small letters."""
        return self.headings[-1].translate(PLAIN).lower() if self.headings else ""

    @cached_property
    def holder_words(self) -> str:
        """The ids and classes of the nearest boxes."""
        here: Element | None = self.element
        words = ""
        for _ in range(3):
            words += f" {here.words}" if here else ""
            here = here.parent if here else None
        return words

    @cached_property
    def worth(self) -> float:
        """How much a statement here weighs, from 0 to 1."""
        worth = _WORTH_OF_TAG.get(self.tag, 1.0)
        for mark in self.marks:
            worth = min(worth, _WORTH[mark])
        return worth

    def fact(
        self, kind: Kind, value: str, confidence: float, *, span: tuple[int, int] = (0, 0), **more: object
    ) -> Fact:
        """A fact read here; `span` is where in `flat`, which is as long as `text`."""
        return Fact(
            kind,
            value,
            shortened(self.text, *span),
            self.element.selector,
            round(min(0.99, confidence * self.worth), 3),
            place=self.region,
            heading=self.heading,
            **more,  # type: ignore[arg-type]
        )


#: "$ 18 95 per month": builders set dollars and cents in boxes of their own.
_CENTS = re.compile(r"(\$\s?\d{1,4})\s(\d\d)(?=\s?(?:/|(?:per|a|each)\s|mo\b|month|y(?:ea)?r))", re.IGNORECASE)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(eq=False)
class Page:
    """A page taken apart. `data` are the scripts of JSON-LD; `props` what microdata and RDFa name."""

    blocks: list[Block] = field(default_factory=list)
    rows: list[Block] = field(default_factory=list)
    data: list[tuple[Element, str]] = field(default_factory=list)
    props: list[tuple[str, str, Element]] = field(default_factory=list)
    links: list[tuple[str, str, Block]] = field(default_factory=list)
    title: str = ""
    is_article: bool = False
