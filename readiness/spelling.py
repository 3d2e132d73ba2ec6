"""Spelling suggestions from the vocabulary of the pack. Pure."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_WORD = re.compile(r"[^\W\d_]{4,}")


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Return every word of four or more letters, in lower case."""
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


def corrected_query(text: str, known: frozenset[str]) -> str:
    """Replace unknown words by the closest known ones. Return an empty string if nothing could be replaced."""
    corrected = _WORD.sub(lambda word: _nearest(word[0], known), text)
    return corrected if corrected != text else ""


def _nearest(word: str, known: frozenset[str]) -> str:
    """Return the most similar known word with the same first letter and a similar length, or the word itself."""
    small = word.lower()
    if small in known:
        return word
    near = sorted(other for other in known if other[0] == small[0] and abs(len(other) - len(small)) <= 2)
    return next(iter(get_close_matches(small, near, n=1, cutoff=0.75)), word)
