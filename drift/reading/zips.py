"""Extract ZIP codes that the shop serves. Pure."""

import re
from collections.abc import Iterator

from .area_words import STATE
from .blocks import Block
from .facts import Fact, Kind
from .sentences import is_denied
from .vocabulary import phrase_pattern

_ZIP = re.compile(r"(?<![\d$#.,-])(\d{5})(?![\d]|\s?-\s?\d{3}|\.\d)")
_WORDS = phrase_pattern("zips", "words")
#: A line of ZIP codes only needs no context words.
_ONLY = re.compile(r"(?:\d{5}[\s,|•·;&]{0,4}(?:and\s)?){3,400}")
_OTHER = re.compile(rf"\b(?:{STATE})\.?,?\s*$|\b[Ll]ic|ROC|\b[Nn]o\.|[Nn]umber")


def zip_codes(block: Block) -> Iterator[Fact]:
    """Yield a fact for each ZIP code. A code after a state is an address, one after "Lic." a license number."""
    text = block.flat
    if not _WORDS.search(f"{' '.join(block.headings[-2:])} {text[:200]} {block.holder_words}") and not _ONLY.fullmatch(
        text
    ):
        return
    for match in _ZIP.finditer(text):
        ahead = text[max(0, match.start() - 25) : match.start()]
        if not _OTHER.search(ahead) and not is_denied(text, *match.span()) and 501 <= int(match[1]) <= 99950:
            yield block.fact(Kind.AREA_ZIP, match[1], 0.88, span=match.span())
