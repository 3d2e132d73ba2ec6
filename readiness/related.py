"""Lines of the pack about the subject of a question. Pure."""

import math
import re
from collections import defaultdict

from .anchors import Place, places
from .shape import Pack, Row

#: Share of a question's words, weighted by how rare they are in the pack, that a line must have.
_LEAST = 0.45
_MOST_LINES = 2
#: Words with the same first letters count as one: "encrypt", "encrypted", "encryption".
_LETTERS = 6


class Index:
    """Words of each line. Building it reads the pack once; a question costs the lines that share a word with it."""

    def __init__(self, pack: Pack) -> None:
        self._places = list(places(pack).values())
        self._lines: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(self._places):
            for word in _words(_text(place.row)):
                self._lines[word].append(number)

    def lines(self, question: str) -> list[Place]:
        """Return at most two lines that share most of the question's rare words, the closest first."""
        weights = {word: self._weight(word) for word in sorted(_words(question))}
        shared: dict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            for number in self._lines.get(word, ()):
                shared[number] += weight
        least = _LEAST * sum(weights.values())
        closest = sorted(shared, key=lambda number: (-shared[number], number))[:_MOST_LINES]
        return [self._places[number] for number in closest if shared[number] >= least > 0]

    def _weight(self, word: str) -> float:
        return math.log((1 + len(self._places)) / (1 + len(self._lines.get(word, ()))))


def _text(row: Row) -> str:
    values = (value for field in row["fields"] for value in (field.get("text", ""), *field.get("items", ())))
    return " ".join((str(row["title"]), *map(str, values)))


def _words(text: str) -> set[str]:
    return {word[:_LETTERS] for word in re.findall(r"[^\W_]{3,}", text.casefold())}
