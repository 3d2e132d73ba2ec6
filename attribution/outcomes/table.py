"""Extracts the table of a CSV or XLSX export with the reader that all imports share. No I/O."""

import io
from dataclasses import dataclass, field

from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import FieldSpec
from pagetojob.importer.opening import Line, heading_of, is_total, lines_of, opened
from pagetojob.importer.reading import Row, Table

from .columns import KINDS

_FORMULA = "Column {} is a formula. Save the sheet with values only and import that."


@dataclass(slots=True)
class ExtractedTable:
    """A table, its sheet, and the unreadable rows as (number, reason)."""

    table: Table
    sheet: str = ""
    unreadable: list[tuple[int, str]] = field(default_factory=list)


def table_of(kind: str, content: bytes, sheet: str = "") -> ExtractedTable:
    """Return the rows below the headings, without totals. Raises TableError if there is no table or no row."""
    file = io.BytesIO(content)
    what = opened(file, sheet)
    lines = list(lines_of(file, what))
    specs = [FieldSpec(column.column, column.column, column.spec.headings) for column in KINDS[kind]]
    header = heading_of(iter(lines), specs)
    below = [line for line in lines if line.number > header.number and not is_total(line)]
    if not any(line.cells or line.problem for line in below):
        raise TableError("There are no rows below the headings.")
    rows = tuple(Row(line.number, line.cells) for line in below)
    table = Table(what.form, what.delimiter, Row(header.number, header.cells), rows)
    return ExtractedTable(table, what.sheet, [(line.number, why) for line in below if (why := _why_not(line))])


def _why_not(line: Line) -> str:
    return line.problem or (_FORMULA.format(line.formula_at) if line.formula_at else "")
