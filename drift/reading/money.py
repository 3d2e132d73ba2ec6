"""Parse dollar amounts and their periods in a text. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .vocabulary import topic

_WORDS = topic("money")
AMOUNT = r"\$\s?(\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d{1,6}(?:\.\d\d)?)(?![\d,]*\d|\.\d|[kKmM]\b)"
MONEY = re.compile(AMOUNT)
PERIOD = re.compile(
    r"\s{0,2}(?:usd\s?)?\*?\s?(?:/|per|a|an|each|every|billed|paid)?\s?"
    r"(month|mo\b|monthly|year|yr\b|yearly|annually|annual|quarter|quarterly)",
    re.IGNORECASE,
)
#: The upper bound of a range: "$85 - $150", "$75 to 300", "between $10 and $20".
_TO = re.compile(rf"\s?(?:-|(?:up )?to|and)\s?\$?{AMOUNT.removeprefix(chr(92) + '$')}(?!\s?%)", re.IGNORECASE)
#: A price that begins its text, cell or line: "$159 and up".
_FIRST, _UPWARD = re.compile(r"(?:^|[|:.\n-])\s*$"), re.compile(r"\s?(?:and|&) up\b")
_BETWEEN = re.compile(r"\b(?:between|from)\s$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A dollar amount and its position. It may be a starting price or a former price."""

    value: Decimal
    start: int
    end: int
    is_from: bool = False
    is_list_price: bool = False
    period: str = ""
    to: Decimal | None = None  # the upper bound of a range


def amount(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


@lru_cache(maxsize=256)
def amounts_in(text: str) -> tuple[Amount, ...]:
    """Return every dollar amount in a text. Cached, because each amount of a long text needs the others."""
    amounts: list[Amount] = []
    for match in MONEY.finditer(text):
        if amounts and match.start() < amounts[-1].end:
            continue  # the upper bound of a range
        ahead = text[max(0, match.start() - 40) : match.start()]
        end, to = _upper_bound(text, match, ahead)
        after = text[end : end + 30]
        period = PERIOD.match(after)
        is_upward = bool(_FIRST.search(ahead) and _UPWARD.match(after))
        is_from = is_upward or bool(_WORDS.starting.search(ahead)) or after.startswith("+")
        is_list_price = bool(_WORDS.before_list_price.search(ahead) or _WORDS.behind_list_price.match(after))
        is_list_price = is_list_price and not is_upward
        words, last = (period.group(), end + period.end()) if period else ("", end)
        amounts.append(Amount(amount(match[1]), match.start(), last, is_from, is_list_price, period_in(words), to))
    return tuple(amounts)


def _upper_bound(text: str, match: re.Match[str], ahead: str) -> tuple[int, Decimal | None]:
    """Return the end of an amount and, if it starts a range, the upper bound."""
    bound = _TO.match(text, match.end())
    if bound is None or ("and" in bound.group().lower() and not _BETWEEN.search(ahead)):
        return match.end(), None
    high = amount(bound[1])
    return (bound.end(), high) if high > amount(match[1]) else (match.end(), None)


def period_in(text: str) -> str:
    """Return the month, quarter or year that a text names."""
    match = PERIOD.search(text)
    typed = match[1].lower() if match else ""
    return "month" if typed.startswith("mo") else "quarter" if typed.startswith("q") else "year" if typed else ""
