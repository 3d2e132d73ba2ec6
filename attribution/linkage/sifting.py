"""Rows of a CSV that are no record: sums below a report, and rows with more cells than there are headings.

They are named by the number a spreadsheet shows and left out, by the rules of the importer that all imports share. A
row with fewer cells is named and read as if the last ones were blank: some exports leave blanks at the end away.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from pagetojob.importer.opening import Line, is_total

from .errors import Problem

#: Problems of one kind that are named one by one; more are counted.
NAMED = 1_000
TOTAL = "A row of totals is left aside."
_BLANK = "the last ones are read as blank."
_LONGEST_TOTAL = 60
Numbered = Iterator[tuple[int, list[str]]]


def sift(path: Path, clean: Path, *, delimiter: str, skipped: int, width: int) -> tuple[Path, list[Problem]]:
    """The file to read and what is left out of it, named for `path`.

    `skipped` lines end with the headings, which are `width` cells. With nothing to leave out, and no blank rows that
    would shift the numbers, it is `path` itself. Else it is `clean`: no headings, the row's number before its cells.
    Reads the file once or twice, at about a million rows in two seconds.
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
        return path, []  # as the database reads it, which names what it cannot
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
    """Rows below the headings that are not blank, each with its number."""
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
    return f"It has {many} cells where there are {width} headings, so {_BLANK if many < width else 'it is left out.'}"


def _named(name: str, odd: dict[str, list[int]]) -> list[Problem]:
    found = []
    for why, numbers in odd.items():
        found += [Problem(name, number, why) for number in numbers[:NAMED]]
        if len(numbers) > NAMED:
            found.append(Problem(name, 0, f"{len(numbers) - NAMED:,} more rows: {why}"))
    return found
