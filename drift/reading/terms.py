"""Parse the terms of an offer: dollars off, percent off, a price, or free. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal

from .money import AMOUNT, amount, amounts_in
from .vocabulary import topic

_WORDS = topic("terms")
PRICE, AMOUNT_OFF, PERCENT_OFF, FREE = "price", "amount off", "percent off", "free"
_OFF = re.compile(
    rf"(?:(?:save|take|get|receive|enjoy) )?(?:up to )?{AMOUNT}\s?(?:\.?00\s?)?"
    rf"(?:instant |mail-in )?(?:off\b|(?:[a-z-]+ ){{0,2}}discount|savings|rebate|credit)"
    rf"|\bsave (?:up to |an? (?:extra )?)?{AMOUNT}|\b(\d{{1,4}}) dollars off\b"
    rf"|\b(?:discounts?|coupons?|savings)\s?(?:of|:|-)\s?{AMOUNT}"
    rf"|\brefer\b.{{0,40}}(?:: |\b(?:get|earn|receive|(?:send|give|pay|mail|owe) you)(?: an?)? ){AMOUNT}",
    re.IGNORECASE,
)
_BACK = re.compile(rf"{AMOUNT} (?:cash )?back\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an offer: its form and number, and their position in the text."""

    form: str
    number: Decimal
    start: int
    end: int


def terms_in(text: str, *, with_price: bool) -> Terms | None:
    """Return the first discount of a text. With `with_price`, a plain price counts too."""
    if not _WORDS.sign.search(text):
        return None
    discounts = [(_OFF, AMOUNT_OFF), (_WORDS.percent, PERCENT_OFF), (_BACK, AMOUNT_OFF)]
    for pattern, form in discounts if with_price else discounts[:2]:
        for match in pattern.finditer(text):
            if not _WORDS.no_offer.search(text[max(0, match.start() - 30) : match.end() + 50]):
                return Terms(form, amount(next(filter(None, match.groups()), "50")), *match.span())  # "half off"
    free = _WORDS.free.search(text) or (_WORDS.free_card.match(text) if with_price else None)
    if with_price and free is None and (given := _WORDS.free_with.search(text)):
        return Terms(FREE, Decimal(0), *given.span())
    for price in amounts_in(text[: free.start()] if free else text) if with_price else ():
        if not price.is_list_price and not price.period:
            return Terms(PRICE, price.value, price.start, price.end)
    return Terms(FREE, Decimal(0), *free.span()) if free else None
