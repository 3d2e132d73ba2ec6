"""Extract phone numbers of a page, and classify emergency lines. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import phonenumbers

from pagetojob.platform.phones import north_american

from .area_words import BRANDS
from .blocks import BLOG, Block, Page
from .facts import Fact, Kind
from .vocabulary import phrase_pattern

_DIGITS = re.compile(
    r"(?:(?<![\w.$#/-])|(?<=[a-z]-)(?=[(+]))(?:\+?1[\s.-]{0,2})?(?:[(\[]\s?([2-9]\d\d)\s?[)\]]|([2-9]\d\d))[\s./·-]{0,3}([2-9]\d\d)[\s.·-]{0,3}(\d{4})(?![\w-]?\d)"
    r"(?:\s{0,2}(?:ext|x|extension)\.?\s{0,2}(\d{1,5}))?",
    re.IGNORECASE,
)
_VANITY = re.compile(
    r"(?<![\w-])(?:1[\s.-])?\(?([2-9]\d\d)\)?[\s.-]{1,2}((?=[A-Z0-9-]{7,12}\b)[A-Z0-9]{1,9}(?:-[A-Z0-9]{1,9}){0,2})\b"
)
_EMERGENCY = phrase_pattern("phones", "emergency")
_OTHER_LINE = phrase_pattern("phones", "other_line")
_NOT_OURS = phrase_pattern("phones", "not_ours")
_OTHERS_AHEAD = phrase_pattern("phones", "others_ahead")
#: The small print of a loan names the lender's number. A shop's own number is rarely toll-free there.
_LENDER = re.compile(r"\bnmls\b|greensky|synchrony|wells fargo|\bbank\b|\bllc\b.{0,200}\bcredit\b", re.IGNORECASE)
_OF_LOANS = re.compile(r"\b(?:financ\w+|loans?|lenders?|utility|outages?|power (?:is )?out)\b", re.IGNORECASE)
TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_FRIENDS = phrase_pattern("phones", "friends")
#: "The number on our old van, 815-555-0122, no longer works."
_DEAD = re.compile(r"[^.!?]{0,30}\b(?:no longer|out of service|disconnected|not (?:our|ours|in use))\b", re.IGNORECASE)
#: "The pesticide center at 1-800-..., which isn't us."
_IS_NOT_US = re.compile(r"[^!?]{0,80}\b(?:isn't|is not|not|aren't) us\b", re.IGNORECASE)
_OTHERS_AFTER = phrase_pattern("phones", "others_after")
#: The gas utility's toll-free number before the shop's own: "smell gas (call Peoples first: 800-...)".
_GAS_LEAK = re.compile(r"\bsmell(?:ing)? gas\b.{0,30}\bfirst\b", re.IGNORECASE)
#: "Call Trane at ...", "to report an outage call APS at ...": the manufacturer's and the utility's number.
_OF_MAKER = re.compile(
    rf"\bcall (?:the )?(?:{'|'.join(sorted(BRANDS))})\b[\w ]{{0,20}}$|"
    r"\b(?:outage|smell(?:ing)? gas|gas odor|downed (?:line|wire))\b.{0,60}\bcall (?:the )?(?-i:[A-Z])",
    re.IGNORECASE,
)
_LINE_OF_OTHERS = phrase_pattern("phones", "line_of_others")
#: "Nicor's emergency number", if toll-free.
_NAMED_LINE = re.compile(r"\b[A-Z][\w&.]+'s? emergency (?:line|number)\b[^.!?]{0,20}$")
_CALL_THEM = phrase_pattern("phones", "call_them")
#: "Emergency? We don't run night calls any more."
_NO_CALLS = re.compile(r"\b(?:don't|do not|no longer|not)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?]\s")
_BEFORE, _AFTER = 100, 40
_FEWEST_DIGITS, _LONGEST_TEXT = 8, 2000
_COUNTRY = re.compile(r'"addressCountry"\s{0,5}:\s{0,5}(?:\{[^}]{0,80}"name"\s{0,5}:\s{0,5})?"([A-Za-z]{2})"')
#: Compensates for the low weight of articles.
_CALLED = 1.2
_LONGEST_ABOVE, _LONGEST_BELOW = 200, 60
_BARE_NUMBER = re.compile(r"(?:call|phone|tel)?(?: us| now)?[\s:]{0,3}[\d\s().+\[\]-]{10,20}", re.IGNORECASE)
_TO_CALL = re.compile(r"\b(?:call|text|phone|dial|ring)(?: us)?(?: at)?\W{0,3}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _PhoneNumber:
    number: str
    start: int
    end: int
    extension: str = ""


def numbers_in(text: str) -> list[_PhoneNumber]:
    """Return every phone number of a text."""
    numbers = []
    for match in _DIGITS.finditer(text):
        number = north_american("".join(part for part in match.groups()[:4] if part))
        if number:
            numbers.append(_PhoneNumber(number, match.start(), match.end(), match[5] or ""))
    for match in _VANITY.finditer(text):
        letters = match[2].replace("-", "")
        if sum(map(str.isalpha, letters)) < 3 or len(letters) < 7:
            continue
        if number := north_american(match[1] + letters[:7]):
            numbers.append(_PhoneNumber(number, match.start(), match.end()))
    return sorted(numbers, key=lambda hit: hit.start)


def phones(page: Page) -> Iterator[Fact]:
    """Yield a fact for each number. It is the emergency line if the adjacent words say so."""
    before, country = "", _country_of(page)
    for block in page.blocks:
        label = before if _OTHER_LINE.search(before) else _label_near(page, block) or before
        if country not in ("", "US", "CA"):
            yield from _of_country(block, country)
            continue
        yield from _of_text(block, label)
        yield from _of_links(block, label)
        if block.text:
            before = block.flat if len(block.flat) <= 80 and not numbers_in(block.flat) else ""


def _label_near(page: Page, block: Block) -> str:
    """Return the words for emergencies in a sentence just above a bare number, or in a short text below it."""
    if block.region != "main" or not _BARE_NUMBER.fullmatch(block.flat):
        return ""
    for other in page.blocks[max(0, block.index - 1) : block.index + 2]:
        words = _EMERGENCY.search(other.flat)
        is_short = len(other.flat) <= (_LONGEST_ABOVE if other.index < block.index else _LONGEST_BELOW)
        is_near = is_short and other.element.is_near(block.element, 2, but=("body", "main", "header"))
        if words and is_near and _labels(words.group()) and not numbers_in(other.flat):
            return words.group()
    return ""


def _country_of(page: Page) -> str:
    """Return the country of a page by its structured data, its links or its currency; empty if nothing tells it."""
    for _, script in page.data:
        if match := _COUNTRY.search(script[:50_000]):
            return match[1].upper()
    for address, _, _ in page.links:
        if address.startswith("tel:+") and not address.startswith("tel:+1"):
            try:
                number = phonenumbers.parse(unquote(address[4:]))
            except phonenumbers.NumberParseException:
                continue
            return str(phonenumbers.region_code_for_number(number) or "")
    return "GB" if any("\u00a3" in block.text for block in page.blocks) else ""


def _of_country(block: Block, country: str) -> Iterator[Fact]:
    """Yield the valid numbers of another country in a text."""
    if sum(map(str.isdigit, block.flat)) < _FEWEST_DIGITS or len(block.flat) > _LONGEST_TEXT:
        return
    for match in phonenumbers.PhoneNumberMatcher(block.flat, country):
        ahead = block.flat[max(0, match.start - _BEFORE) : match.start]
        number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        if not _NOT_OURS.search(ahead[-30:]):
            emergency = _is_emergency(
                ahead, block.flat[match.end : match.end + _AFTER], several=False, before="", heading=block.heading
            )
            kind = Kind.EMERGENCY_PHONE if emergency else Kind.PHONE
            yield block.fact(kind, number, 0.93, span=(match.start, match.end))


def _of_text(block: Block, before: str) -> Iterator[Fact]:
    text = block.flat
    if not any(map(str.isdigit, text)):
        return
    numbers = numbers_in(text)
    for place, number in enumerate(numbers):
        start = numbers[place - 1].end if place else 0
        end = numbers[place + 1].start if place + 1 < len(numbers) else len(text)
        ahead = text[max(start, number.start - _BEFORE) : number.start]
        after = text[number.end : min(end, number.end + _AFTER)]
        if _is_of_others(text, number, ahead, after):
            continue
        if block.region == "head":
            # A meta description strings unrelated sentences together.
            ahead = _SENTENCE.split(ahead)[-1]
        emergency = _is_emergency(
            ahead, after, several=len(numbers) > 1, before=before if not place else "", heading=block.heading
        )
        yield block.fact(
            Kind.EMERGENCY_PHONE if emergency else Kind.PHONE,
            number.number,
            _sure(block, ahead),
            span=(number.start, number.end),
            detail={"extension": number.extension} if number.extension else {},
        )


def _is_of_others(text: str, number: _PhoneNumber, ahead: str, after: str) -> bool:
    """Return whether the words before or after a number give it to another party, or say that it is out of use."""
    if _NOT_OURS.search(ahead[-30:]) or _OTHERS_AHEAD.search(text[max(0, number.start - 160) : number.start]):
        return True
    before = [_LINE_OF_OTHERS, _OF_MAKER, _FRIENDS]
    if number.number.startswith(TOLL_FREE):
        before += [_NAMED_LINE, _CALL_THEM, _OF_LOANS, _GAS_LEAK]
        if _LENDER.search(text):
            return True
    is_given_away = _OTHERS_AFTER.match(after) or _DEAD.match(after) or _IS_NOT_US.match(text, number.end)
    return bool(is_given_away) or any(pattern.search(ahead) for pattern in before)


def _sure(block: Block, ahead: str) -> float:
    """Return the confidence of a number.

    "Call 717-555-0125" in an old article still brings calls, unlike its old prices.
    """
    if block.region == "head":
        return 0.8
    return _CALLED if BLOG in block.marks and _TO_CALL.search(ahead) else 0.95


def _is_emergency(ahead: str, after: str, *, several: bool, before: str, heading: str) -> bool:
    """Return whether the nearest label means emergencies. Checks before the number, after it, then above it."""
    labels = [(match.end(), True) for match in _EMERGENCY.finditer(ahead)]
    labels += [(match.end(), False) for match in _OTHER_LINE.finditer(ahead)]
    negated = re.search(r"\bnon[\s-]{0,2}$|\bnot an? $", ahead[: _start_of(ahead)], re.IGNORECASE)
    if labels:
        end, is_emergency = max(labels)
        return is_emergency and not negated and not _NO_CALLS.search(ahead[end:]) and "911." not in ahead[end:]
    close = after.split(".", maxsplit=1)[0]
    own = re.split(r"[|•·;]", close)[0]
    if _EMERGENCY.search(own) and (not several or re.match(r"\s{0,2}(?:\(|for |is )", own)):
        return not _OTHER_LINE.search(own)
    if ahead.strip(" :|-"):
        bare = re.fullmatch(
            r"[\s:|]*(?:please )?(?:call|dial|phone|ring)?(?: us)?(?: now| today| at| anytime)*[\s:|!-]*",
            ahead,
            re.IGNORECASE,
        )
        if not bare:
            return False
    return _labels(before) or (not before and _labels(heading))


def _start_of(text: str) -> int:
    match = _EMERGENCY.search(text)
    return match.start() if match else 0


def _labels(words: str) -> bool:
    return bool(_EMERGENCY.search(words)) and not _OTHER_LINE.search(words) and len(words) <= 60


def _of_links(block: Block, before: str) -> Iterator[Fact]:
    """Yield numbers that a link dials and that differ from the text shown, because a tap dials the link."""
    shown = {hit.number for hit in numbers_in(block.flat)}
    for address, words in block.links:
        scheme, _, rest = address.partition(":")
        if scheme.strip().lower() not in ("tel", "callto", "sms") or _NOT_OURS.search(words):
            continue
        number = north_american(unquote(rest))
        if number and number not in shown:
            emergency = bool(_EMERGENCY.search(words)) or (not words and _labels(before))
            kind = Kind.EMERGENCY_PHONE if emergency and not _OTHER_LINE.search(words) else Kind.PHONE
            yield block.fact(kind, number, 0.95, detail={"dialled": "link"})
