"""Extract promises about emergency service and financing. Pure."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from .blocks import Block, Page
from .facts import Fact, Kind
from .offers import is_benefit
from .sentences import is_denied
from .vocabulary import topic

_WORDS = topic("promises")
NO_SURCHARGE, _FAST, _PLAIN = "no emergency surcharge", "fast arrival", "emergency service"
_VISITS = topic("memberships").visits
_RATE = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)\s?%|\b(?:zero percent|no|interest[\s-]free)\b", re.IGNORECASE)
_TERM = re.compile(r"\b(\d{1,3})[\s-](months?|years?)\b", re.IGNORECASE)
_SHORT = 25
#: Phrases of a page that are judged, far more than a page states. Each costs 0.1 ms, and a page of ten megabytes
#: could have a million.
MOST_JUDGED = 20_000


def promises(page: Page) -> Iterator[Fact]:
    """Yield a fact for each promise. Repeated promises are merged later, keeping the clearest."""
    always: set[int] = set()  # the blocks that promise service at all hours
    for block, value, match in islice(_stated(page), MOST_JUDGED):
        # This value is a denial itself. "No after-hours fee" on the card of a plan is a benefit of members.
        if value == NO_SURCHARGE:
            is_other = is_benefit(page.blocks, block) or bool(_VISITS.search(block.flat))
        else:
            is_other = (value == _PLAIN and block.index in always) or _is_no_promise(block.flat, *match.span())
        if not is_other:
            always |= {block.index} if value.startswith("24/7") else set()
            yield _promise(block, value, match)


def _stated(page: Page) -> Iterator[tuple[Block, str, re.Match[str]]]:
    for block in page.blocks:
        if not (block.flat.rstrip().endswith("?") and _WORDS.asked.search(block.flat)):
            for value, pattern in _WORDS.promises.items():
                yield from ((block, value, match) for match in pattern.finditer(block.flat))


def _is_no_promise(text: str, start: int, end: int) -> bool:
    is_other = _WORDS.no_promise.search(text[max(0, start - 40) : end + 40])
    return bool(is_other or _WORDS.example.search(text[max(0, start - 60) : start])) or is_denied(text, start, end)


def _promise(block: Block, value: str, match: re.Match[str]) -> Fact:
    kind, sure, percent = Kind.EMERGENCY_PROMISE, 0.75 if value == _PLAIN else 0.9, None
    detail: dict[str, str] = {}
    if value == Kind.FINANCING:
        kind, sure = Kind.FINANCING, 0.65 if len(block.flat) < _SHORT or block.region == "nav" else 0.85
        value, percent, detail = _terms(match.group())
    elif value == _FAST and (numbers := [int(number) for number in re.findall(r"\d{1,3}", match.group())]):
        detail = {"minutes": str(max(numbers) * (60 if "hour" in match.group().lower() else 1))}
    return block.fact(kind, value, sure, span=match.span(), percent=percent, detail=detail)


def _terms(words: str) -> tuple[str, Decimal | None, dict[str, str]]:
    """Return what words about financing promise, with the rate and the months: "0% interest for 18 months"."""
    rate, term = _RATE.search(words), _TERM.search(words)
    if rate is None:
        return "financing", None, {}
    percent = rate[1] or "0"
    value = f"{percent}% {'APR' if 'apr' in words.lower() else 'interest'}"
    if term is None:
        return value, Decimal(percent), {}
    months = int(term[1]) * (12 if term[2].lower().startswith("year") else 1)
    return f"{value} for {months} months", Decimal(percent), {"months": str(months)}
