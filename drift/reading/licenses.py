"""Extract contractor license numbers in the formats of the states. Pure."""

import re
from collections.abc import Iterator

from .blocks import Block, Page
from .facts import Fact, Kind
from .vocabulary import phrase_pattern, phrase_table

#: Formats that are a license wherever they occur, and formats that need a word for licenses in the text.
_BY_STATE = phrase_table("licenses", "forms")
_FORMS = re.compile(rf"\b(?:{'|'.join(form.pattern for form in _BY_STATE.values())})\b")
_NUMBERS = phrase_table("licenses", "named").values()
_AGENCY = phrase_pattern("licenses", "agency")
_LICENSED = re.compile(
    r"\blic\b|\bhic|master plumber|licen[cs]|certif|regist|contractor|\bboard\b|inspector|\bbond", re.IGNORECASE
)
#: Prefixes that also begin other codes.
_COMMON = frozenset({"M", "PA", "ER", "EC", "RA", "MP", "CR", "EN", "PL", "EL", "PC", "BC", "EA", "CA"})
_APART = frozenset({"ROC", "CSLB", "CCB", "HIC", "MHIC"})
_IS_PHONE = re.compile(r"[\s).-]{0,2}\d{3,4}[\s.-]\d{4}|-\d{3}")


def normal(number: str) -> str:
    """Normalize a license number for comparing: letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def licenses(page: Page) -> Iterator[Fact]:
    """Yield a fact for each license number, including its prefix. Placeholders such as 0000000 are none."""
    for block in page.blocks:
        if len(block.flat) <= 5000 and any(map(str.isdigit, block.flat)):
            for number, span, sure in _numbers(block):
                if len(set(re.sub(r"\D", "", number))) > 1:
                    value = " ".join(number.strip(" #.-").replace("#", "").split())
                    yield block.fact(Kind.LICENSE, value, sure, span=span)


def _numbers(block: Block) -> Iterator[tuple[str, tuple[int, int], float]]:
    """Yield numbers in the format of a state, then other numbers after words for licenses."""
    text, taken = block.flat, list[tuple[int, int]]()
    for match in _FORMS.finditer(text):
        prefix, number = (part for part in match.groups() if part)
        if prefix not in _COMMON or taken or _LICENSED.search(text):
            taken.append(match.span())
            yield _printed(match.group(), "ROC" if "ROC" in prefix else prefix, number), match.span(), 0.93
    named = [match for pattern in _NUMBERS for match in pattern.finditer(text) if _is_number(text, match)]
    if block.region == "footer" or _LICENSED.search(f"{block.heading} {text}"):
        named += _AGENCY.finditer(text)
    for match in named:
        span = match.span("number")
        if not any(span[0] < end and start < span[1] for start, end in taken):
            taken.append(span)
            yield match["number"], match.span(), 0.75 if match.re is _AGENCY else 0.85


def _printed(text: str, prefix: str, number: str) -> str:
    """Return a number with its prefix, joined as the page prints them."""
    ways = (f"{prefix}{sign}{number}" for sign in "-.")
    is_apart = prefix in _APART or prefix.startswith("C-")
    return next((way for way in ways if way in text), f"{prefix} {number}" if is_apart else prefix + number)


def _is_number(text: str, match: re.Match[str]) -> bool:
    """Return whether the word after "license" is a number of it, and not a year, a phone number or a plate."""
    digits = re.sub(r"\D", "", match["number"])
    is_year = re.fullmatch(r"(?:19|20)\d\d", match["number"])
    return 4 <= len(digits) <= 11 and not is_year and not _IS_PHONE.match(text, match.end())
