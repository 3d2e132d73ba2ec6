"""Find retired services of the tenant's map on a page, by words that occur close together. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace

from .blocks import BLOG, JOBS, TESTIMONIAL, Block, Page
from .facts import Fact, Kind
from .guide import ENOUGH, NO_NAMES, Names, share, stems, telling, thing_of
from .listing import CUSTOMERS_OWN, OTHERWISE, is_answered_no, is_fragment, is_offering
from .sentences import denies, is_negative, sentence_around
from .services import keys_of
from .vocabulary import phrase_pattern

_SURE, _FAINT = 0.72, 0.5
_HINTED = 0.2
_FEWEST = 2
_SHORT, _LONGEST = 70, 600
#: Words that change the meaning: a name without one is another service.
_SORTS = stems("commercial industrial residential rental emergency mobile marine agricultural")
_LISTED = frozenset({"li", "a", "td", "th", "dt", "option", "button", "title", "strong", "b", "span"})
_REFUSED = phrase_pattern("own_services", "refused")
#: "Well pump repair - control boxes, switches": the start of a line is its subject.
_HEADS = re.compile(r"\s{0,2}(?:[-\u2013\u2014:|(]|$|[.,;] )")
_ENOUGH_JOINTS = 2
#: Maximum number of characters before the words that start a line.
_NEAR = 6
#: With at least this many words, one may be missing.
_SPARED_FROM = 4
#: "Squirrels in the attic? We trap them."
_ANSWERED = re.compile(r"\s{0,3}(?:yes\b|we(?!\s(?:do not|don't|no longer))\b|our\b|i\b|ask\b)", re.IGNORECASE)
_LONGEST_QUESTION, _YES, _LONGEST_ANSWER = 60, 10, 100
#: Maximum number of other words between the words of a name.
_MOST_BETWEEN = 3


def own_services(page: Page, among: Names, sold: Names, things: Names = NO_NAMES) -> Iterator[Fact]:
    """Yield a fact for each service of `among` whose words occur together in one sentence.

    A word of three may occur elsewhere in the block ("Water softeners, ... softener rental"), unless the other two
    name an item of `sold`.
    """
    if not among:
        return
    for block in page.blocks:
        if block.marks & {TESTIMONIAL, BLOG, JOBS} or denies(block.heading) or len(block.flat) < 4:
            continue
        block_stems = stems(block.flat)
        next_text = page.text_after(block)
        yield from _headed(block, things, block_stems, next_text)
        for way, item in among.ways(block_stems):
            if any(way < other <= block_stems for other, _ in sold.ways(block_stems)):
                continue  # "Septic riser, installed" sells no septic systems
            if block.tag in _LISTED and len(block.flat) < _SHORT and _is_part(block.flat, way, sold):
                yield block.fact(Kind.SERVICE, item.name, _SURE, detail={"how": "listed"})
                continue
            if len(way) < _FEWEST or len(way - block_stems) > (len(way) >= _SPARED_FROM):
                continue
            cores = (core for core in _cores(way, sold) if not _is_denied_of(block.flat, way - core))
            span = next((span for core in cores if (span := _span(block.flat, core))), None)
            if span is None or is_answered_no(block.flat, span, next_text):
                continue
            is_answered = block.flat.endswith("?") and bool(_ANSWERED.match(next_text))
            sure = _SURE if is_answered or _sells(block, span) else _FAINT
            detail = {"how": "offered" if sure == _SURE else "mentioned"}
            fact = block.fact(Kind.SERVICE, item.name, sure, span=span, detail=detail)
            yield replace(fact, quote=f"{fact.quote} {next_text[:_LONGEST_ANSWER]}") if is_answered else fact


def _cores(way: frozenset[str], sold: Names) -> Iterator[frozenset[str]]:
    yield way
    if len(way) > _FEWEST:
        for word in sorted(way):
            core = way - {word}
            if not any(core <= other for other, _ in sold.ways(core)):
                yield core


def _is_denied_of(text: str, words: frozenset[str]) -> bool:
    """Return whether the words are negated: "Range hookup, electric only. No gas lines" is not a gas range hookup."""
    at = [start for start, _, here in _places(text, words) if here]
    return any(is_negative(text, start) or _REFUSED.match(text[:start].rpartition(". ")[2]) for start in at)


def _is_part(text: str, way: frozenset[str], sold: Names) -> bool:
    """Return whether a text is only two or more words of a longer name: "Pool wiring" of "Swimming Pool Wiring"."""
    text_stems = telling(text)
    return (
        _FEWEST <= len(text_stems) < len(way)
        and text_stems < way
        and not (way - text_stems) & _SORTS
        and not any(text_stems <= other for other, _ in sold.ways(text_stems))
    )


def _headed(block: Block, things: Names, block_stems: frozenset[str], next_text: str) -> Iterator[Fact]:
    text = block.flat
    if block.is_heading and keys_of(text):
        return  # the text below the heading names what is done
    if not things or not (block.is_heading or block.tag in _LISTED) or len(text) > _SHORT or text.endswith("?"):
        return
    for way, item in things.ways(block_stems):
        words = _places(text, way)
        spans = [(start, end) for start, end, here in words if here]
        is_more = len(way) == 1 and bool(thing_of(text, frozenset()) - way)  # "Pressure tanks" is no washing
        if not way <= block_stems or is_more or len(words) > len(way) + _MOST_BETWEEN or denies(text):
            continue
        span = (spans[0][0], spans[-1][1])
        if not is_negative(text, span[0]) and not _REFUSED.match(next_text):
            yield block.fact(Kind.SERVICE, item.name, _SURE, span=span, detail={"how": "listed"})


def hinted_services(page: Page, among: Names) -> Iterator[Fact]:
    """Yield a low-confidence fact for each service of `among` with nearly all words in a block and its headings."""
    names_seen: set[str] = set()
    for block in page.blocks if among else ():
        if block.marks & {TESTIMONIAL, JOBS} or len(block.flat) > _LONGEST:
            continue
        block_stems = stems(f"{' '.join(block.headings)} {block.flat}")
        for way, item in among.ways(block_stems):
            if item.name in names_seen or len(way) < _FEWEST or share(way, block_stems) < ENOUGH:
                continue
            if not any(is_negative(block.flat, start) for start, _, here in _places(block.flat, way) if here):
                names_seen.add(item.name)
                yield block.fact(Kind.SERVICE, item.name, _HINTED, detail={"how": "hinted"})


def _places(text: str, way: frozenset[str]) -> list[tuple[int, int, frozenset[str]]]:
    """Return each word with the stems of the name that it contains."""
    return [(*match.span(), stems(match.group()) & way) for match in re.finditer(r"\S+", text)]


def _span(text: str, way: frozenset[str]) -> tuple[int, int] | None:
    """Return where all words of a name occur close together, in any order and not negated."""
    places, most = _places(text, way), len(way) + _MOST_BETWEEN
    for first, (start, _, here) in enumerate(places):
        if not here:
            continue
        near = places[first : first + most]
        matched: set[str] = set()
        for _, end, more in near:
            matched |= more
            if matched == way:
                first_of, last_of = _sentence(text, start, end)
                whole = sentence_around(text, start, start + 1)[1]
                if whole < end and not text[:whole].rstrip().endswith("?"):
                    break
                if OTHERWISE.match(text, end) or CUSTOMERS_OWN.match(text, first_of):
                    break
                if last_of >= end and first_of <= start and not is_negative(text, start):
                    return start, end
                break
    return None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence at a position. A short question is extended by its answer, if the shop answers it."""
    first, last = sentence_around(text, start, start + 1)
    if last - first <= _LONGEST_QUESTION and text[first:last].rstrip().endswith("?") and _ANSWERED.match(text, last):
        answer_end = sentence_around(text, last + 1, last + 2)[1]
        if answer_end - last <= _YES:
            answer_end = sentence_around(text, min(answer_end + 1, len(text) - 1), min(answer_end + 2, len(text)))[1]
        return first, answer_end
    return sentence_around(text, start, end)


def _sells(block: Block, span: tuple[int, int]) -> bool:
    text = block.flat
    first, last = _sentence(text, *span)
    if text[first:last].rstrip().endswith("?"):
        return False
    sentence = text[first:last]
    if span[0] - first < _NEAR and _HEADS.match(text, span[1]):
        return True
    listed = sentence.count(",") >= _ENOUGH_JOINTS or ": " in sentence
    is_short = block.is_heading or len(text) <= _SHORT
    return is_short or listed or is_offering(sentence) or is_fragment(sentence, span[0] - first)
