"""Find towns of the tenant's map anywhere on a page. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from .area_words import COMPANY_TAIL, LIST_HEADING, NO_AREA, PLAN_TAIL, PLANNED, STATE, STREET, URGENT
from .areas import city
from .blocks import BADGE, BLOG, JOBS, TESTIMONIAL, Block, Page
from .facts import Fact
from .listing import is_declined
from .sentences import is_denied, sentence_around
from .service_words import THINGS
from .vocabulary import phrase_pattern

_SKIPPED = {TESTIMONIAL, BADGE, JOBS, BLOG}
_WORK = phrase_pattern("own_areas", "work")
_AHEAD = phrase_pattern("own_areas", "ahead")
#: Words after a name that make it a part of a longer name, a county or an address.
_LONGER = re.compile(rf"\s[A-Z][a-z]+\b(?<!day)(?<!days)|[^.]{{0,30}}\s[Cc]ount(?:y|ies)\b|,?\s(?:{STATE})\.?\s\d{{5}}")
#: Words before a name that make it the end of a longer name or of an address.
_PART = re.compile(r"[a-z,] [A-Z][a-z']+ $|\d+\s(?:[A-Z][\w.]* ){1,4},?\s?$")
_SHORT, _LONGEST = 60, 6000
_SURE, _SURELY = 0.72, 0.97


def own_areas(page: Page, own: frozenset[str]) -> Iterator[Fact]:
    """Yield a fact for each town of `own` (plain names) in a text about work, or in one that names two of them."""
    for block in page.blocks if own else ():
        if block.marks & _SKIPPED or block.tag in ("meta", "option") or len(block.flat) > _LONGEST:
            continue
        spans = [match.span() for match in _pattern(own).finditer(block.flat) if _is_place(block, *match.span())]
        if not spans or is_declined(page, block):
            continue
        if len(spans) < 2 and not _is_of_work(block, *spans[0]):
            continue
        for span in spans:
            # A sentence about emergencies only, or about planned work, is the page's most specific statement.
            first, last = sentence_around(block.flat, *span)
            is_telling = URGENT.search(block.flat[first:last]) or PLANNED.search(block.flat[first:last])
            yield city(block, block.flat[slice(*span)], _SURELY if is_telling else _SURE, span)


def _is_of_work(block: Block, start: int, end: int) -> bool:
    """Return whether a name begins a sentence of a list, is the only name of a short text, or is a place of work."""
    text = block.flat
    first, last = sentence_around(text, start, end)
    is_first = not text[first:start].strip() and any(map(LIST_HEADING.search, block.headings))
    rest = re.sub(rf"\b(?:{STATE})\b", "", text[:start] + text[end:])
    is_alone = len(text) <= _SHORT and not re.search(r"[A-Z]", rest) and text[start:end].lower() not in THINGS
    return is_first or is_alone or bool(_AHEAD.search(text[first:start]) and _WORK.search(text[first:last]))


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
