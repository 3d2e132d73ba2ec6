"""Places in rows: boxes that hold a town each, and counties said in one breath. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence

from .area_words import NO_CITY, WAYS
from .blocks import Block, Element
from .facts import Fact, Kind
from .places import spelled
from .sentences import is_denied

FEWEST = 3
LONGEST_NAME = 40


def boxes_of_towns(blocks: Sequence[Block], is_town: Callable[[str], tuple[bool, bool]]) -> Iterator[int]:
    """The places of blocks that stand side by side and hold the name of a town each, whatever heads them."""
    row: list[Block] = []
    for block in [*blocks, None]:
        if block is not None and (not row or _side_by_side(row[-1], block)) and 2 < len(block.text) <= LONGEST_NAME:
            row.append(block)
            continue
        towns = [is_town(one.text) for one in row] if len(row) >= FEWEST else []
        known, own = sum(sure for sure, _ in towns), sum(ours for _, ours in towns)
        if towns and (known >= 0.8 * len(row) or own >= max(FEWEST, 0.5 * len(row))):
            yield from (one.index for one in row)
        row = [block] if block is not None and 2 < len(block.text) <= LONGEST_NAME else []


def _side_by_side(one: Block, other: Block) -> bool:
    """Whether two blocks have the same tag and hang on one box, or on two boxes of one."""
    mine, theirs = one.element, other.element
    if mine.tag != theirs.tag or mine.depth != theirs.depth or one.is_heading:
        return False
    return _above(mine, 1) is _above(theirs, 1) or _above(mine, 2) is _above(theirs, 2)


def _above(element: Element, steps: int) -> Element | None:
    here: Element | None = element
    for _ in range(steps):
        here = here.parent if here else None
    return here


def counties(block: Block, match: re.Match[str]) -> Iterator[Fact]:
    for name in re.split(r",\s?(?:and\s|&\s)?|\s(?:and|&)\s", match["names"]):
        if name and not is_denied(block.flat, *match.span("names")):
            yield block.fact(Kind.AREA_CITY, f"{spelled(name)} County", 0.62, span=match.span("names"))


def is_address(text: str, match: re.Match[str]) -> bool:
    """Whether a city and its state stand behind a street or before a ZIP code."""
    ahead = text[max(0, match.start() - 30) : match.start()]
    return bool(re.search(r"\d+\s[\w.\s]{2,25}[,\s]$", ahead)) or bool(
        re.match(r"[\s,]{1,3}\d{5}", text[match.end() : match.end() + 8])
    )


def may_be_town(name: str) -> bool:
    """Whether a name that no list has may be a town's: three words at most, none of those of menus."""
    words = name.split()
    if len(words) > 3 or not all(word[0].isupper() for word in words if word not in ("of", "the")):
        return False
    own = words[1:] if words[0] == "The" or WAYS.match(name) else words
    return not any(word.lower() in NO_CITY for word in own)


def heads(name: str, text: str) -> bool:
    """Whether a town's name stands before the name of a service: "Brick repointing" is of no town Brick."""
    behind = text[text.find(name) + len(name) :].lstrip(" ,")
    return not behind[:1].islower()
