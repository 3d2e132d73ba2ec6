"""Line-by-line differences between two texts. Pure."""

import difflib
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of a unified difference. `sort` is added, removed, same or place; `text` includes its sign."""

    sort: str
    text: str


_SORTS = {"+": "added", "-": "removed", "@": "place"}


def difference(before: str, after: str) -> list[Line]:
    """Return the unified difference with three lines of context; empty when the texts are equal."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return [Line(_SORTS.get(line[:1], "same"), line) for line in lines if not line.startswith(("--- ", "+++ "))]
