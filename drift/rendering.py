"""Render a snapshot as plain text with the quoted words marked. None of the page's markup is output. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from .reading.blocks import Block
from .reading.decoding import decode
from .reading.errors import PageRefused
from .reading.outline import outline

MOST_BLOCKS = 400
LONGEST = 600
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True)
class Line:
    """A block of the page. `before`, `marked` and `after` are plain text for a template to escape."""

    shape: str
    before: str
    marked: str = ""
    after: str = ""


def render_blocks(html: bytes, *, charset: str, quote: str, selector: str) -> list[Line]:
    """Return the blocks of a page in order, with the quoted words marked: at most 400 blocks around the quote."""
    try:
        blocks = [block for block in outline(decode(html, charset=charset)).blocks if block.text.strip()]
    except PageRefused:
        return []
    texts = [" ".join(block.text.split()) for block in blocks]
    place = place_of(blocks, quote, selector)
    start = max(0, place - MOST_BLOCKS // 2)
    return [
        _line(blocks[at].tag, texts[at], quote if at == place else "")
        for at in range(start, min(len(blocks), start + MOST_BLOCKS))
    ]


def place_of(blocks: Sequence[Block], quote: str, selector: str) -> int:
    """Return the index of the quoted block: by selector, else by text; -1 if there is none."""
    if not quote:
        return -1
    quoting = [at for at, block in enumerate(blocks) if quote in " ".join(block.text.split())]
    same = [at for at, block in enumerate(blocks) if selector and block.element.selector == selector]
    exact = [at for at in quoting if at in same]
    return next(iter([*exact, *quoting, *same]), -1)


def _line(tag: str, text: str, quote: str) -> Line:
    shape = "heading" if tag in _HEADINGS else "item" if tag == "li" else "text"
    if not quote:
        return Line(shape, text[:LONGEST])
    start = text.find(quote)
    if start < 0:
        return Line(shape, "", text[:LONGEST])
    end = start + len(quote)
    return Line(shape, text[max(0, start - LONGEST) : start], text[start:end], text[end : end + LONGEST])
