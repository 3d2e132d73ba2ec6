"""Differences between two values that a page shows side by side. Pure."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby

#: A value as (text, whether it differs) parts.
type Parts = list[tuple[str, bool]]

_WORD = re.compile(r"\w+|\W")
#: Below this similarity, marks in almost every word would show nothing.
_LEAST_SIMILARITY = 0.5


def mark_differences(left: str, right: str) -> tuple[Parts, Parts]:
    """Return both values in parts: words and signs that differ, and only the digits that differ in numbers as long.

    Equal values, and those with little in common, have no marks.
    """
    if left == right or SequenceMatcher(None, left, right, autojunk=False).ratio() < _LEAST_SIMILARITY:
        return _unmarked(left), _unmarked(right)
    parts: tuple[Parts, Parts] = ([], [])
    left_words, right_words = _WORD.findall(left), _WORD.findall(right)
    for tag, start, end, right_start, right_end in SequenceMatcher(
        None, left_words, right_words, autojunk=False
    ).get_opcodes():
        pair = "".join(left_words[start:end]), "".join(right_words[right_start:right_end])
        are_numbers = all(text.isdecimal() for text in pair) and len(pair[0]) == len(pair[1])
        for texts, differs in _digits(*pair) if are_numbers else [(pair, tag != "equal")]:
            for side, text in zip(parts, texts, strict=True):
                side.extend([(text, differs)] if text else [])
    return parts


def _digits(left: str, right: str) -> Iterator[tuple[tuple[str, str], bool]]:
    """Yield the runs of equal and of different digits of two numbers of the same length."""
    for differs, run in groupby(zip(left, right, strict=True), key=lambda pair: pair[0] != pair[1]):
        digits = list(run)
        yield ("".join(pair[0] for pair in digits), "".join(pair[1] for pair in digits)), differs


def _unmarked(value: str) -> Parts:
    return [(value, False)] if value else []
