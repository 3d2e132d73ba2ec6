"""Log-odds that a passage makes a gated claim, by words, pairs, letters and classes, in and outside of denials. Pure.

The weights are fitted to labeled texts by `bench/claims/train.py`. They see wordings that no rule of the table lists.
"""

import json
import re
from collections.abc import Collection, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

WEIGHTS = Path(__file__).with_name("word_model.json")
#: A sign of a script without spaces (Thai, Japanese, Chinese), a word, or a mark.
_TOKEN = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+(?:'[^\W_]+)*|[.!?;|:,✓✗✔✅❌→]"
)
_ENDINGS = ("ing", "ed", "es", "s", "ly")
_SHORTEST_STEM = 4
#: Tokens that end the scope of a denial, how many words a scope covers, and the length of a sequence of letters.
_ENDS = frozenset(".!?;|:")
_DENIAL_WORDS, _CONDITION_WORDS = 12, 16
_LETTERS, _BEGINNING = 5, 4
#: The share of classes: they predict less in a new text than in those that their words were collected from.
_OF_CLASSES = 0.4
_DENIES = re.compile(
    r"(?:not?|never|none|nothing|nobody|neither|nor|without|\w+n't|cannot|zero|unable|refus\w*|reject\w*|kein\w*|nicht|noch"
    r"|nie|ohne|pas|ni|aucun\w*|sans|jamais|sin|nunca|ningun\w*|nadie|nada|nenhum\w*"
    r"|todavia|aun|nao|nem|sem|ainda|non|nessun\w*|mai|geen|niet|inte|ingen"
    r"|inga|nikt|niemand\w*|personne|rien|zaden|brak)$"
)
_DEFERS = re.compile(r"(?:if|once|until|unless|would|planned|gated|closed|only|wenn|erst|bis|si|se)$")


def features(folded: str, classes: Collection[str] = ()) -> dict[str, float]:
    """Return the features of folded text; those of one kind share a length of one, so a long text counts no more.

    They are stems, pairs and beginnings with their scope, asserted (+), denied (-) or conditional (~), the classes of
    the rules, and sequences of letters, which also see words and languages that the labeled texts do not have.
    """
    scoped = [("^", "+"), *_scoped(folded), ("$$", "+")]
    words = scoped[1:-1]
    letters = f" {' '.join(stem for stem, _ in words)} "
    kinds = (
        {scope + stem for stem, scope in words if stem[0].isalnum()},
        {f"{scope}{first} {second}" for (first, _), (second, scope) in pairwise(scoped)},
        {"<" + letters[at : at + _LETTERS] for at in range(len(letters) - _LETTERS + 1)},
        {f">{scope}{stem[:_BEGINNING]}" for stem, scope in words if len(stem) > _BEGINNING},
    )
    return {name: len(kind) ** -0.5 for kind in kinds for name in kind} | {
        f"#{name}": _OF_CLASSES / len(classes) ** 0.5 for name in classes
    }


def _scoped(folded: str) -> Iterator[tuple[str, str]]:
    """Yield each stem with the scope that it is in. A denial also covers a condition that follows it."""
    scope, left = "+", 0
    for word in _TOKEN.findall(folded):
        if word in _ENDS:
            left = 0
        elif _DENIES.match(word):
            scope, left = "-", _DENIAL_WORDS + 1
        elif _DEFERS.match(word) and (scope != "-" or not left):
            scope, left = "~", _CONDITION_WORDS + 1
        yield _stem(word), scope if left else "+"
        left -= left > 0 and word[0].isalnum()


def log_odds(folded: str, classes: Collection[str] = ()) -> float:
    """Return the log-odds of a gated claim in folded text with these classes of words."""
    weights = _weights()
    return weights[""] + sum(weights.get(name, 0.0) * value for name, value in features(folded, classes).items())


def knows(folded: str) -> bool:
    """Return True if at least half of the words have a weight: the odds of unknown ones are no reason to clear them."""
    known = [any(scope + stem in _weights() for scope in "+-~") for stem, _ in _scoped(folded) if stem[0].isalnum()]
    return 2 * sum(known) >= len(known)


def length(text: str) -> int:
    """Return the number of words; a sign of a script without spaces counts as one."""
    return sum(token[0].isalnum() for token in _TOKEN.findall(text))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


@cache
def _weights() -> dict[str, float]:
    document = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: weight / 100 for name, weight in document["hundredths"].items()}
