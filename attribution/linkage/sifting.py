"""Removes CSV rows that are not records: totals below a report, and rows with more cells than headings.

They are reported by row number and left out, by the same rules as in other imports. A row with fewer cells is reported
and read with blanks at the end, since some exports omit trailing blanks.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from pagetojob.importer.opening import Line, is_total

from .errors import Problem

#: Problems of one kind listed one by one; any others are only counted.
NAMED = 1_000
TOTAL = "A row of totals was left out."
_BLANK = "the missing ones were read as blank."
_LONGEST_TOTAL = 60
Numbered = Iterator[tuple[int, list[str]]]


def sift(path: Path, clean: Path, *, delimiter: str, skipped: int, width: int) -> tuple[Path, list[Problem]]:
    """Return the file to read, and the rows left out, reported for `path`.

    The first `skipped` lines end with the headings, which have `width` cells. If nothing is left out and no blank rows
    shift the numbers, the file is `path` itself. Otherwise it is `clean`, without headings and with the row number
    before the cells. Reads the file once or twice, at about a million rows in two seconds.
    """
    odd: dict[str, list[int]] = defaultdict(list)
    expected = skipped
    shifted = False
    try:
        for number, cells in _rows(path, delimiter, skipped):
            expected += 1
            shifted = shifted or number != expected
            if why := _why_not(number, cells, width):
                odd[why].append(number)
    except csv.Error:
        return path, []  # the database reads it and reports what it cannot parse
    if not odd and not shifted:
        return path, []
    out = {number for why, numbers in odd.items() if not why.endswith(_BLANK) for number in numbers}
    with clean.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(
            [str(number), *cells[:width], *[""] * (width - len(cells))]
            for number, cells in _rows(path, delimiter, skipped)
            if number not in out
        )
    return clean, _named(path.name, odd)


def _rows(path: Path, delimiter: str, skipped: int) -> Numbered:
    """Yield the rows below the headings that are not blank, with their numbers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        while reader.line_num < skipped:
            next(reader)
        for number, cells in enumerate(reader, start=skipped + 1):
            if any(cells) and not all(cell.isspace() for cell in cells if cell):
                yield number, cells


def _why_not(number: int, cells: Sequence[str], width: int) -> str:
    first = next(cell for cell in cells if cell and not cell.isspace())
    if len(first) <= _LONGEST_TOTAL and "total" in first.lower() and is_total(Line(number, tuple(cells))):
        return TOTAL
    many = len(cells)
    while many > width and not cells[many - 1].strip():
        many -= 1
    if many == width:
        return ""
    return f"It has {many} cells for {width} headings, so {_BLANK if many < width else 'it was left out.'}"


def _named(name: str, odd: dict[str, list[int]]) -> list[Problem]:
    problems = []
    for why, numbers in odd.items():
        problems += [Problem(name, number, why) for number in numbers[:NAMED]]
        if len(numbers) > NAMED:
            problems.append(Problem(name, 0, f"{len(numbers) - NAMED:,} more rows: {why}"))
    return problems
