"""Extract offers of a page: dollars off, percent off, a price, or free. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from typing import Any

from .blocks import BADGE, COUPON, Block, Page
from .dates import End, ends_in
from .facts import PLAIN, Fact, Kind
from .frames import BARE, are_in_sibling_cards, card_of, joined, quoted
from .money import amounts_in
from .sentences import PRICES_OF_OTHERS, is_denied
from .services import Lexicon, is_complete, mentions
from .terms import AMOUNT_OFF, FREE, PERCENT_OFF, PRICE, Terms, terms_in
from .vocabulary import topic

_WORDS = topic("offers")
LONGEST_NAME, _LONGEST_LINE, _LONGEST_REST, _LONGEST_PRINT, _LONGEST_BADGE = 120, 60, 80, 140, 15
#: Maximum length of a plan with its price and all its benefits.
_LONGEST_PLAN = 300
#: The common end of a list of offers is at most this many blocks below.
_FARTHEST = 40


@dataclass(frozen=True)
class _Headline:
    """A block or a line with the terms of an offer."""

    block: Block
    text: str
    terms: Terms


def offers(page: Page, lexicon: Lexicon, today: date) -> Iterator[Fact]:
    """Yield a fact for each offer, with its terms and its end."""
    heads: list[_Headline] = []
    for block in page.blocks:
        text = joined(page.blocks, block.index)
        if terms := _terms(page, block, text, today):
            head = _Headline(block, text, terms)
            if heads and _repeats(head, heads[-1]):
                heads[-1] = heads[-1] if heads[-1].block.is_heading else head
            elif not (heads and _belongs_to(head, heads[-1])):
                heads.append(head)
    places = [head.block.index for head in heads]
    cards = [card_of(page.blocks, places, which) for which in range(len(heads))]
    inside = {part.index for card in cards for part in card}
    for head, card in zip(heads, cards, strict=True):
        below = page.blocks[head.block.index + 1 : head.block.index + _FARTHEST]
        end = _common_end([block for block in below if block.index not in inside], today)
        lines = [(line, [line.block]) for line in _lines(head.block, today)]
        for each, parts in lines or [(head, card)]:
            yield from _offer(each, parts, end, lexicon, today)


def _lines(block: Block, today: date) -> list[_Headline]:
    """Return the offers of a paragraph that has one on each line, or nothing."""
    lines = [replace(block, text=line) for line in block.text.split("\n")]
    parsed = [(line, terms_in(line.flat, with_price=is_special(line.flat, today))) for line in lines]
    heads = [_Headline(line, line.flat, terms) for line, terms in parsed if terms]
    return heads if len(heads) > 1 else []


def _terms(page: Page, block: Block, text: str, today: date) -> Terms | None:
    """Return the terms of a block if they are the shop's current offer to everyone."""
    if block.tag in ("title", "meta"):
        return None
    is_priced = in_offers(block) or is_dated_price(page.blocks, block.index) or is_special(text, today)
    terms = terms_in(text, with_price=is_priced)
    if (
        terms is None
        or text.rstrip().endswith("?")
        or _WORDS.over.search(text)
        or PRICES_OF_OTHERS.search(text)
        or (terms.form == PERCENT_OFF and _is_paid(text))
        # "NO MORE DIGGING" negates only its own line. The match may begin with the break before the offer.
        or is_denied(block.text.translate(PLAIN), terms.start + 1, terms.end)
        or _is_of_members(page, block, text, today)
        or is_benefit(page.blocks, block)
    ):
        return None
    return terms


def is_special(text: str, today: date) -> bool:
    """Return whether a price is called a special, replaces a higher one, or has a last day."""
    if "$" not in text or len(text) > _LONGEST_PLAN:
        return False
    end = ends_in(text, today) if _WORDS.own_end.search(text) else None
    return bool(_WORDS.special.search(text)) or (end is not None and end.has_year)


def _is_paid(text: str) -> bool:
    """Return whether a text is about a paid plan: "For $180 a year you get 10% off" is not an offer."""
    return any(amount.period and not amount.is_list_price for amount in amounts_in(text))


def is_dated_price(blocks: Sequence[Block], at: int) -> bool:
    """Return whether a price is alone or in a heading, above a regular price or a last day, like a coupon."""
    if not (BARE.fullmatch(blocks[at].flat) or (blocks[at].is_heading and "$" in blocks[at].flat)):
        return False
    for below in takewhile(lambda block: not block.is_heading, blocks[at + 1 : at + 4]):
        if "$" in below.flat:
            return bool(_WORDS.regular.match(below.flat))
        if _WORDS.own_end.search(below.flat) and any(map(str.isdigit, below.flat)):
            return True
    return False


def _is_of_members(page: Page, block: Block, text: str, today: date) -> bool:
    """Return whether a discount is only for members. Such a discount is a benefit of their plan and has no last day."""
    end, near = ends_in(text, today), " | ".join(block.headings[-2:])
    is_coupon = COUPON in block.marks or (end is not None and end.day is not None)
    is_plan = _WORDS.plans.search(near) or (block.region == "main" and _WORDS.plans.search(page.title))
    is_near = _WORDS.member_words.search(near) or (is_plan and not _WORDS.offers.search(near))
    return bool(_WORDS.member_words.search(text) or (is_near and not is_coupon))


