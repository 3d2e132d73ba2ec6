"""Normalization of typed text before rules read it: one form for each letter, and words in their stems. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Characters that are read of one field: of a longer text, its beginning and its end. Bounds the time of a call.
HEAD, TAIL = 900, 300
#: Letters of Cyrillic and Greek that print like a Latin letter.
_CONFUSABLES = str.maketrans(
    "аеорсухіјѕԁһԛԝвкмнтАВЕКМНОРСТУХІЈЅαοερυικνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhqwbkmhtABEKMHOPCTYXIJSaoepuikvABEZHIKMNOPTYX",
)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u180e\u200b\u200c\u200e\u200f\u2060\u2061\u2062\u2063\ufeff"))
_OTHER_LETTERS = str.maketrans("đøłßıœæ", "dolsioa")
_LEET = str.maketrans("03457@$!|", "oeastasil")
_WORD = re.compile(r"[^\W_]++|[$€£%?]")
#: A Latin letter next to one of Cyrillic or Greek.
_MIXED = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
#: Accents and vowel signs, which follow their letter.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]+")
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .\-_*][^\W_]){3,}(?![^\W_])")
_NUMBER = re.compile(r"\d[\d]*k?")


def visible(text: str) -> str:
    """Return compatible characters in their plain form (NFKC), without invisible ones, of the part that is read."""
    part = text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"
    if part.isascii():
        return part
    # NFKC turns a character into up to 18.
    return unicodedata.normalize("NFKC", part)[: 2 * (HEAD + TAIL)].translate(_INVISIBLE)


def has_mixed_script(text: str) -> bool:
    """Return whether a word contains both Latin letters and letters that only print like them."""
    return not text.isascii() and any(_latin(match).isascii() for match in _MIXED.findall(text))


def _latin(word: str) -> str:
    return word.translate(_CONFUSABLES)


def plain(text: str) -> str:
    """Return `visible` text in lower case and without accents; confusable letters of mixed words become Latin."""
    if not text.isascii():
        if has_mixed_script(text):
            text = " ".join(_latin(word) if _latin(word).isascii() else word for word in text.split(" "))
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.lower())).translate(_OTHER_LETTERS)
    return text.lower().replace("'", "").replace("\u2019", "").replace("`", "")


def words(text: str) -> list[str]:
    """Return the stems of `plain` text; a number becomes `#`."""
    return [stem(word) for word in _WORD.findall(text)]


def spaced_words(text: str) -> list[str]:
    """Return words that are written with a separator between letters, such as `v-i-a-g-r-a`, without them."""
    return [re.sub(r"[\W_]", "", match) for match in _SPACED.findall(text)]


def decoded(word: str) -> tuple[str, str]:
    """Return a word with digits and signs replaced by the letters they resemble; a 1 may be an i or an l."""
    letters = word.translate(_LEET)
    return letters.replace("1", "i"), letters.replace("1", "l")


def disguised(text: str) -> Iterator[str]:
    """Yield words of `plain` text that mix letters with digits or signs, as letters only."""
    for word in text.split():
        core = word.strip(".,;:?()\"'")
        if len(core) > 2 and not core.isalpha() and any(map(str.isalpha, core)):
            yield from (letters for letters in decoded(core) if letters.isalpha())


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the word without its English ending. Rough, because phrases of rules are stemmed in the same way."""
    if word[0].isdigit() and _NUMBER.fullmatch(word):
        return "#"
    if len(word) > 40:
        return word[:40]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) > 4 and word.endswith("ed"):
        word = word[:-2]
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 3 and word.endswith("y") else word
