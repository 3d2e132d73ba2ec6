"""Find offers of the tenant's map that a page words differently. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from .blocks import BLOG, JOBS, TESTIMONIAL, Block, Page
from .dates import ends_in
from .facts import Fact, Kind
from .guide import NamedItem, share, telling
from .money import amounts_in
from .offers import in_offers
from .others import is_of_others
from .sentences import is_denied, sentence_around
from .terms import AMOUNT_OFF, FREE, PERCENT_OFF, PRICE
from .vocabulary import phrase_pattern

_SHARE = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d)?)\s?(?:%|percent\b)", re.IGNORECASE)
_FREE = re.compile(r"\bfree\b|\bno charge\b|\bon us\b|\bcomplimentary\b", re.IGNORECASE)
_SOLD = phrase_pattern("own_offers", "sold")
_OVER = phrase_pattern("own_offers", "over")
_OTHER_PRICE = re.compile(r"\b(?:for (?:non-?)?members|members? (?:pay|get|save|price))\b", re.IGNORECASE)
_TAKEN_OFF = re.compile(r"\s?(?:(?!tax)\w+ ){0,2}?(?:off|back|credit|discount|toward|rebate)\b", re.IGNORECASE)
#: "Use code HELLO for the new customer $25."
_CODED = re.compile(r"\b(?:code|coupon|voucher|promo)\b", re.IGNORECASE)
_SAVED = re.compile(r"\b(?:save|takes?|knock\w*|saves|saving)(?: \w+)? $", re.IGNORECASE)
_BARE = re.compile(r"\$?\d[\d,.]{0,6}%?")
_SURE = 0.7
_SHORT_NAME = 2
_MOST_BELOW = 3
_LONG, _LONGEST = 60, 420


def own_offers(page: Page, among: Sequence[NamedItem], known_facts: Sequence[Fact], today: date) -> Iterator[Fact]:
    """Yield a fact for each offer of `among` on the page that no fact of `known_facts` represents already."""
    for offer in among:
        if not any(_represents(fact, offer) for fact in known_facts):
            yield from _best(page.blocks, offer, today)


def _represents(fact: Fact, offer: NamedItem) -> bool:
    fact_stems = telling(f"{fact.value} {fact.quote} {fact.detail.get('service', '')}")
    return (
        fact.confidence >= _SURE
        and fact.detail.get("form") == offer.form
        and any(share(way, fact_stems) >= 0.6 for way in offer.ways)
    )


def _best(blocks: Sequence[Block], offer: NamedItem, today: date) -> Iterator[Fact]:
    """Yield the best mention. A mention with a number is better than one without."""
    bare = None
    for at, block in enumerate(blocks):
        if block.marks & {TESTIMONIAL, BLOG, JOBS} or block.tag in ("title", "meta") or len(block.flat) > _LONGEST * 4:
            continue
        text, span = _where(blocks, at, offer)
        if not text or is_denied(text, *span):
            continue
        fact = _fact(block, text, offer, today)
        if fact is not None and (fact.price is not None or fact.percent is not None):
            yield fact
            return
        bare = bare or fact
    if bare is not None:
        yield bare


def _where(blocks: Sequence[Block], at: int, offer: NamedItem) -> tuple[str, tuple[int, int]]:
    """Return the text about an offer: a sentence and the next one, or a heading and the text below it."""
    block = blocks[at]
    text = block.flat
    if block.is_heading or len(text) < _LONG:
        below = []
        for other in blocks[at + 1 : at + 1 + _MOST_BELOW]:
            if other.is_heading or other.region != block.region:
                break
            below.append(other.flat)
        if _is_named(offer, text):
            above = blocks[at - 1] if at and blocks[at - 1].region == block.region else None
            if above is not None and _BARE.fullmatch(above.flat):
                text = f"{above.flat} {text}"  # "10%" in large letters, "Senior discount" below it
            return "\n".join([text, *below])[:_LONGEST], (0, len(text))
        return "", (0, 0)
    start = 0
    while start < len(text):
        _, end = sentence_around(text, start, start + 1)
        if _is_named(offer, text[start:end]):
            _, next_end = sentence_around(text, min(end, len(text) - 1), min(end + 1, len(text)))
            return text[start : max(end, next_end)][:_LONGEST], (0, 1)
        start = max(end, start + 1)
    return "", (0, 0)


def _is_named(offer: NamedItem, text: str) -> bool:
    text_stems, is_sold = telling(text), bool(_SOLD.search(text))
    # If a single word identifies an offer, as in "Off Your First Month", any monthly price would match it.
    return any(
        share(way, text_stems) >= (0.65 if len(way) > _SHORT_NAME else 1.0) and (len(way) > 1 or is_sold)
        for way in offer.ways
    )


def _is_whole(offer: NamedItem, text: str) -> bool:
    """Return whether the text contains all words of a long name."""
    text_stems = telling(text)
    return any(len(way) > _SHORT_NAME and way <= text_stems for way in offer.ways)


def _fact(block: Block, text: str, offer: NamedItem, today: date) -> Fact | None:
    price, percent = _number(text, offer.form)
    end = ends_in(text, today)
    has_number = price is not None or percent is not None
    if end is not None and not has_number and not block.is_heading and len(block.flat) >= _LONG:
        # A date in the next sentence may be the end of a manufacturer's rebate.
        end = ends_in(text[: sentence_around(text, 0, 1)[1]], today)
    if _OVER.search(text) or (not has_number and (end is None or end.day is None or not _SOLD.search(text))):
        return None
    is_sold = end or _SOLD.search(text) or in_offers(block) or (price == offer.price and _is_whole(offer, text))
    if _OTHER_PRICE.search(text) or is_of_others(text) or (offer.form == PRICE and not is_sold):
        return None
    return block.fact(
        Kind.OFFER, offer.name, 0.75, quote=" ".join(text.split())[:200], price=price, percent=percent,
        expires=end.day if end else None, detail={"form": offer.form if has_number else ""},
    )  # fmt: skip


def _number(text: str, form: str) -> tuple[Decimal | None, Decimal | None]:
    if form == PERCENT_OFF:
        match = _SHARE.search(text)
        return None, Decimal(match[1]) if match else None
    if form == FREE:
        return (Decimal(0) if _FREE.search(text) else None), None
    amounts = [amount for amount in amounts_in(text) if not amount.is_list_price and not amount.period]
    if form == AMOUNT_OFF:
        off = [
            amount for amount in amounts if _TAKEN_OFF.match(text, amount.end) or _SAVED.search(text[: amount.start])
        ]
        if not off and len(amounts) == 1 and _CODED.search(text):
            off = amounts
        return (off[0].value if off else None), None
    return (amounts[0].value if len(amounts) == 1 else None), None