def is_benefit(blocks: Sequence[Block], block: Block) -> bool:
    """Return whether a list item is below the name or the price of a plan."""
    for above in reversed(blocks[max(0, block.index - 6) : block.index] if block.tag == "li" else ()):
        is_plan = _WORDS.member_words.search(above.flat) or _is_paid(above.flat)
        if is_plan or above.is_heading:
            return bool(is_plan) and above.element.is_near(block.element, 3, but=("body", "main"))
    return False


def in_offers(block: Block) -> bool:
    """Return whether a block is among offers, so that a plain price counts as one."""
    near = " | ".join(block.headings[-2:])
    if COUPON in block.marks:
        return True
    if _WORDS.price_list.search(block.heading) and not _WORDS.offer_words.search(block.heading):
        return False
    if block.tag in ("td", "tr"):
        return bool(_WORDS.offers.search(near))  # a price list below a single discount is not a list of discounts
    own = block.flat[:80] if len(block.flat) < LONGEST_NAME else ""
    return bool(_WORDS.offer_words.search(f"{near} | {own}"))


def _repeats(new: _Headline, last: _Headline) -> bool:
    """Return whether the next line of a card repeats the terms: "$100 off" above "$100 off a new furnace"."""
    is_title = last.block.is_heading or len(last.text) < _LONGEST_BADGE
    is_next = is_title and new.block.index == last.block.index + 1
    is_same = (new.terms.form, new.terms.number) == (last.terms.form, last.terms.number)
    return is_next and new.terms.form in (AMOUNT_OFF, PERCENT_OFF) and is_same


def _common_end(below: Sequence[Block], today: date) -> End | None:
    """Return the end that a paragraph below a list of offers names for all of them."""
    section = takewhile(lambda block: not block.is_heading, below)
    ends = (ends_in(block.flat, today) for block in section if _WORDS.offer_words.search(block.flat))
    return next(filter(None, ends), None)


def _belongs_to(new: _Headline, last: _Headline) -> bool:
    """Return whether terms belong to the previous offer: its small print ("Save $40") or a repetition."""
    block, text, terms, head = new.block, new.text, new.terms, last.block
    if terms.form == PRICE and text == last.text:
        return True
    is_own = bool((_WORDS.special if terms.form == PRICE else _WORDS.own_end).search(text))
    is_far = block.index - head.index > 3
    is_apart = not head.element.is_near(block.element, 2) or are_in_sibling_cards(head.element, block.element)
    if is_own or is_far or is_apart:
        return False
    is_print = len(text) > _LONGEST_PRINT or (terms.form == AMOUNT_OFF and bool(_WORDS.regular.search(text)))
    is_head = (head.is_heading or bool(BARE.fullmatch(last.text))) and not block.is_heading
    return is_print or (is_head and terms.form in (PRICE, FREE))


def _offer(
    head: _Headline, card: Sequence[Block], common_end: End | None, lexicon: Lexicon, today: date
) -> Iterator[Fact]:
    block, text, terms = head.block, head.text, head.terms
    end = ends_in("\n".join(part.flat for part in card), today) or common_end or End(None, "")
    name = _name(head, card, lexicon)
    about = [name, *(part.flat for part in card if part.tag != "li" or part is block)]  # no steps of the work
    named = [each for each in mentions("\n".join(about), lexicon) if is_complete(each.key) or each.key[0] == "own"]
    if terms.form == PRICE:
        is_coupon = block.is_heading or bool(BARE.fullmatch(text) and len(card) > 1)
        if not (named or end.words or is_coupon or is_special(text, today)) or _WORDS.member_words.search(name):
            return  # the price of a plan, among offers
    detail = {"form": terms.form} | ({"service": named[0].name} if named else {})
    quote = quoted(card, block, end.words)
    number: dict[str, Any] = {"percent" if terms.form == PERCENT_OFF else "price": terms.number}
    yield block.fact(Kind.OFFER, name, _sure(head, end), quote=quote, expires=end.day, detail=detail, **number)


def _sure(head: _Headline, end: End) -> float:
    block, is_listed = head.block, in_offers(head.block)
    sure = 0.9 if is_listed or end.words else 0.72
    if head.terms.form == FREE:
        sure = 0.75 if is_listed else 0.6 if len(head.text) < _LONGEST_PLAN else 0.5
    # A pill with a discount is no award.
    return sure / block.worth if BADGE in block.marks <= {BADGE, COUPON} else sure


def _name(head: _Headline, card: Sequence[Block], lexicon: Lexicon) -> str:
    """Return the headline, extended by adjacent lines of its card until it names a service."""
    own = " ".join(head.text.split())
    if len(own) > LONGEST_NAME:
        return own[head.terms.start : head.terms.start + LONGEST_NAME].split(". ")[0]
    place = card.index(head.block)
    above = [part.flat for part in card[:place] if part.is_heading and 2 < len(part.flat) < _LONGEST_LINE]
    above += [part.flat for part in card[:place][-1:] if 0 < len(part.flat) < _LONGEST_LINE]
    parts = [*above[:1], own]
    below = [part.flat for part in card[place + 1 :] if part.flat not in own][:1]
    if not mentions(" ".join(parts), lexicon):
        fits = [line for line in below if len(line) < _LONGEST_REST and not _WORDS.fine_print.match(line)]
        parts += [line for line in fits if "$" not in line or "%" in own]
    return " ".join(parts)[:LONGEST_NAME]
