"""The nearest word the pack knows to one it does not. Pure."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_WORD = re.compile(r"[^\W\d_]{4,}")


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Every word of four letters or more, in small letters."""
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


def mended(text: str, known: frozenset[str]) -> str:
    """`text` with its unknown words replaced by the nearest known ones; empty when none has a near one."""
    found = _WORD.sub(lambda word: _nearest(word[0], known), text)
    return found if found != text else ""


def _nearest(word: str, known: frozenset[str]) -> str:
    """Of the known words that begin alike and are about as long: the most similar one, or the word itself."""
    small = word.lower()
    if small in known:
        return word
    near = sorted(other for other in known if other[0] == small[0] and abs(len(other) - len(small)) <= 2)
    return next(iter(get_close_matches(small, near, n=1, cutoff=0.75)), word)
