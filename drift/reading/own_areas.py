"""Find towns of the tenant's map anywhere on a page, and the towns listed with them. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .area_lists import city, is_address
from .area_words import COMPANY_TAIL, LIST_HEADING, NO_AREA, PLAN_TAIL, PLANNED, STATE, STREET, URGENT
from .blocks import BADGE, BLOG, FORM, JOBS, TESTIMONIAL, Block, Page
from .facts import Fact
from .listing import is_declined
from .places import plain, state_code, states_of
from .sentences import is_denied, sentence_around
from .service_words import ACTS, THINGS
from .vocabulary import phrase_pattern

_SKIPPED = {TESTIMONIAL, BADGE, JOBS, BLOG}
_JOINT = r"\s{0,2}(?:,\s?(?:and|&|or)\b|,|;|/|&|\||•|·|\n|\band\b|\bor\b|\bto\b|\bthrough\b)\s{0,2}"
_NEXT = re.compile(rf"{_JOINT}(?:[a-z]+ ){{0,3}}(?P<name>(?:[A-Z][\w'.-]+ ?){{1,3}})")
_NO_WORK = phrase_pattern("own_areas", "no_work")
_ROADS = re.compile(r"\b(?:exit|route|interstate|highway|mile)\b", re.IGNORECASE)
_BOUND = re.compile(r"\b(?:to|into|through|as far as)\b", re.IGNORECASE)
_OTHER_SHOPS = re.compile(r"\bfamily of companies\b|\bsister (?:compan(?:y|ies)|shops?)\b|\bhome show\b", re.IGNORECASE)
_PERSON = re.compile(r"(?:^|[\n(])?\s{0,2}[-~\"]\s?[A-Z][\w.]{0,12}(?: [A-Z][\w.]{0,14}){0,2},? (?:of |in |from )?$")
_WORK = phrase_pattern("own_areas", "work")
_AHEAD = phrase_pattern("own_areas", "ahead")
_ROUTE = re.compile(r"\s(?:routes?|runs?|area|side|crew|trucks?|customers|homeowners|homes|residents|folks)\b")
_CANNOT = phrase_pattern("own_areas", "cannot")
_OF_COUNTIES = re.compile(r"(?:(?:,|,?\s(?:and|&))\s[A-Z][\w']+)*\s[Cc]ount(?:y|ies)\b")
#: "Madrid and Slater Thursdays".
_DAY = re.compile(r" (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
_SHORT = 60
_ABBREVIATED = len("Ste.")
_SURE, _SURELY = 0.72, 0.97


def _may_tell(page: Page, block: Block) -> bool:
    """Return whether a block may say where the shop works. Testimonials, form options and denied questions do not."""
    if block.marks & _SKIPPED or block.tag == "meta" or len(block.flat) > 6000:
        return False
    return not (FORM in block.marks and block.tag == "option") and not is_declined(page, block)


def own_areas(page: Page, own: frozenset[str]) -> Iterator[Fact]:
    """Yield a fact for each town of `own` (plain names), and for known towns in a row with two of them."""
    if not own:
        return
    pattern = _pattern(own)
    for block in page.blocks:
        if not _may_tell(page, block):
            continue
        spans = [match.span() for match in pattern.finditer(block.flat) if _is_work_place(block, *match.span())]
        if len(spans) < 2 and not any(_is_of_work(block, *span) for span in spans):
            continue
        for span in spans:
            # A sentence about emergencies only, or about planned work, is the page's most specific statement about a
            # town.
            first, last = sentence_around(block.flat, *span)
            is_telling = URGENT.search(block.flat[first:last]) or PLANNED.search(block.flat[first:last])
            sure = _SURELY if is_telling else _SURE
            yield city(block, block.flat[slice(*span)], sure, span)
        if len(spans) > 1:
            yield from _neighbors(block, spans, own)


def _is_of_work(block: Block, start: int, end: int) -> bool:
    text = block.flat
    first, last = sentence_around(text, start, end)
    if not text[first:start].strip() and any(map(LIST_HEADING.search, block.headings)) and text[end : end + 1] in ",.:":
        return True
    if (
        not _is_trade_word(text[start:end])
        and len(text) <= _SHORT
        and not re.search(r"[A-Z]", re.sub(rf"\b(?:{STATE})\b", "", text[:start] + text[end:]))
    ):
        return True
    is_placed = _AHEAD.search(text[first:start]) or _ROUTE.match(text, end)
    return bool(is_placed and _WORK.search(text[first:last]))


def _is_trade_word(name: str) -> bool:
    """Return whether a town's name is also a trade word: Drain in Oregon, Comfort in Texas."""
    return name.lower() in _trade_words()


