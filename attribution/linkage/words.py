"""Word lists for the normal forms, from words.json, and groups of first names that are forms of one name."""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any


@cache
def words() -> dict[str, Any]:
    """Return the lists of words.json."""
    lists: dict[str, Any] = json.loads(Path(__file__).with_name("words.json").read_text())
    return lists


def any_of(name: str) -> str:
    """Return a pattern that matches any word of a list."""
    return "|".join(words()[name])


def is_canceled(status: str) -> bool:
    """Return whether a job's status states that it was canceled, such as "Void - duplicate"."""
    return re.match(rf"\s*(?:{any_of('canceled')})\b", status.lower()) is not None


@cache
def given_names() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each known first name with every name it may be short for, including itself, in order."""
    import nicknames  # noqa: PLC0415 - only a linking needs it

    longer: dict[str, set[str]] = defaultdict(set)
    with nicknames.with_names_csv_path() as path:
        for line in Path(path).read_text().splitlines()[1:]:
            full, _, short = (cell.strip().lower() for cell in line.split(","))
            longer[short].add(full)
            longer[full].add(full)
    for short, full in words()["short_forms"].items():
        longer[short].add(full)
    return tuple((name, tuple(sorted({name, *full}))) for name, full in sorted(longer.items()))
