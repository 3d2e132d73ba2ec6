"""Find sentences, and decide whether a sentence asserts or denies something. Pure."""

import re

from .vocabulary import topic

_WORDS = topic("sentences")
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'($])|\n| [|•·] |;\s")
PRICES_OF_OTHERS = _WORDS.of_others
_LONGEST_QUESTION = 60
#: The rest of a row of names: "Roscoe and Beloit are on hold".
_ROW = re.compile(r"(?:\s?(?:,\s?(?:and|or)?|and|or|&)\s(?:[A-Z][\w.'-]+\s?){1,3})+(?=\s|\b)")


def refuses(text: str) -> bool:
    """Return whether an answer begins with a no."""
    return bool(_WORDS.refuses.match(text))


def denies(heading: str) -> bool:
    """Return whether a heading introduces things that the shop does not do."""
    return bool(heading) and bool(_WORDS.denying_heading.search(heading))


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence that contains a position."""
    first, last = 0, len(text)
    for match in _ENDS.finditer(text, max(0, start - 600), min(len(text), end + 600)):
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end:
            last = match.start()
            break
    return first, last


def is_negative(text: str) -> bool:
    """Return whether the first sentence denies anything: "Richmond and Berea are outside our area"."""
    first, last = sentence_around(text, 0, 1)
    return bool(_WORDS.denies.search(_WORDS.harmless.sub(" ", text[first:last])))


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether the sentence denies the words of a span, before them or shortly after them."""
    first, last = sentence_around(text, start, end)
    ahead = _WORDS.harmless.sub(" ", text[max(first, start - 300) : start])[-160:]
    # A contrast ends the denial: "we do not repair furnaces, but we do repair boilers".
    ahead = re.split(r"\b(?:but|however|although|instead,)\b", ahead)[-1]
    if _WORDS.denies.search(ahead):
        return True
    asked = text[first:last].rstrip()
    if asked.endswith("?") and len(asked) <= _LONGEST_QUESTION and _WORDS.refuses.match(text, last):
        return True  # "Janesville? Sorry, too far for us."
    row = _ROW.match(text, end)
    after = _WORDS.harmless.sub(" ", text[row.end() if row else end : min(last, end + 90)])
    if _WORDS.ended.match(after):
        return True
    after = re.split(r"[,;]|\b(?:but|and|so|if|when|because|until)\b", after)[0]
    return bool(_WORDS.denies.search(after))
