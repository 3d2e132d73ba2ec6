"""Extract offers of a page: dollars off, percent off, a price, or free. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

from .blocks import BADGE, COUPON, Block, Page
from .dates import End, ends_in
from .facts import PLAIN, Fact, Kind
from .frames import BARE, are_in_sibling_cards, card_of, joined, quoted
from .money import amounts_in
from .sentences import PRICES_OF_OTHERS, is_denied, sentence_around
from .services import Lexicon, is_complete, mentions
from .terms import AMOUNT_OFF, FREE, PERCENT_OFF, PRICE, Terms, terms_in
from .vocabulary import phrase_pattern

OFFER_WORDS = phrase_pattern("offers", "offer_words")
MEMBER_WORDS = phrase_pattern("offers", "member_words")
_OFFERS = phrase_pattern("offers", "offers")
_PRICE_LIST = phrase_pattern("offers", "price_list")
_PLANS = phrase_pattern("offers", "plans")
_OWN_END = phrase_pattern("offers", "own_end")
_SPECIAL = phrase_pattern("offers", "special")
_REGULAR = phrase_pattern("offers", "regular")
_OVER = phrase_pattern("offers", "over")
_FINE_PRINT = phrase_pattern("offers", "fine_print")
LONGEST_NAME, _LONGEST_LINE, _LONGEST_REST, _LONGEST_PRINT, _LONGEST_BADGE = 120, 60, 80, 140, 15
#: Maximum length of a plan with its price and all its benefits.
_LONGEST_PLAN = 300
#: Minimum confidence of a day with a year.
_SURE_DAY = 0.85
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
        after = head.block.index + 1
        below = page.blocks[after : after + _FARTHEST] if in_offers(head.block) else []
        end = _common_end([block for block in below if block.index not in inside], today)
        lines = [(line, [line.block]) for line in _lines(head.block, today)]
        for each, parts in lines or [(head, card)]:
            yield from _offer(each, parts, end, lexicon, today)


def _lines(block: Block, today: date) -> list[_Headline]:
    """Return the offers of a paragraph that has one on each line, or nothing."""
    lines = [replace(block, text=line) for line in block.text.split("\n")]
    if sum(terms_in(line.flat, with_price=False) is not None for line in lines) < 2:
        return []
    parsed = [(line, terms_in(line.flat, with_price=is_special(line.flat, today))) for line in lines]
    return [_Headline(line, line.flat, terms) for line, terms in parsed if terms]


def _terms(page: Page, block: Block, text: str, today: date) -> Terms | None:
    """Return the terms of a block if they are the shop's current offer to everyone."""
    if block.tag in ("title", "meta"):
        return None
    is_priced = in_offers(block) or is_dated_price(page.blocks, block.index) or is_special(text, today)
    terms = terms_in(text, with_price=is_priced)
    if terms is None or _OVER.search(text) or PRICES_OF_OTHERS.search(text):
        return None
    if (terms.form == FREE and text.rstrip().endswith("?")) or (terms.form == PERCENT_OFF and _is_paid(text, terms)):
        return None
    # "NO MORE DIGGING" negates only its own line. The match may begin with the break before the offer.
    if is_denied(block.text.translate(PLAIN), terms.start + 1, terms.end):
        return None
    return None if _is_of_members(page, block, text, today) or _is_benefit(page.blocks, block) else terms


def is_special(text: str, today: date) -> bool:
    """Return whether a price is called a special, replaces a higher one, or has a last day."""
    if "$" not in text or len(text) > _LONGEST_PLAN:
        return False
    end = ends_in(text, today) if _OWN_END.search(text) else None
    return bool(_SPECIAL.search(text)) or (end is not None and end.day is not None and end.sure >= _SURE_DAY)


def _is_paid(text: str, terms: Terms) -> bool:
    """Return whether a discount is part of a paid plan: "For $180 a year you get 10% off" is not an offer."""
    first, last = sentence_around(text, terms.start, terms.end)
    first = 0 if len(text) < _LONGEST_PLAN else first
    return any(amount.period and not amount.is_list_price for amount in amounts_in(text[first:last]))


def is_dated_price(blocks: Sequence[Block], at: int) -> bool:
    """Return whether a price is alone or in a heading, above a regular price or a last day, like a coupon."""
    if not (BARE.fullmatch(blocks[at].flat) or (blocks[at].is_heading and "$" in blocks[at].flat)):
        return False
    for below in blocks[at + 1 : at + 4]:
        is_regular = "$" in below.flat and _REGULAR.match(below.flat)
        if below.is_heading or ("$" in below.flat and not is_regular):
            return False
        if is_regular or (_OWN_END.search(below.flat) and any(map(str.isdigit, below.flat))):
            return True
    return False


def _is_of_members(page: Page, block: Block, text: str, today: date) -> bool:
    """Return whether a discount is only for members. Such a discount is a benefit of their plan and has no last day."""
    if MEMBER_WORDS.search(text):
        return True
    end, near = ends_in(text, today), " | ".join(block.headings[-2:])
    if COUPON in block.marks or (end is not None and end.day is not None):
        return False
    if MEMBER_WORDS.search(near) or _OFFERS.search(near):
        return bool(MEMBER_WORDS.search(near))
    return bool(_PLANS.search(near) or (block.region == "main" and _PLANS.search(page.title)))


def _is_benefit(blocks: Sequence[Block], block: Block) -> bool:
    """Return whether a list item is below the name or the price of a plan."""
    for above in reversed(blocks[max(0, block.index - 6) : block.index] if block.tag == "li" else ()):
        is_plan = MEMBER_WORDS.search(above.flat) or any(amount.period for amount in amounts_in(above.flat))
        if is_plan or above.is_heading:
            return bool(is_plan) and above.element.is_near(block.element, 3, but=("body", "main"))
    return False


