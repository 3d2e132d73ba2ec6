"""Find retired services of the tenant's map in a sentence that contains all words of their name. Pure."""

import re
from collections.abc import Iterator

from .blocks import BLOG, JOBS, TESTIMONIAL, Page
from .facts import Fact, Kind
from .guide import Names, stems
from .listing import CUSTOMERS_OWN, OTHERWISE, is_answered_no, is_fragment, is_offering
from .sentences import denies, is_negative, sentence_around

_SURE = 0.72
_FEWEST = 2
_SHORT, _LONGEST = 70, 600
#: "Squirrels in the attic? We trap them."
_ANSWERED = re.compile(r"\W{0,3}(?:yes\b|we(?!\s(?:do not|don't|no longer))\b|our\b|i\b|ask\b)", re.IGNORECASE)


def own_services(page: Page, retired: Names, sold: Names) -> Iterator[Fact]:
    """Yield a fact for each service of `retired` whose words a short text or a sentence of the shop contains."""
    for block in page.blocks if retired else ():
        if block.marks & {TESTIMONIAL, BLOG, JOBS} or denies(block.heading) or len(block.flat) > _LONGEST:
            continue
        block_stems = stems(block.flat)
        for way, item in retired.ways(block_stems):
            is_longer = any(way < other <= block_stems for other, _ in sold.ways(block_stems))
            if len(way) < _FEWEST or not way <= block_stems or is_longer:
                continue
            next_text = page.text_after(block)
            if span := _sentence_with(block.flat, way, next_text):
                # A question is quoted with its answer.
                quote = f"{block.flat} {next_text[:100]}" if block.flat.endswith("?") and len(block.flat) < 100 else ""
                yield block.fact(Kind.SERVICE, item.name, _SURE, span=span, quote=quote, detail={"how": "offered"})


def _sentence_with(text: str, way: frozenset[str], next_text: str) -> tuple[int, int] | None:
    """Return the sentence that contains all words of a name and offers it, if there is one."""
    for match in re.finditer(r"\S+", text):
        if not stems(match.group()) & way:
            continue
        first, last = sentence_around(text, *match.span())
        sentence = text[first:last]
        if not way <= stems(sentence) or is_negative(text, match.start()):
            continue
        if is_answered_no(text, match.span(), next_text) or CUSTOMERS_OWN.match(text, first):
            continue
        if OTHERWISE.match(text, match.end()):
            continue
        if sentence.rstrip().endswith("?"):
            if _ANSWERED.match(text[last:] or next_text):
                return first, last
        elif len(text) <= _SHORT or is_offering(sentence) or is_fragment(sentence, match.start() - first):
            return first, last
    return None
