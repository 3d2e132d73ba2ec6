"""Words and phrases of websites as data: a TOML file for each topic. Pure, except that the files are read once.

An entry is a row: words, separated by white space, or a `pattern` of phrases with an `example` that it matches and
`counter` examples that it does not. Line breaks only wrap a pattern. It ignores case unless it has `case = true`. A
table of patterns names what each of them means.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

#: Number words by their value.
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@cache
def topic(name: str) -> dict[str, Any]:
    """Return the entries of a topic by their names."""
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def word_set(of: str, name: str) -> frozenset[str]:
    """Return a list of words of a topic as a set."""
    return frozenset(topic(of)[name].split())


def phrase_pattern(of: str, name: str) -> re.Pattern[str]:
    """Return the compiled pattern of an entry of a topic."""
    return _compiled(topic(of)[name])


class Phrases:
    """The compiled patterns of a topic by their names: `Phrases("offers").special`."""

    def __init__(self, of: str) -> None:
        self._patterns = {name: _compiled(entry) for name, entry in topic(of).items() if "pattern" in entry}

    def __getattr__(self, name: str) -> re.Pattern[str]:
        return self._patterns[name]


def phrase_table(of: str, name: str) -> dict[str, re.Pattern[str]]:
    """Return the compiled patterns of a table of a topic by their meaning, in order."""
    return {meaning: _compiled(entry) for meaning, entry in topic(of)[name].items()}


def _compiled(entry: dict[str, Any]) -> re.Pattern[str]:
    return re.compile(entry["pattern"].replace("\n", ""), 0 if entry.get("case") else re.IGNORECASE)
