"""Find towns of the tenant's map anywhere on a page. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from .area_words import COMPANY_TAIL, NO_AREA, PLAN_TAIL, STATE, STREET
from .areas import city
from .blocks import BADGE, BLOG, JOBS, TESTIMONIAL, Block, Page
from .facts import Fact
from .listing import is_declined
from .sentences import is_denied, sentence_around
from .vocabulary import phrase_pattern

_SKIPPED = {TESTIMONIAL, BADGE, JOBS, BLOG}
_WORK = phrase_pattern("own_areas", "work")
#: Words after a name that make it a part of a longer name, a county or an address.
_LONGER = re.compile(rf"\s[A-Z][a-z]+\b(?<!day)(?<!days)|[^.]{{0,30}}\s[Cc]ount(?:y|ies)\b|,?\s(?:{STATE})\.?\s\d{{5}}")
#: Words before a name that make it the end of a longer name or of an address.
_PART = re.compile(r"[a-z,] [A-Z][a-z']+ $|\d+\s(?:[A-Z][\w.]* ){1,4},?\s?$")
_SHORT, _LONGEST, _SURE = 170, 6000, 0.72


def own_areas(page: Page, own: frozenset[str]) -> Iterator[Fact]:
    """Yield a fact for each town of `own` (plain names) in a text about work, or in one that names two of them."""
    for block in page.blocks if own else ():
        if block.marks & _SKIPPED or block.tag in ("meta", "option") or len(block.flat) > _LONGEST:
            continue
        spans = [match.span() for match in _pattern(own).finditer(block.flat) if _is_place(block, *match.span())]
        is_about_work = len(spans) > 1 or (spans and _WORK.search(block.flat) and len(block.flat) <= _SHORT)
        if is_about_work and not is_declined(page, block):
            yield from (city(block, block.flat[slice(*span)], _SURE, span) for span in spans)


@lru_cache(maxsize=64)
def _pattern(own: frozenset[str]) -> re.Pattern[str]:
    names = sorted(own, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(map(_loose, names))})(?![\w'-])", re.IGNORECASE)


def _loose(name: str) -> str:
    """Return a pattern for the spellings of a plain name: "St. Paul", "Winston-Salem"."""
    longer = {"st": r"(?:st\.?|saint)", "mt": r"(?:mt\.?|mount)", "ft": r"(?:ft\.?|fort)"}
    return r"[\s-]".join(longer.get(word, f"{re.escape(word[0])}'?{re.escape(word[1:])}") for word in name.split())


def _is_place(block: Block, start: int, end: int) -> bool:
    """Return whether a town's name means the place, and not a longer name, a home, a street or a company."""
    text, after = block.flat, block.text[end : end + 40].split("\n")[0]
    first, last = sentence_around(text, start, end)
    return (
        text[start].isupper()
        and not any(words.match(after) for words in (STREET, COMPANY_TAIL, PLAN_TAIL, _LONGER))
        and not _PART.search(block.text[max(0, start - 40) : start])
        and not NO_AREA.search(text[first:last])
        and not is_denied(text, start, end)
    )
