"""Extract contractor license numbers in the formats of the states. Pure."""

import re
from collections.abc import Iterator

from .blocks import Page
from .facts import Fact, Kind
from .vocabulary import topic

_WORDS = topic("licenses")
#: Forms of numbers that are licenses after any word, and the form that is a license only in text about licenses.
_SURE, _UNSURE, _LONGEST = ("board", "label"), "agency", 5000
_IS_PHONE = re.compile(r"[\s).-]{0,2}\d{3,4}[\s.-]\d{4}|-\d{3}")


def normal(number: str) -> str:
    """Normalize a license number for comparing: letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def licenses(page: Page) -> Iterator[Fact]:
    """Yield a fact for each license number, including its prefix. Each is in the first form that it matches."""
    for block in page.blocks:
        text, taken = block.flat, list[tuple[int, int]]()
        if len(text) > _LONGEST or not any(map(str.isdigit, text)):
            continue
        is_about = block.region == "footer" or _WORDS.about.search(f"{block.heading} {text}")
        for name, form in _WORDS.forms.items():
            for match in form.finditer(text) if name != _UNSURE or taken or is_about else ():
                first, last = match.span("number")
                is_other = name not in _SURE and _WORDS.other.search(text[max(0, first - 30) : first])
                is_part = any(first < end and start < last for start, end in taken)
                if not (is_other or is_part) and _is_number(text, match):
                    taken.append((first, last))
                    value = " ".join(re.sub("[#:]", " ", match["number"]).strip(" .-").split())
                    yield block.fact(Kind.LICENSE, value, 0.75 if name == _UNSURE else 0.85, span=match.span())


def _is_number(text: str, match: re.Match[str]) -> bool:
    """Return whether a word is a license number, and not a year, a phone number, a plate or a row of zeros."""
    digits = re.sub(r"\D", "", match["number"])
    is_year = re.fullmatch(r"(?:19|20)\d\d", match["number"])
    return 3 <= len(digits) <= 11 and len(set(digits)) > 1 and not is_year and not _IS_PHONE.match(text, match.end())