def in_offers(block: Block) -> bool:
    """Return whether a block is among offers, so that a plain price counts as one."""
    near = " | ".join(block.headings[-2:])
    if COUPON in block.marks:
        return True
    if _PRICE_LIST.search(block.heading) and not OFFER_WORDS.search(block.heading):
        return False
    if block.tag in ("td", "tr"):
        return bool(_OFFERS.search(near))  # a price list below a single discount is not a list of discounts
    return bool(OFFER_WORDS.search(near) or (len(block.flat) < LONGEST_NAME and OFFER_WORDS.search(block.flat[:80])))


def _repeats(new: _Headline, last: _Headline) -> bool:
    """Return whether the next line of a card repeats the terms: "$100 off" above "$100 off a new furnace"."""
    left, right = last.block.element, new.block.element
    is_title = (last.block.is_heading or len(last.text) < _LONGEST_BADGE) and "\n" not in new.block.text
    is_next = is_title and new.block.index == last.block.index + 1 and left.is_near(right, 2)
    is_same = new.terms.form in (AMOUNT_OFF, PERCENT_OFF) and new.terms.discount == last.terms.discount
    return is_next and is_same and not are_in_sibling_cards(left, right)


def _common_end(below: Sequence[Block], today: date) -> End | None:
    """Return the end that a paragraph below a list of offers names for all of them."""
    section = takewhile(lambda block: not block.is_heading, below)
    ends = (ends_in(block.flat, today) for block in section if OFFER_WORDS.search(block.flat))
    return next(filter(None, ends), None)


def _belongs_to(new: _Headline, last: _Headline) -> bool:
    """Return whether terms belong to the previous offer: its small print ("Save $40") or a repetition."""
    block, text, terms, head = new.block, new.text, new.terms, last.block
    if terms.form == PRICE and text == last.text:
        return True
    is_own = bool((_SPECIAL if terms.form == PRICE else _OWN_END).search(text))
    is_far = block.index - head.index > (6 if terms.form == FREE and block.tag == "li" else 3)
    is_apart = is_far or (block.is_heading and block.tag == head.tag) or not head.element.is_near(block.element, 2)
    if is_own or is_apart or are_in_sibling_cards(head.element, block.element):
        return False
    if (terms.form == AMOUNT_OFF and _REGULAR.search(text)) or len(text) > _LONGEST_PRINT:
        return True
    is_head = head.is_heading or bool(BARE.fullmatch(last.text))
    return not block.is_heading and is_head and terms.form in (PRICE, FREE)


def _offer(
    head: _Headline, card: Sequence[Block], common_end: End | None, lexicon: Lexicon, today: date
) -> Iterator[Fact]:
    block, text, terms = head.block, head.text, head.terms
    end = ends_in(text, today) or ends_in("\n".join(part.flat for part in card), today) or common_end
    name = _name(head, card, lexicon)
    about = [name, *(part.flat for part in card if part.tag != "li" or part is block)]  # no steps of the work
    named = [each for each in mentions("\n".join(about), lexicon) if is_complete(each.key) or each.key[0] == "own"]
    is_coupon = in_offers(block) and (block.is_heading or bool(BARE.fullmatch(text) and len(card) > 1))
    if terms.form == PRICE:
        is_offer = named or end or is_coupon or is_special(text, today)
        if not is_offer or MEMBER_WORDS.search(name):
            return  # the price of a plan, among offers
    detail = {"form": terms.form}
    detail |= {"ends": end.words} if end is not None and end.day is None else {}
    detail |= {"service": named[0].name} if named else {}
    detail |= {"up_to": "yes"} if "up to" in text[max(0, terms.start - 20) : terms.end].lower() else {}
    quote = quoted(card, block, end.words if end else "")
    yield block.fact(
        Kind.OFFER, name, _sure(head, end), quote=quote, price=terms.price, percent=terms.percent,
        expires=end.day if end else None, detail=detail,
    )  # fmt: skip


def _sure(head: _Headline, end: End | None) -> float:
    block, is_listed = head.block, in_offers(head.block)
    sure = 0.9 if is_listed or end else 0.72
    if head.terms.form == FREE:
        sure = 0.75 if is_listed else 0.6 if len(head.text) < _LONGEST_PLAN else 0.5
    # A pill with a discount is no award.
    return sure / block.worth if BADGE in block.marks <= {BADGE, COUPON} else sure


def _name(head: _Headline, card: Sequence[Block], lexicon: Lexicon) -> str:
    """Return the headline, extended by adjacent lines of its card until it names a service."""
    own = " ".join(head.text.split())
    if len(own) > LONGEST_NAME:
        return own[head.terms.start : head.terms.start + LONGEST_NAME].split(". ")[0]
    place = next((at for at, part in enumerate(card) if part is head.block), 0)
    above = [part.flat for part in card[:place] if part.is_heading and 2 < len(part.flat) < _LONGEST_LINE]
    above += [part.flat for part in card[:place][-1:] if 0 < len(part.flat) < _LONGEST_LINE]
    parts = [*above[:1], own]
    rest = [part.flat for part in card[place + 1 :]]
    rest = rest[1:] if rest and rest[0] in own else rest
    if not mentions(" ".join(parts), lexicon):
        fits = [line for line in rest[:1] if len(line) < _LONGEST_REST and not _FINE_PRINT.match(line)]
        parts += [line for line in fits if "$" not in line or "%" in own]
    return " ".join(parts)[:LONGEST_NAME]