@lru_cache(maxsize=1)
def _trade_words() -> frozenset[str]:
    terms = (*THINGS.values(), *ACTS.values())
    return frozenset(word for term in terms for phrase in term.phrases for word in phrase.split(" "))


@lru_cache(maxsize=64)
def _pattern(own: frozenset[str]) -> re.Pattern[str]:
    names = sorted(own, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(map(_loose, names))})(?![\w'-])", re.IGNORECASE)


def _loose(name: str) -> str:
    """Return a pattern for the spellings of a plain name: "St. Paul", "Winston-Salem"."""
    longer = {"st": r"(?:st\.?|saint)", "mt": r"(?:mt\.?|mount)", "ft": r"(?:ft\.?|fort)"}
    return r"[\s-]".join(longer.get(word, f"{re.escape(word[0])}'?{re.escape(word[1:])}") for word in name.split())


def _is_work_place(block: Block, start: int, end: int) -> bool:
    """Return whether a town's name means a place where the shop works."""
    text = block.flat
    if not text[start].isupper() or is_denied(text, start, end):
        return False
    after = block.text[end : end + 24].split("\n")[0]
    if any(words.match(after) for words in (STREET, COMPANY_TAIL, PLAN_TAIL)) or re.match(
        r"\s[A-Z][a-z]+\b", _DAY.sub("", after)
    ):
        return False
    if _OF_COUNTIES.match(text, end):
        return False
    if re.match(rf",?\s(?:{STATE})\.?\s\d{{5}}", text[end : end + 40]):
        return False
    if re.search(r"[a-z,] [A-Z][a-z']+ $|\d+\s(?:[A-Z][\w.]* ){1,4},?\s?$", block.text[max(0, start - 40) : start]):
        return False
    first, last = sentence_around(text, start, end)
    sentence = text[first:last]
    return not (
        NO_AREA.search(sentence)
        or _OTHER_SHOPS.search(sentence)
        or _CANNOT.search(sentence)
        or _is_elsewhere(text[max(first, start - 50) : start])
    ) and not is_quoted(text, start)


def _is_elsewhere(ahead: str) -> bool:
    """Return whether the words before a town mean a home or origin. "East along Highway 12 to" does not."""
    homes = [match.end() for match in _NO_WORK.finditer(ahead)]
    road = [match.end() for match in _ROADS.finditer(ahead)]
    return bool(homes) or bool(road and not _BOUND.search(ahead[road[-1] :]))


def is_quoted(text: str, start: int) -> bool:
    """Return whether a name signs a customer's quote: "- Dana M., Corrales"."""
    return bool(_PERSON.search(text[max(0, start - 50) : start]))


def _neighbors(block: Block, spans: list[tuple[int, int]], own: frozenset[str]) -> Iterator[Fact]:
    """Yield towns joined to those of the map by commas, if they are in the same state."""
    text = block.flat
    states = _states(text[start:end] for start, end in spans)
    for _, at in spans:
        end = at
        while match := _NEXT.match(text, end):
            name = _known(match["name"], states, own)
            if not name or not states:
                break
            start = match.start("name")
            end = start + len(name)
            if plain(name) not in own and _is_work_place(block, start, end) and not is_address(text, match):
                yield city(block, name, _SURE, (start, end))


def _states(names: Iterable[str]) -> frozenset[str]:
    """Return the states in which most of the towns are. Patterson alone may be in three."""
    votes = Counter(state for name in names for state in states_of(name))
    most = max(votes.values(), default=0)
    return frozenset(state for state, number in votes.items() if number == most)


def _known(words: str, states: frozenset[str], own: frozenset[str]) -> str:
    parts = _DAY.sub("", words.rstrip(" .,'-")).split()
    stop = next((at for at, part in enumerate(parts) if part.endswith(".") and len(part) > _ABBREVIATED), len(parts))
    parts = [part.rstrip(".") if at == stop else part for at, part in enumerate(parts[: stop + 1])]
    for last in range(len(parts), 0, -1):
        name = " ".join(parts[:last])
        if plain(name) in own or states_of(name) & states:
            return name if last == len(parts) or state_code(parts[last]) else ""
    return ""
