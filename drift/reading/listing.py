"""Extract the services that the shop offers on a page. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace

from .blocks import BLOG, TESTIMONIAL, Block, Page
from .facts import Fact, Kind
from .sentences import denies, is_denied, refuses
from .services import Lexicon, Mention, is_complete, mentions

#: Alone, these words name the problem and not the service.
_TROUBLES = frozenset({"leak", "slab leak", "pipe", "roof", "bathroom", "appliance"})
_SHORT = 70
#: A longer text explains; headings, lists and short texts offer.
_LONGEST_OFFER = 170
_PLAN = re.compile(r"\s(?:plans?|agreements?|memberships?|programs?|club)\b", re.IGNORECASE)
_LIST_TAGS = frozenset({"li", "a", "td", "th", "dt", "option", "button", "title"})
_MENTIONED, _OFFERED, _NAMED = 0.5, 0.72, 0.9


def services(page: Page, lexicon: Lexicon) -> Iterator[Fact]:
    """Yield a fact for each service named, with the highest confidence in headings, list items and links."""
    for block in page.blocks:
        if TESTIMONIAL in block.marks or is_declined(page, block):
            continue
        is_weak = block.tag in ("meta", "img") or _is_home_link(block)
        is_weak = is_weak or (block.region == "footer" and len(block.flat) > _SHORT)
        for mention in mentions(block.flat, lexicon):
            span = (mention.start, mention.end)
            is_in_passing = is_weak or _PLAN.match(block.flat, mention.end)
            sure = min(_sure(block, mention), _MENTIONED if is_in_passing else 1)
            if sure and not is_denied(block.flat, *span):
                yield block.fact(Kind.SERVICE, mention.name, sure, span=span, detail={"how": _how(block, sure)})


def is_declined(page: Page, block: Block) -> bool:
    """Return whether a block is below a denying heading, or is a question that is answered with no."""
    return denies(block.heading) or (block.flat.endswith("?") and refuses(page.text_after(block)))


def _how(block: Block, sure: float) -> str:
    if sure <= _MENTIONED:
        return "mentioned"
    return "listed" if block.region in ("nav", "footer", "header") else "named" if sure >= _NAMED else "offered"


def _sure(block: Block, mention: Mention) -> float:
    text, is_question = block.flat, block.flat.rstrip().endswith("?")
    is_title = block.is_heading or (block.tag in _LIST_TAGS and len(text) <= _SHORT)
    if not (is_complete(mention.key) or mention.key[0] == "own"):
        is_alone = len(text) <= mention.end - mention.start + 14 and mention.key[0] not in _TROUBLES
        return 0.66 if is_title and is_alone and not is_question else 0.0
    if is_question or (len(text) > _LONGEST_OFFER and not is_title):
        return _MENTIONED
    return _NAMED if is_title and BLOG not in block.marks else _OFFERED


def _is_home_link(block: Block) -> bool:
    """Return whether a block is the link to the home page, which shows the name of the company."""
    home = ("/", "./", "index.html", "/index.html", "#")
    return block.region in ("header", "nav") and len(block.links) == 1 and block.links[0][0] in home


def normalized(facts: Iterator[Fact], lexicon: Lexicon) -> Iterator[Fact]:
    """Replace service names in facts from structured data with the names of our vocabulary."""
    for fact in facts:
        named = mentions(fact.value, lexicon) if fact.kind is Kind.SERVICE else []
        if not named:
            yield fact
        for mention in named:
            yield replace(fact, value=mention.name, detail={"how": "named"})
