"""Extract phone numbers of a page, and classify emergency lines. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

from pagetojob.platform.phones import HOME, north_american

from .blocks import Block, Page
from .facts import Fact, Kind
from .vocabulary import topic

_WORDS = topic("phones")
_VANITY = re.compile(
    r"(?<![\w-])(?:1[\s.-])?\(?([2-9]\d\d)\)?[\s.-]{1,2}((?=[A-Z0-9-]{7,12}\b)[A-Z0-9]{1,9}(?:-[A-Z0-9]{1,9}){0,2})\b"
)
OTHERS_AHEAD = _WORDS.others_ahead
TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
#: "Emergency? We don't run night calls any more."
_NO_CALLS = re.compile(r"\b(?:don't|do not|no longer|not)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?]\s")
#: Words between a label and its number.
_CALL = re.compile(
    r"[\s:|]*(?:please )?(?:call|dial|phone|ring)?(?: us)?(?: now| today| at| anytime)*[\s:|!-]*", re.IGNORECASE
)
FAR, _BEFORE, _AFTER = 160, 100, 40
_FEWEST_DIGITS = 9
_COUNTRY = re.compile(r'"addressCountry"\s{0,5}:\s{0,5}(?:\{[^}]{0,80}"name"\s{0,5}:\s{0,5})?"([A-Za-z]{2})"')
_LONGEST_ABOVE, _LONGEST_BELOW = 200, 60
_BARE_NUMBER = re.compile(r"(?:call|phone|tel)?(?: us| now)?[\s:]{0,3}[\d\s().+\[\]-]{10,20}", re.IGNORECASE)


class _PhoneNumber(NamedTuple):
    start: int
    end: int
    number: str


def numbers_in(text: str, country: str = "") -> list[_PhoneNumber]:
    """Return every phone number of a text, of another country or, with letters too, North American."""
    numbers = []
    if sum(map(str.isdigit, text)) >= _FEWEST_DIGITS:
        # In other countries, numbers are grouped in many ways.
        leniency = Leniency.VALID if country else Leniency.STRICT_GROUPING
        for match in PhoneNumberMatcher(text.replace("·", "."), country or HOME, leniency=leniency):
            if text[match.start - 1 : match.start] not in ("#", "$"):
                number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
                numbers.append(_PhoneNumber(match.start, match.end, number))
    for vanity in _VANITY.finditer(text) if not country else ():
        letters = vanity[2].replace("-", "")
        if sum(map(str.isalpha, letters)) >= 3 and (number := north_american(vanity[1] + letters[:7])):
            numbers.append(_PhoneNumber(*vanity.span(), number))
    return numbers


def phones(page: Page) -> Iterator[Fact]:
    """Yield a fact for each number. It is the emergency line if the adjacent words say so."""
    before, country = "", _country_of(page)
    for block in page.blocks:
        label = before if _WORDS.other_line.search(before) else _label_near(page, block) or before
        numbers = numbers_in(block.flat, country)
        if not country:
            numbers += _dialed(block, [number.number for number in numbers])
        yield from _of_text(block, sorted(numbers), label)
        if block.text:
            before = block.flat if len(block.flat) <= 80 and not numbers else ""


def _label_near(page: Page, block: Block) -> str:
    """Return the words for emergencies in a sentence just above a bare number, or in a short text below it."""
    if block.region != "main" or not _BARE_NUMBER.fullmatch(block.flat):
        return ""
    for other in page.blocks[max(0, block.index - 1) : block.index + 2]:
        words = _WORDS.emergency.search(other.flat)
        is_short = len(other.flat) <= (_LONGEST_ABOVE if other.index < block.index else _LONGEST_BELOW)
        is_near = is_short and other.element.is_near(block.element, 2, but=("body", "main", "header"))
        if words and is_near and not numbers_in(other.flat):
            return str(words.group())
    return ""


def _country_of(page: Page) -> str:
    """Return the foreign country of a page by its structured data, its links or its currency; empty for all others."""
    for _, script in page.data:
        if match := _COUNTRY.search(script[:50_000]):
            return "" if match[1].upper() in ("US", "CA") else match[1].upper()
    for address in page.addresses:
        if address.startswith("tel:+") and not address.startswith("tel:+1"):
            with suppress(phonenumbers.NumberParseException):
                return str(phonenumbers.region_code_for_number(phonenumbers.parse(unquote(address[4:]))) or "")
    return "GB" if any("\u00a3" in block.text for block in page.blocks) else ""


def _of_text(block: Block, numbers: Sequence[_PhoneNumber], before: str) -> Iterator[Fact]:
    text, start = block.flat, 0
    for number in numbers:
        ahead = text[max(start, number.start - _BEFORE) : number.start]
        after = text[number.end : number.end + _AFTER] if len(numbers) == 1 else ""
        above = before if before and not start else block.heading
        start = number.end
        if _WORDS.not_ours.search(ahead[-30:]) or OTHERS_AHEAD.search(text[max(0, number.start - FAR) : number.start]):
            continue
        if block.region == "head":
            ahead = _SENTENCE.split(ahead)[-1]  # a meta description strings unrelated sentences together
        kind = Kind.EMERGENCY_PHONE if _is_emergency(ahead, after, above) else Kind.PHONE
        yield block.fact(kind, number.number, 0.8 if block.region == "head" else 0.95, span=number[:2])


def _is_emergency(ahead: str, after: str, above: str) -> bool:
    """Return whether the nearest label means emergencies. Checks before the number, after it, then above it."""
    labels = [(match.end(), False) for match in _WORDS.emergency.finditer(ahead)]
    labels += [(match.end(), True) for match in _WORDS.other_line.finditer(ahead)]
    if labels:
        end, is_other = max(labels)
        return not is_other and not _NO_CALLS.search(ahead[end:])
    own = re.split(r"[|•·;.]", after)[0]
    if _WORDS.emergency.search(own):
        return not _WORDS.other_line.search(own)
    is_next = not ahead.strip(" :|-") or bool(_CALL.fullmatch(ahead))
    is_label = bool(_WORDS.emergency.search(above)) and not _WORDS.other_line.search(above) and len(above) <= 60
    return is_next and is_label


def _dialed(block: Block, shown: Collection[str]) -> Iterator[_PhoneNumber]:
    """Yield numbers that a link dials and that differ from the text shown, because a tap dials the link."""
    for address, words in block.links:
        scheme, _, typed = address.partition(":")
        number = north_american(unquote(typed)) if scheme.strip().lower() in ("tel", "callto", "sms") else ""
        if number and number not in shown:
            end = block.text.find(words) + len(words)
            yield _PhoneNumber(end, end, number)
