"""Extracts the table of a CSV or XLSX export with the reader that all imports share. No I/O."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pagetojob.importer.errors import TableError
from pagetojob.importer.opening import Line, heading_of, is_total, lines_of, opened

from .columns import KINDS

_FORMULA = "Column {} is a formula. Save the sheet with values only and import that."


@dataclass(frozen=True, slots=True)
class ExtractedTable:
    """The headings and rows of a table, its sheet, and the unreadable rows as (number, reason)."""

    headings: Sequence[str]
    rows: Sequence[Line]
    sheet: str
    unreadable: Sequence[tuple[int, str]]


def table_of(kind: str, content: bytes, sheet: str = "") -> ExtractedTable:
    """Return the rows below the headings, without totals. Raises TableError if there is no table or no row."""
    file = io.BytesIO(content)
    what = opened(file, sheet)
    lines = list(lines_of(file, what))
    header = heading_of(iter(lines), KINDS[kind])
    below = [line for line in lines if line.number > header.number and not is_total(line)]
    rows = [line for line in below if line.cells]
    unreadable = [(line.number, why) for line in below if (why := _why_not(line))]
    if not rows and not unreadable:
        raise TableError("There are no rows below the headings.")
    return ExtractedTable(header.cells, rows, what.sheet, unreadable)


def _why_not(line: Line) -> str:
    return line.problem or (_FORMULA.format(line.formula_at) if line.formula_at else "")
