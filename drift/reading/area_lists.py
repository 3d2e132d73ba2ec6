"""Places in rows: boxes that each contain one town, and lists of counties. Pure."""

import re

from .area_words import NO_CITY, WAYS
from .blocks import Block
from .facts import Fact, Kind
from .places import spelled


def city(block: Block, name: str, sure: float, span: tuple[int, int] = (0, 0), state: str = "") -> Fact:
    """Return the fact of a place, with its state if the page names it."""
    return block.fact(Kind.AREA_CITY, spelled(name), sure, span=span, detail={"state": state} if state else {})


def is_address(text: str, match: re.Match[str]) -> bool:
    """Return whether a city and its state follow a street or precede a ZIP code."""
    ahead = text[max(0, match.start() - 30) : match.start()]
    return bool(re.search(r"\d+\s[\w.\s]{2,25}[,\s]$", ahead)) or bool(
        re.match(r"[\s,]{1,3}\d{5}", text[match.end() : match.end() + 8])
    )


def may_be_town(name: str) -> bool:
    """Return whether an unlisted name may be a town: at most three words, none of them a menu word."""
    words = name.split()
    if len(words) > 3 or not all(word[0].isupper() for word in words if word not in ("of", "the")):
        return False
    own = words[1:] if words[0] == "The" or WAYS.match(name) else words
    return not any(word.lower() in NO_CITY for word in own)
