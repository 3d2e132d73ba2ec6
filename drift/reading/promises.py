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
_OF_EMERGENCY = ("24", "emergenc", "same", "overtime", "charge", "clock", "after", "night", "minute", "hour")
_OF_MONEY = (
    "financ", "apr", "interest", "pay", "0%", "cash", "spread", "split",
    "klarna", "affirm", "wisetack", "sunbit", "greensky", "synchrony",
)  # fmt: skip
#: "Rates range from 0% to 35.9% APR", and what a purchase "could cost based on an 11.9% APR", do not promise a rate.
_EXAMPLE = re.compile(r"\d\s?%\s?(?:to|-|and)\s?$|\b(?:example|(?:could|would) cost|based on)\b", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:do you|can i|what is|what counts|what's|is it|how do|when should|should i)\b", re.IGNORECASE)
_NO_PROMISE = phrase_pattern("promises", "no_promise")


def promises(page: Page) -> Iterator[Fact]:
    """Yield facts of both kinds. Repeated promises are merged later, keeping the clearest."""
    for block in page.blocks:
        if len(block.flat) < 8:
            continue
        yield from _emergency(block)
        yield from _financing(block)


def _emergency(block: Block) -> Iterator[Fact]:
    text = block.flat
    lower = text.lower()
    if not any(word in lower for word in _OF_EMERGENCY):
        return
    is_always = False
    for value, pattern in _EMERGENCY.items():
        match = pattern.search(text) if value != "emergency service" or not is_always else None
        if (
            match is None
            or (value != NO_SURCHARGE and is_denied(text, *match.span()))  # it is a denial itself
            or _NO_PROMISE.search(text[max(0, match.start() - 40) : match.end() + 40])
        ):
            continue
        sure = 0.9 if value != "emergency service" else 0.75
        if text.rstrip().endswith("?") and _ASKED.search(text):
            sure = 0.4
        minutes = _minutes(match) if value == "fast arrival" else ""
        detail = {"minutes": minutes} if minutes else {}
        yield block.fact(Kind.EMERGENCY_PROMISE, value, sure, span=match.span(), detail=detail)
        is_always = is_always or value.startswith("24/7")


def _minutes(match: re.Match[str]) -> str:
    """Return the longest time that a promise names, or an empty string if it names none."""
    numbers = [int(number) for number in re.findall(r"\d{1,3}", match.group())]
    return str(max(numbers) * (60 if "hour" in match.group().lower() else 1)) if numbers else ""


def _financing(block: Block) -> Iterator[Fact]:
    text = block.flat
    lower = text.lower()
    if not any(word in lower for word in _OF_MONEY):
        return
    for match in _FINANCING.finditer(text):
        if is_denied(text, *match.span()) or (text.rstrip().endswith("?") and _ASKED.search(text)):
            continue
        alone = len(text) < 25 or block.region == "nav"
        detail, percent = {}, None
        value = "financing"
        if match["apr"] and _EXAMPLE.search(text[max(0, match.start() - 60) : match.start()]):
            continue
        if match["free"] or match["for"] or match["zero"]:
            term = match["term"] or match["for"] or match["zero_term"]
            unit = match["term_unit"] or match["for_unit"] or match["zero_unit"]
            months = _months(term, unit)
            what = "APR" if "apr" in (match["free"] or "").lower() else "interest"
            value, percent, detail["months"] = f"0% {what} for {months} months", Decimal(0), str(months)
        elif match["apr"]:
            if match["apr"].lower() == "no" and match["what"].lower() == "financing":
                continue
            value = f"{_rate(match['apr'])} {match['what'].lower().replace('apr', 'APR')}"
            percent = Decimal(_rate(match["apr"]).rstrip("%"))
            if match["months"]:
                months = _months(match["months"], match["unit"])
                value += f" for {months} months"
                detail["months"] = str(months)
        yield block.fact(
            Kind.FINANCING, value, 0.65 if alone else 0.85, span=match.span(), percent=percent, detail=detail
        )


def _months(term: str, unit: str) -> int:
    return int(term) * (12 if unit.lower().startswith("year") else 1)


def _rate(words: str) -> str:
    return "0%" if words.lower() in ("no", "zero percent") else words.replace(" ", "")
