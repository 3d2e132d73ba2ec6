"""Words and phrases of websites as data: a TOML file for each topic. Pure, except that the files are read once.

Most topics are of the module of their name. An entry is a row: words, separated by white space, or a `pattern` of
phrases with an `example` that it matches and `counter` examples that it does not. Line breaks only wrap a pattern. It
ignores case unless it has `case = true`. A table of patterns names what each of them means.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any

#: Number words by their value.
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@cache
def topic(name: str) -> Any:
    """Return the entries of a topic: `topic("offers").special`."""
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return SimpleNamespace(**{entry: _parsed(value) for entry, value in tomllib.loads(text).items()})


def _parsed(value: str | dict[str, Any]) -> Any:
    """Return words as a set, a pattern compiled, and a table as a dictionary of patterns in order."""
    if isinstance(value, str):
        return frozenset(value.split())
    if "pattern" in value:
        return re.compile(value["pattern"].replace("\n", ""), 0 if value.get("case") else re.IGNORECASE)
    return {meaning: _parsed(row) for meaning, row in value.items()}
