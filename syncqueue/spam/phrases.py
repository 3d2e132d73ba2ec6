"""Finds the phrases of `rules.toml` in a text. Pure; reads the file once, and each text once."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from . import normalize

_RULES = Path(__file__).with_name("rules.toml")
_CHOICE = re.compile(r"\(([^)]*)\)|\{(\w+)\}|([^\s(){}]+)")


@dataclass(frozen=True)
class PhraseRule:
    """A rule of `rules.toml`. A negative weight is evidence for a customer and has no reason."""

    name: str
    reason: str
    weight: float
    most: int
    example: str
    counter: str
    phrases: tuple[str, ...]
    terms: tuple[str, ...]


@cache
def rules() -> tuple[PhraseRule, ...]:
    """Return the rules of the file."""
    document = tomllib.loads(_RULES.read_text(encoding="utf-8"))
    return tuple(_rule(row, document["sets"]) for row in document["rule"])


def count(text: str, stems: Sequence[str]) -> list[list[str]]:
    """Return for each rule the different phrases that it matches: in the stems, and as terms within the text.

    The longest of overlapping phrases counts, for spam and for a customer separately.
    """
    matched: list[dict[str, None]] = [{} for _ in rules()]
    spans = [
        (stop - start, start, stop, index) for start in range(len(stems)) for index, stop in _matches(stems, start)
    ]
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, start, stop, index in sorted(spans, key=lambda span: (-span[0], span[1], span[3])):
        used = taken[rules()[index].weight > 0]
        if used.isdisjoint(range(start, stop)):
            used.update(range(start, stop))
            matched[index][" ".join(stems[start:stop])] = None
    if not text.isascii():
        for of_rule, rule in zip(matched, rules(), strict=True):
            of_rule.update(dict.fromkeys(term for term in rule.terms if term in text))
    return [list(of_rule) for of_rule in matched]


def _matches(stems: Sequence[str], start: int) -> list[tuple[int, int]]:
    """Return the rules, and the end of the phrase, of each phrase that begins at `start`."""
    of_phrase, beginnings = _phrases()
    matches = []
    paths, position = [""], start
    while paths and position < len(stems):
        nexts = (stems[position], "~")
        position += 1
        paths = [f"{path} {following}" if path else following for path in paths for following in nexts]
        matches += [(index, position) for path in paths for index in of_phrase.get(path, ())]
        paths = [path for path in paths if path in beginnings]
    return matches


@cache
def _phrases() -> tuple[dict[str, tuple[int, ...]], frozenset[str]]:
    """Return the rules of each phrase, and all beginnings of phrases. A tree of objects would take 15 MB more."""
    of_phrase: dict[str, tuple[int, ...]] = {}
    beginnings: set[str] = set()
    for index, rule in enumerate(rules()):
        alone = (index,)
        for phrase in rule.phrases:
            of_phrase[phrase] = of_phrase[phrase] + alone if phrase in of_phrase else alone
            words = phrase.split()
            beginnings.update(" ".join(words[:length]) for length in range(1, len(words)))
    return of_phrase, frozenset(beginnings)


def _rule(row: dict[str, Any], sets: dict[str, str]) -> PhraseRule:
    phrases = {stemmed for phrase in _split(row["phrases"]) for stemmed in _expand(phrase, sets)}
    terms = tuple(term for term in _split(row.get("script", "")))
    texts = {name: row[name] for name in ("name", "reason", "weight", "most", "example", "counter")}
    return PhraseRule(**texts, phrases=tuple(sorted(phrases)), terms=tuple(map(normalize.plain, terms)))


def _split(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.split(",") if phrase.strip()]


def _expand(phrase: str, sets: dict[str, str]) -> Iterator[str]:
    """Yield the stemmed sequences of a phrase; a gap `~` becomes zero to two words."""
    parts: list[list[str]] = []
    for choice, name, word in _CHOICE.findall(phrase):
        if word == "~":
            parts.append(["", "~", "~ ~"])
        elif name:
            parts.append(_split(sets[name]))
        else:
            parts.append(choice.split("|") if choice else [word])
    # Each word before it is combined: some combinations share it with a thousand others.
    stemmed_parts = [[" ".join(map(_stem, option.split())) for option in part] for part in parts]
    for words in product(*stemmed_parts):
        stemmed = " ".join(filter(None, words))
        if len(stemmed) > 1:
            yield stemmed


def _stem(word: str) -> str:
    if word in {"~", "#", "$", "%", "?"}:
        return word
    return " ".join(normalize.words(normalize.plain(word))) or word
