"""Extract contractor license numbers in the formats of the states. Pure."""

import re
from collections.abc import Iterable, Iterator

from .area_words import STATE
from .blocks import TESTIMONIAL, Block, Page
from .facts import Fact, Kind
from .vocabulary import phrase_pattern, phrase_table

_BY_STATE = phrase_table("licenses", "forms")
_FORMS = re.compile(rf"\b(?:{'|'.join(form.pattern for form in _BY_STATE.values())})\b")
_LABEL = phrase_pattern("licenses", "label")
_CODE = phrase_pattern("licenses", "code")
_BARE = phrase_pattern("licenses", "bare")
_IN_BRACKETS = phrase_pattern("licenses", "in_brackets")
#: "CT E1-0192837", "NV C-10A #0086425", "New Mexico MM-98 #378215": a state, a class, a number.
_OF_STATE = re.compile(
    rf"\b(?:{STATE})\s(?:[Ll]ic(?:ense)?\.?\s)?"
    r"(?:[A-Z]{1,3}-?\d{1,3}[A-Z]?\s{0,2}#\s?(?P<classed>\d{5,8})|#?(?P<coded>[A-Z]{1,3}\d?-\d{5,8}))\b"
)
#: Washington's format: letters of the name, three digits, two more characters.
_WASHINGTON = re.compile(r"(?=.{12}$)[A-Z*]{7}\d{3}[A-Z0-9]{2}")
_OF_WASHINGTON = re.compile(r"(?<![\w-])[A-Z]{5}[A-Z*]{2}\d{3}[A-Z]{2}(?![\w-])")
#: "License #s: Plumbing 12345, HVAC 23456": a number for each trade.
_TRADE = re.compile(
    r"(?:plumbing|hvac|heating|mechanical|electrical|gas|refrigeration)\s#?"
    r"(?P<number>(?:[A-Z]\.?)?\d{4,7})\b",
    re.IGNORECASE,
)
_BY_TRADE = re.compile(
    r"\blicenses?\s{0,2}(?:#s?|nos?\.?|numbers?)\s?:?\s"
    rf"(?:{_TRADE.pattern.replace('?P<number>', '?:')}[\s,;&]{{0,3}}(?:and\s)?){{2,6}}",
    re.IGNORECASE,
)
_AGENCY = phrase_pattern("licenses", "agency")
_LICENSED = re.compile(r"\blic\b|licen[cs]|certif|regist|contractor|\bboard\b|inspector|\bbond", re.IGNORECASE)
_FEWEST_DIGITS, _MOST_WRONG = 6, 2
_MORE = phrase_pattern("licenses", "more")
_COMMON = frozenset({"M", "PA", "ER", "EC", "RA", "MP", "CR", "EN", "PL", "EL", "PC", "BC", "EA", "CA"})
_NO_LICENSE = re.compile(r"driver|business hours|plate|patent|copyright|nmls", re.IGNORECASE)


def normal(number: str) -> str:
    """Normalize a license number for comparing: letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def licenses(page: Page) -> Iterator[Fact]:
    """Yield a fact for each license number, including its prefix. Placeholders such as 0000000 are none."""
    return (fact for fact in _all_of(page) if len(set(re.sub(r"\D", "", fact.value))) > 1)


def own_numbers(page: Page, own: Iterable[str]) -> Iterator[Fact]:
    """Yield numbers as long as one of the tenant's that differ in two digits at most, in text about licenses."""
    for digits in {re.sub(r"\D", "", number) for number in own}:
        if len(digits) < _FEWEST_DIGITS:
            continue
        form = re.compile(
            rf"(?<![\w$.,-])(?:[A-Z]{{1,7}}[\s.#-]{{0,2}})?(?P<number>\d{{{len(digits)}}})(?![\w%]|[-.,]\d)"
        )
        for block in page.blocks:
            about = f"{block.heading} {block.flat}" if len(block.flat) < 3000 else ""
            if TESTIMONIAL in block.marks or not _LICENSED.search(about):
                continue
            for match in form.finditer(block.flat):
                wrong = sum(left != right for left, right in zip(match["number"], digits, strict=True))
                if wrong <= _MOST_WRONG:
                    yield _fact(block, match.group(), match.span(), 0.75)


