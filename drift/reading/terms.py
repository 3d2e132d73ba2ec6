"""Parse the terms of an offer: dollars off, percent off, a price, or free. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal

from .money import AMOUNT, amount, amounts_in
from .vocabulary import phrase_pattern

PRICE, AMOUNT_OFF, PERCENT_OFF, FREE = "price", "amount off", "percent off", "free"
_OFF = re.compile(
    rf"(?:save|take|get|receive|enjoy)?\s?(?:up to |an? (?:extra |additional "
    rf")?)?{AMOUNT}\s?(?:\.?00\s?)?(?:instant |in |mail-in )?(?:off\b|discount|savings|rebate|credit)"
    rf"|\bsave (?:up to |an? (?:extra |additional )?)?{AMOUNT}|\b(\d{{1,4}}) dollars off\b"
    rf"|\b(?:discounts?|coupons?|savings)\s?(?:of|:|-)\s?{AMOUNT}|{AMOUNT}\s(?:[a-z-]+ ){{0,2}}(?:discount|coupon)\b"
    rf"|\brefer (?:a|your) \w+: {AMOUNT}"
    rf"|\brefer\b.{{0,40}}\b(?:get|earn|receive|(?:send|give|pay|mail|owe) you(?: a)?) {AMOUNT}",
    re.IGNORECASE,
)
_BACK = re.compile(rf"{AMOUNT} (?:cash )?back\b", re.IGNORECASE)
_PERCENT = phrase_pattern("terms", "percent")
_FREE = phrase_pattern("terms", "free")
_FREE_CARD = phrase_pattern("terms", "free_card")
_FREE_WITH = phrase_pattern("terms", "free_with")
_SIGN = phrase_pattern("terms", "sign")
_NO_OFFER = phrase_pattern("terms", "no_offer")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an offer: its form and number, and their position in the text."""

    form: str
    start: int
    end: int
    price: Decimal | None = None
    percent: Decimal | None = None

    @property
    def discount(self) -> tuple[str, Decimal | None, Decimal | None]:
        return self.form, self.price, self.percent


def terms_in(text: str, *, with_price: bool) -> Terms | None:
    """Return the first discount of a text. With `with_price`, a plain price counts too."""
    if not _SIGN.search(text):
        return None
    discounts = ((_OFF, AMOUNT_OFF), (_PERCENT, PERCENT_OFF), *([(_BACK, AMOUNT_OFF)] if with_price else ()))
    for pattern, form in discounts:
        for match in pattern.finditer(text):
            if not _NO_OFFER.search(text[max(0, match.start() - 30) : match.end() + 50]):
                number = amount(next(filter(None, match.groups()), "50"))  # "half off"
                is_percent = form == PERCENT_OFF
                return Terms(form, *match.span(), *((None, number) if is_percent else (number, None)))
    free = _FREE.search(text) or (_FREE_CARD.match(text) if with_price else None)
    if with_price and free is None and (given := _FREE_WITH.search(text)):
        return Terms(FREE, *given.span(), Decimal(0))
    for price in amounts_in(text[: free.start()] if free else text) if with_price else ():
        if not price.is_list_price and not price.period:
            return Terms(PRICE, price.start, price.end, price.value)
    return Terms(FREE, *free.span(), Decimal(0)) if free else None
