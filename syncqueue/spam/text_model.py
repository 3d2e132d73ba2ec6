"""Scores the words of a request with weights learned from examples by `bench/spam/train.py`. Pure.

A feature is a word, a pair of words, or a part of the domain of the email address. Street, phone number, service and
timing are left out: how often the authors of the examples filled them is their habit, and no evidence.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from . import normalize
from .request import Request
from .senders import has_free_mail

WEIGHTS = Path(__file__).with_name("text_model.json")
_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
#: In a shorter message, words that speak for spam count less: customers write two words, too.
_ENOUGH_WORDS = 6
#: A word of at least this weight speaks for spam.
_STRONG = 0.5
Features = dict[str, float]


def features(request: Request) -> Features:
    """Return the features of a request; those of one kind share a length of one, so a long text counts no more."""
    words = ["^", *request.stems, "$$"]
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    kinds = (set(request.stems), pairs, set(_mail(request)))
    return {name: len(kind) ** -0.5 for kind in kinds for name in kind}


def score(request: Request) -> float:
    """Return the log-odds of spam by words alone."""
    return score_with(_weights(), request)


def score_with(weights: Mapping[str, float], request: Request) -> float:
    """Return the log-odds of spam by these weights."""
    total = weights[""] + sum(weights.get(name, 0.0) * value for name, value in features(request).items())
    return total * min(1.0, len(request.stems) / _ENOUGH_WORDS) if total > 0 else total


def strongest_words(request: Request, most: int) -> list[str]:
    """Return the words of the message that speak most for spam, as typed; short ones would tell a reader nothing."""
    weights = _weights()
    words = {word: weights.get(normalize.stem(word), 0.0) for word in _LONG_WORD.findall(request.message)}
    strongest = sorted(words, key=lambda word: -words[word])[:most]
    return [word for word in strongest if words[word] >= _STRONG]


@cache
def _weights() -> dict[str, float]:
    document = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: weight / 100 for name, weight in document["hundredths"].items()}


def _mail(request: Request) -> Iterator[str]:
    """Yield kind, ending and sequences of three to five letters of the domain."""
    if not request.domain:
        yield "@none"
    elif has_free_mail(request):
        yield "@free"
    else:
        name, _, ending = request.domain[:60].rpartition(".")
        yield "@own"
        yield f"@.{ending}"
        marked = f"<{name}>"
        for length in (3, 4, 5):
            yield from (f"@{marked[start : start + length]}" for start in range(len(marked) - length + 1))
