"""Replace common Spanish wording of a page by English, so that each reader needs only English patterns. Pure."""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from .services import TERMS
from .vocabulary import topic

_WORDS = topic("spanish")
#: Texts with at least this many different phrases of the table are partly Spanish.
FEWEST = 4
_WORD = re.compile(r"\w+")
_CONSONANTS_BEFORE_ES = "dlnr"


@lru_cache(maxsize=20_000)
def _normal(word: str) -> str:
    """Return a word in lower case without accents and plural: `instalaciones` equals `instalación`."""
    letters = unicodedata.normalize("NFD", word.lower())
    word = "".join(letter for letter in letters if not unicodedata.combining(letter))
    if len(word) > 4 and word.endswith("es") and word[-3] in _CONSONANTS_BEFORE_ES:
        return word[:-2]
    return word.removesuffix("s") if len(word) > 3 and not word.endswith("ss") else word


def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return the phrases of both tables with their English, by their first word, longest first."""
    table = resources.files(__package__).joinpath("vocabulary/spanish_words.csv").read_text(encoding="utf-8")
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    named = [(term.phrases[0], term.spanish) for term in TERMS if term.spanish]
    for english, spanish in (*named, *list(csv.reader(table.splitlines()))[1:]):
        for text in spanish.split("|"):
            words = tuple(map(_normal, text.split()))
            phrases[words[0]].append((words, english))
    return {word: sorted(named, key=lambda pair: -len(pair[0])) for word, named in phrases.items()}


_PHRASES = _phrases()


def translated(text: str) -> str:
    """Return a text with the known Spanish phrases, and the words between them and numbers, in English."""
    english, _ = _with_phrases(text)
    for words, pattern in _WORDS.joints.items():
        english = pattern.sub(words, english)
    return english


def in_english(text: str) -> str:
    """Return a text in English if it contains a Spanish phrase."""
    return translated(text) if _with_phrases(text)[1] else text


def is_spanish(texts: Iterable[str]) -> bool:
    """Return whether texts contain several of the Spanish phrases."""
    return len(frozenset().union(*(_with_phrases(text)[1] for text in texts))) >= FEWEST


def _with_phrases(text: str) -> tuple[str, frozenset[str]]:
    """Return a text with the known Spanish phrases in English, and the English of those that it contains."""
    matches = list(_WORD.finditer(text))
    words = [_normal(match.group()) for match in matches]
    parts, named, end, at = [], set(), 0, 0
    while at < len(words):
        size = 1
        for phrase, english in _PHRASES.get(words[at], ()):
            first, last = matches[at].start(), matches[min(at + len(phrase), len(words)) - 1].end()
            if tuple(words[at : at + len(phrase)]) == phrase and text[first:last].replace(" ", "").isalnum():
                size = len(phrase)
                parts += [text[end:first], english[0].upper() + english[1:] if text[first].isupper() else english]
                named |= {english} - {text[first:last].lower()}  # "mini split" is English, too
                end = last
                break
        at += size
    return "".join([*parts, text[end:]]), frozenset(named)