def _all_of(page: Page) -> Iterator[Fact]:
    for block in page.blocks:
        if len(block.flat) <= 5000 and any(map(str.isdigit, block.flat)):
            taken: list[tuple[int, int]] = []
            yield from _in_a_form(block, taken)
            for match, sure, has_more in _plain_numbers(block):
                span = match.span(match.lastgroup or 0)
                if not _overlaps(span, taken):
                    taken.append(span)
                    yield _fact(block, match[match.lastgroup or 0].strip(" #.-"), match.span(), sure)
                    yield from _more(block, "", match.end(), taken) if has_more else ()


def _in_a_form(block: Block, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    """Yield numbers in the format of a state, wherever they occur."""
    text = block.flat
    for match in _FORMS.finditer(text):
        prefix, number = (part for part in match.groups() if part)
        if prefix in _COMMON and not taken and not _is_of_trade(prefix, text, match.start()):
            continue
        taken.append(match.span())
        prefix = "ROC" if "ROC" in prefix else prefix
        ways = (f"{prefix}{sign}{number}" for sign in "-.")
        printed = next((way for way in ways if way in match.group()), _joined(prefix, number))
        yield _fact(block, printed, match.span(), 0.93)
        yield from _more(block, prefix, match.end(), taken)


def _plain_numbers(block: Block) -> Iterator[tuple[re.Match[str], float, bool]]:
    """Yield matches whose last group is a number, their confidence, and whether more numbers may follow."""
    text = block.flat
    yield from ((match, 0.85, True) for match in _LABEL.finditer(text) if _is_number(text, match))
    yield from ((match, 0.8, True) for match in _CODE.finditer(text))
    # A bare number ends its item, and a line break ends an item too.
    yield from ((match, 0.8, True) for match in _BARE.finditer(block.text))
    yield from ((match, 0.8, True) for match in _IN_BRACKETS.finditer(text))
    if block.region == "footer" or _LICENSED.search(f"{block.heading} {text}"):
        yield from ((match, 0.75, True) for match in _AGENCY.finditer(text))
    yield from ((match, 0.8, False) for match in _OF_WASHINGTON.finditer(text))
    for row in _BY_TRADE.finditer(text):
        yield from ((match, 0.85, False) for match in _TRADE.finditer(text, *row.span()))
    yield from ((match, 0.85, False) for match in _OF_STATE.finditer(text))


def _is_number(text: str, match: re.Match[str]) -> bool:
    """Return whether the word after "license" is a number of it, and not a year, a phone number or a plate."""
    number, digits = match["number"], re.sub(r"\D", "", match["number"])
    if not (4 <= len(digits) <= 11 or _WASHINGTON.fullmatch(number)) or re.fullmatch(r"(?:19|20)\d\d", number):
        return False
    return not _NO_LICENSE.search(text[max(0, match.start() - 20) : match.start()]) and not _is_phone(text, match.end())


def _is_of_trade(prefix: str, text: str, at: int) -> bool:
    """Return whether an ambiguous prefix means a license here. Ohio prints only the trade before it."""
    if prefix in ("PL", "EL") and re.search(r"contractor", text[:at], re.IGNORECASE):
        return True
    return bool(re.search(r"lic|master plumber|\bhic\b", text, re.IGNORECASE))


def _joined(prefix: str, number: str) -> str:
    is_apart = prefix in ("ROC", "CSLB", "CCB", "HIC", "MHIC") or prefix.startswith("C-")
    return f"{prefix} {number}" if is_apart else prefix + number


def _more(block: Block, prefix: str, at: int, taken: list[tuple[int, int]]) -> Iterator[Fact]:
    """Yield further numbers of a list: "ROC 123456, 234567 & 345678"."""
    while match := _MORE.match(block.flat, at):
        if _is_phone(block.flat, match.end()) or _FORMS.match(block.flat, match.start("number")):
            return
        at = match.end()
        taken.append(match.span())
        number = match["number"]
        yield _fact(block, _joined(prefix, number) if prefix and number.isdigit() else number, match.span(), 0.8)


def _is_phone(text: str, end: int) -> bool:
    return bool(re.match(r"[\s).-]{0,2}\d{3,4}[\s.-]\d{4}|-\d{3}", text[end : end + 14]))


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _fact(block: Block, number: str, span: tuple[int, int], sure: float) -> Fact:
    return block.fact(Kind.LICENSE, " ".join(number.replace("#", "").split()), sure, span=span)
