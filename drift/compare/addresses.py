"""Decide whether two postal addresses are the same place. Pure."""

import re
from dataclasses import dataclass
from itertools import takewhile

from drift.reading.vocabulary import topic

_WORDS = topic("addresses")
#: The short form of each ending of a street.
_ENDINGS = {way: ways.split("/")[0] for ways in _WORDS.street_ends for way in ways.split("/")}
_UNIT = re.compile(r"(?:\b(?:suite|ste|unit|bldg|building|apt)\b[\s.#]*|#\s?)([\w-]+)")
_ZIP = re.compile(r"(?<=\s)\d{5}(?=(?:-\d{4})?\W*$)|\b[a-z]\d[a-z]\s?\d[a-z]\d\b")
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address that tell two places apart. Any of them may be empty."""

    text: str
    number: str
    street: frozenset[str]
    ending: str
    unit: str
    zip: str

    def is_same(self, other: "Address") -> bool:
        """Return whether both name the same place. A unit or ZIP code that one of them omits is no difference."""
        pairs = ((self.unit, other.unit), (self.zip, other.zip))
        is_like = all(not ours or not theirs or ours == theirs for ours, theirs in pairs)
        return self.number == other.number and self.is_near(other) and is_like

    def is_near(self, other: "Address") -> bool:
        """Return whether both are in the same street. An avenue and a street of one name are two."""
        is_like = not self.ending or not other.ending or self.ending == other.ending
        return is_like and bool(self.street) and (self.street <= other.street or other.street <= self.street)


def parsed(text: str) -> Address:
    """Parse an address on one line: "574 NW Mercantile Ave. Suite 107, Port St. Lucie, FL 34986"."""
    lower = " ".join(text.lower().split())
    unit, code = _UNIT.search(lower), _ZIP.search(lower)
    line = lower[: unit.start()] if unit else lower
    words = _WORD.findall(line.split(",")[0].replace("'", ""))
    number = words.pop(0) if words and words[0][0].isdigit() else ""
    while words and words[0] in _WORDS.directions:
        words.pop(0)
    named = list(takewhile(lambda word: word not in _ENDINGS, words)) or words
    ending = next((word for word in words[len(named) :] if word in _ENDINGS), "")
    return Address(
        text, number, frozenset(named) - _WORDS.directions, _ENDINGS.get(ending, ""), unit[1] if unit else "",
        code[0].replace(" ", "") if code else "",
    )  # fmt: skip
