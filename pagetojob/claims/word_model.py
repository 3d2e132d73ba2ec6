"""Log-odds that a passage makes a gated claim, by its words and pairs of words. Pure.

The weights are fitted to labeled texts by `bench/claims/train.py`. They see wordings that no rule of the table lists.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

WEIGHTS = Path(__file__).with_name("word_model.json")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[?!|:✓✗✔✅❌→]")
_ENDINGS = ("ing", "ed", "es", "s", "ly")
_SHORTEST_STEM = 4


def features(folded: str) -> dict[str, float]:
    """Return the features of folded text; those of one kind share a length of one, so a long text counts no more."""
    stems = ["^", *(_stem(word) for word in _WORD.findall(folded)), "$$"]
    kinds = (set(stems[1:-1]), {f"{first} {second}" for first, second in pairwise(stems)})
    return {name: len(kind) ** -0.5 for kind in kinds for name in kind}


def log_odds(folded: str) -> float:
    """Return the log-odds of a gated claim in folded text."""
    return log_odds_with(_weights(), folded)


def log_odds_with(weights: Mapping[str, float], folded: str) -> float:
    """Return the log-odds by these weights."""
    return weights[""] + sum(weights.get(name, 0.0) * value for name, value in features(folded).items())


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


@cache
def _weights() -> dict[str, float]:
    document = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: weight / 100 for name, weight in document["hundredths"].items()}
