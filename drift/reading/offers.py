"""Extract offers of a page: dollars off, percent off, a price, or free. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from .blocks import BADGE, COUPON, Block, Element, Page
from .dates import ends_in
from .facts import PLAIN, Fact, Kind
from .frames import BARE, card_of, joined, quoted
from .money import amounts_in
from .others import is_of_others
from .sentences import is_denied, sentence_around
from .services import Lexicon, is_complete, mentions
from .terms import AMOUNT_OFF, FREE, PERCENT_OFF, PRICE, Terms, is_over, terms_in
from .vocabulary import phrase_pattern

OFFER_WORDS = phrase_pattern("offers", "offer_words")
_PRICE_LIST = re.compile(r"\b(?:pric(?:e|es|ing)|costs?|rates|fees)\b", re.IGNORECASE)
_LIST_PRICE = re.compile(r"\breg(?:ular(?:ly)?)?\b|\bnormally\b|\bvalue\b", re.IGNORECASE)
_OFFERS = re.compile(r"\b(?:coupons|specials|offers|deals|promos|promotions|discounts|rebates)\b", re.IGNORECASE)
MEMBER_WORDS = phrase_pattern("offers", "member_words")
_PLAN_HEADING = re.compile(rf"{MEMBER_WORDS.pattern}|\bplans?\b", re.IGNORECASE)
_OWN_END = phrase_pattern("offers", "own_end")
_SPECIAL = phrase_pattern("offers", "special")
_FINE_PRINT = phrase_pattern("offers", "fine_print")
LONGEST_NAME = 120
#: Maximum length of a plan with its price and all its benefits.
_LONGEST_PLAN = 300
#: Minimum confidence of a day with a year.
_SURE_DAY = 0.85


def offers(page: Page, lexicon: Lexicon, today: date) -> Iterator[Fact]:
    """Yield a fact for each offer, with its terms and its end."""
    texts = [joined(page.blocks, at) for at in range(len(page.blocks))]
    triggers = _triggers(page, texts, today)
    for which, at in enumerate(triggers):
        card = card_of(page.blocks, triggers, which)
        for line, parts in _lines(page.blocks[at], texts[at], card, today):
            head = parts[0] if len(parts) == 1 else page.blocks[at]
            yield from _offer(head, line, parts, lexicon=lexicon, today=today)


def _lines(block: Block, text: str, card: list[Block], today: date) -> list[tuple[str, list[Block]]]:
    """Split a paragraph that has an offer on each line into one card per line."""
    lines = block.text.split("\n")
    if len([line for line in lines if terms_in(line, with_price=False)]) < 2:
        return [(text, card)]
    cards = [replace(block, text=line) for line in lines]
    return [
        (part.flat, [part]) for part in cards if terms_in(part.flat, with_price=False) or is_special(part.flat, today)
    ]


def _triggers(page: Page, texts: list[str], today: date) -> list[int]:
    triggers: list[int] = []
    for at, text in enumerate(texts):
        lower = text.lower()
        if not any(sign in lower for sign in ("$", "%", "free", "percent", "dollars", "half", "waiv", "complimentary")):
            continue
        block = page.blocks[at]
        if block.tag in ("title", "meta") or _is_of_members(block, text, page.title, today):
            continue
        if _is_below_plan(page.blocks, at):
            continue
        terms = terms_in(
            text, with_price=in_offers(block) or is_dated_price(page.blocks, at) or is_special(text, today)
        )
        # "NO MORE DIGGING" negates only its own line. The match may begin with the break before the offer.
        lines = block.text.translate(PLAIN)
        if (
            terms is None
            or (terms.form == FREE and text.rstrip().endswith("?"))
            or is_denied(lines if len(lines) == len(text) else text, terms.start + 1, terms.end)
            or is_over(text, terms.start)
        ):
            continue
        if (terms.form == PERCENT_OFF and _is_paid_for(text, terms)) or is_of_others(text):
            continue
        if triggers and _belongs_to_last(page.blocks, triggers[-1], at, terms, texts):
            continue
        if terms.form == PRICE and triggers and texts[triggers[-1]] == text:
            continue
        triggers.append(at)
    return triggers


def is_special(text: str, today: date) -> bool:
    """Return whether a price is called a special, replaces a higher one, or has a last day."""
    if "$" not in text or len(text) > _LONGEST_PLAN:
        return False
    if _SPECIAL.search(text):
        return True
    if not _OWN_END.search(text):
        return False
    end = ends_in(text, today)
    return end is not None and end.day is not None and end.sure >= _SURE_DAY


def _is_paid_for(text: str, terms: Terms) -> bool:
    """Return whether a discount is part of a paid plan: "For $180 a year you get 10% off" is not an offer."""
    first, last = sentence_around(text, terms.start, terms.end)
    first = 0 if len(text) < _LONGEST_PLAN else first
    return any(amount.period and not amount.is_list_price for amount in amounts_in(text[first:last]))


def is_dated_price(blocks: list[Block], at: int) -> bool:
    """Return whether a price is alone or in a heading, above a regular price or a last day, like a coupon."""
    if not (BARE.fullmatch(blocks[at].flat) or (blocks[at].is_heading and "$" in blocks[at].flat)):
        return False
    for below in blocks[at + 1 : at + 4]:
        is_regular = "$" in below.flat and below.flat.lower().startswith(("reg", "was", "normally"))
        if below.is_heading or ("$" in below.flat and not is_regular):
            return False
        if is_regular or (_OWN_END.search(below.flat) and any(map(str.isdigit, below.flat))):
            return True
    return False


def _is_of_members(block: Block, text: str, title: str, today: date) -> bool:
    """Return whether a discount is only for members. Such a discount is a benefit of their plan and has no last day."""
    if MEMBER_WORDS.search(text):
        return True
    end = ends_in(text, today)
    if COUPON in block.marks or (end is not None and end.day is not None):
        return False
    near = block.headings[-2:]
    if any(MEMBER_WORDS.search(words) for words in near):
        return True
    if any(_OFFERS.search(words) for words in near):
        return False
    return any(_PLAN_HEADING.search(words) for words in (*near, title if block.region == "main" else ""))


def _is_below_plan(blocks: list[Block], at: int) -> bool:
    """Return whether a list item is below a monthly price: it is then a benefit of a plan."""
    if blocks[at].tag != "li":
        return False
    for above in reversed(blocks[max(0, at - 6) : at]):
        if above.is_heading:
            return bool(MEMBER_WORDS.search(above.flat)) and _is_near(above, blocks[at])
        if any(amount.period for amount in amounts_in(above.flat)):
            return _is_near(above, blocks[at])
    return False


def _is_near(left: Block, right: Block) -> bool:
    """Return whether two blocks are in a box at most three levels up that is not the whole page."""
    return left.element.is_near(right.element, 3, but=("body", "main"))


def in_offers(block: Block) -> bool:
    """Return whether a block is among offers, so that a plain price counts as one."""
    if COUPON not in block.marks and _PRICE_LIST.search(block.heading) and not OFFER_WORDS.search(block.heading):
        return False
    if block.tag in ("td", "tr") and COUPON not in block.marks:
        # A price list below a single discount is not a list of discounts.
        return any(_OFFERS.search(words) for words in block.headings[-2:])
    return (
        COUPON in block.marks
        or any(OFFER_WORDS.search(words) for words in block.headings[-2:])
        or bool(OFFER_WORDS.search(block.flat[:80]) and len(block.flat) < 120)
    )


def _belongs_to_last(blocks: list[Block], last: int, at: int, terms: Terms, texts: list[str]) -> bool:
    """Return whether terms belong to the previous offer: its small print ("Save $40") or a repetition."""
    head, block = blocks[last], blocks[at]
    is_own = bool((_SPECIAL if terms.form == PRICE else _OWN_END).search(texts[at]))
    is_far = at - last > (6 if terms.form == FREE and block.tag == "li" else 3)
    is_apart = is_far or (block.is_heading and block.tag == head.tag) or not head.element.is_near(block.element, 2)
    if is_own or is_apart or _are_in_sibling_cards(head.element, block.element):
        return False
    if _LIST_PRICE.search(texts[at]) and terms.form == AMOUNT_OFF:
        return True
    if texts[at].lower().startswith(("save", "(save", "a savings", "you save")) or len(texts[at]) > 140:
        return True
    is_head = head.is_heading or bool(BARE.fullmatch(texts[last]))
    return not block.is_heading and is_head and terms.form in (PRICE, FREE)


def _are_in_sibling_cards(left: Element, right: Element) -> bool:
    """Return whether two blocks are in adjacent boxes of the same kind, so that each is a separate offer."""
    boxes = {box.parent: box for box in left.line()}
    mine, other = next(((boxes[box.parent], box) for box in right.line() if box.parent in boxes), (left, right))
    is_inside = mine is not left and other is not right and mine is not other
    return is_inside and (mine.tag, mine.words) == (other.tag, other.words)


def _offer(block: Block, text: str, card: list[Block], *, lexicon: Lexicon, today: date) -> Iterator[Fact]:
    terms = terms_in(
        text,
        with_price=in_offers(block) or bool(BARE.fullmatch(text)) or block.is_heading or is_special(text, today),
    )
    if terms is None:
        return
    whole = "\n".join(part.flat for part in card)
    end = ends_in(text, today) or ends_in(whole, today)
    name = _name(block, text, card, lexicon)
    about = "\n".join(
        [name, *(part.flat for part in card if part.tag != "li" or part is block)]
    )  # no steps of the work
    named = [mention for mention in mentions(about, lexicon) if is_complete(mention.key) or mention.key[0] == "own"]
    is_coupon = in_offers(block) and (block.is_heading or bool(BARE.fullmatch(text) and len(card) > 1))
    if terms.form == PRICE and not (named or end or is_coupon or is_special(text, today)):
        return
    if terms.form == PRICE and MEMBER_WORDS.search(name):
        return  # the price of a plan, among offers
    sure = 0.9 if (in_offers(block) or end) else 0.72
    if terms.form == FREE:
        sure = 0.75 if in_offers(block) else 0.6 if len(text) < _LONGEST_PLAN else 0.5
    if BADGE in block.marks <= {BADGE, COUPON}:
        sure /= block.worth  # a pill with a discount is no award
    detail = {"form": terms.form}
    if end is not None and end.day is None:
        detail["ends"] = end.words
    if named:
        detail["service"] = named[0].name
    price_words = text[max(0, terms.start - 20) : terms.start].lower()
    if "up to" in text[terms.start : terms.end].lower() or "up to" in price_words:
        detail["up_to"] = "yes"
    yield block.fact(
        Kind.OFFER, name, sure, quote=quoted(card, block, end.words if end else ""), price=terms.price,
        percent=terms.percent, expires=end.day if end else None, detail=detail,
    )  # fmt: skip


def _name(block: Block, text: str, card: list[Block], lexicon: Lexicon) -> str:
    """Return the headline, extended by adjacent lines of its card until it names a service."""
    own = " ".join(text.split())
    if len(own) > LONGEST_NAME:
        terms = terms_in(text, with_price=True)
        start = terms.start if terms else 0
        return own[start : start + LONGEST_NAME].split(". ")[0]
    place = next((at for at, part in enumerate(card) if part is block), 0)
    parts = [own]
    head = next((part for part in card[:place] if part.is_heading and 2 < len(part.flat) < 60), None)
    before = head or (card[place - 1] if place and 0 < len(card[place - 1].flat) < 60 else None)
    if before is not None:
        parts.insert(0, " ".join(before.flat.split()))
    rest = card[place + 1 :]
    if rest and rest[0].flat and rest[0].flat in own:
        rest = rest[1:]
    if not mentions(" ".join(parts), lexicon):
        parts += [
            " ".join(part.flat.split())
            for part in rest[:1]
            if 0 < len(part.flat) < 80 and ("$" not in part.flat or "%" in own) and not _FINE_PRINT.match(part.flat)
        ]
    return " ".join(parts)[:LONGEST_NAME]
