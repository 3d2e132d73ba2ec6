"""Extract promises about emergency service and financing. Pure."""

import re
from collections.abc import Iterator
from decimal import Decimal

from .blocks import Block, Page
from .facts import Fact, Kind
from .sentences import is_denied
from .vocabulary import phrase_pattern, phrase_table

NO_SURCHARGE = "no emergency surcharge"
_EMERGENCY = phrase_table("promises", "emergency")
_FINANCING = phrase_pattern("promises", "financing")
#: "Rates range from 0% to 35.9% APR", and what a purchase "could cost based on an 11.9% APR", do not promise a rate.
_EXAMPLE = re.compile(r"\d\s?%\s?(?:to|-|and)\s?$|\b(?:example|(?:could|would) cost|based on)\b", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:do you|can i|what is|what counts|what's|is it|how do|when should|should i)\b", re.IGNORECASE)
_RATE = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)\s?%|\b(?:zero percent|no|interest[\s-]free)\b", re.IGNORECASE)
_TERM = re.compile(r"\b(\d{1,3})[\s-](months?|years?)\b", re.IGNORECASE)
_SHORT = 25
_PLAIN = "emergency service"
_NO_PROMISE = phrase_pattern("promises", "no_promise")


def promises(page: Page) -> Iterator[Fact]:
    """Yield facts of both kinds. Repeated promises are merged later, keeping the clearest."""
    for block in page.blocks:
        is_asked = block.flat.rstrip().endswith("?") and bool(_ASKED.search(block.flat))
        yield from _emergency(block, is_asked=is_asked)
        if not is_asked:
            yield from _financing(block)


def _emergency(block: Block, *, is_asked: bool) -> Iterator[Fact]:
    text, is_always = block.flat, False
    for value, pattern in _EMERGENCY.items():
        match = None if is_always and value == _PLAIN else pattern.search(text)
        if match is None or _NO_PROMISE.search(text[max(0, match.start() - 40) : match.end() + 40]):
            continue
        if value == NO_SURCHARGE or not is_denied(text, *match.span()):  # it is a denial itself
            sure = 0.4 if is_asked else 0.75 if value == _PLAIN else 0.9
            detail = _minutes(match) if value == "fast arrival" else {}
            yield block.fact(Kind.EMERGENCY_PROMISE, value, sure, span=match.span(), detail=detail)
            is_always = is_always or value.startswith("24/7")


def _minutes(match: re.Match[str]) -> dict[str, str]:
    """Return the longest time that a promise names, if any."""
    numbers = [int(number) for number in re.findall(r"\d{1,3}", match.group())]
    return {"minutes": str(max(numbers) * (60 if "hour" in match.group().lower() else 1))} if numbers else {}


def _financing(block: Block) -> Iterator[Fact]:
    text = block.flat
    for match in _FINANCING.finditer(text):
        is_example = _EXAMPLE.search(text[max(0, match.start() - 60) : match.start()])
        if not is_denied(text, *match.span()) and not is_example:
            sure = 0.65 if len(text) < _SHORT or block.region == "nav" else 0.85
            value, percent, detail = _terms(match.group())
            yield block.fact(Kind.FINANCING, value, sure, span=match.span(), percent=percent, detail=detail)


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
