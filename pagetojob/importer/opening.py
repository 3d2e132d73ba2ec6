"""Row-by-row reading of stored files of any size, CSV in its many forms and XLSX, as numbered rows of text. Pure.

`reading` loads a small text as a whole; this module reads 200,000 rows in bounded memory. Row numbers match those shown
in a spreadsheet.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

import python_calamine

from . import workbook
from .errors import TableError
from .fields import FieldSpec, guess
from .reading import DELIMITERS, codecs_of, what_is_wrong

MOST_ROWS = 250_000
MOST_COLUMNS = 200
#: The heading row is among the first rows; title lines and blank lines may precede it.
HEADING_WITHIN = 30
_START = 65_536
_TRIED = 100
_PIECE = 1024**2
_TOTALS = re.compile(r"(?:grand |report |sub-? ?)?totals?:?(?: \(?[0-9,.]+\)?(?: rows?| records?)?\)?)?", re.IGNORECASE)
_DAMAGED = "The workbook is damaged and cannot be read. Save it again as XLSX or CSV."


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number, its cells as text, and the problem if it is unreadable. A blank row has no cells."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""
    formula_at: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """Format of a file, detected without reading all of it.

    `sheets` is empty for a CSV; `sheet` is the one to read.
    """

    form: str
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""


def opened(file: IO[bytes], sheet: str = "") -> Opened:
    """Detect the format of a file. Raises TableError, with a message for users, if it must not or cannot be read.

    `sheet` selects a sheet of a workbook; the default is the first one with content.
    """
    file.seek(0)
    start = file.read(_START)
    if not start.strip():
        raise TableError("The file is empty.")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in start + file.read(_PIECE)
        raise TableError(
            "The workbook is protected by a password. Save it without one."
            if encrypted
            else "This is an old Excel workbook (.xls). Save it as XLSX or CSV."
        )
    if start.startswith(b"PK"):
        workbook.judge(file)
        return _workbook(file, sheet)
    codec, name = _codec(file, start)
    head = codecs.getincrementaldecoder(codec)(errors="replace").decode(start).removeprefix("\ufeff")
    lines = head.splitlines(keepends=True)
    whole = lines[:-1] if len(lines) > 1 and len(start) == _START else lines
    return Opened(form=name, delimiter=DELIMITERS[_delimiter(whole[:_TRIED])])


def _delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter for which most rows have the same number of cells, above one.

    Title lines above the table may contain any delimiter.
    """

    def fits(sign: str) -> tuple[int, int]:
        try:
            widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=sign) if len(cells) > 1)
        except csv.Error:
            return 0, 0
        return max(((rows, width) for width, rows in widths.items()), default=(0, 0))

    return max(DELIMITERS, key=fits)


def lines_of(file: IO[bytes], file_format: Opened) -> Iterator[Line]:
    """Yield every row, including blank ones.

    Raises TableError during iteration if the file is damaged further on or too long.
    """
    rows = _sheet(file, file_format.sheet) if file_format.sheets else _csv(file, file_format)
    for line in rows:
        if line.number > MOST_ROWS + HEADING_WITHIN:
            raise TableError(f"It has more than {MOST_ROWS:,} rows. Split it into smaller files.")
        if len(line.cells) > MOST_COLUMNS and any(cell.strip() for cell in line.cells[MOST_COLUMNS:]):
            raise TableError(f"It has more than {MOST_COLUMNS} columns. Keep only those that you need.", line.number)
        yield line if any(cell.strip() for cell in line.cells) or line.problem else Line(line.number, ())


def heading_of(lines: Iterator[Line], specs: Sequence[FieldSpec]) -> Line:
    """Return the heading row: among the first 30 rows, the one that matches most fields.

    If none matches, returns the first row with several cells, else the first row. Raises TableError if there is no
    content.
    """
    first = [line for line, _ in zip(lines, range(HEADING_WITHIN), strict=False) if line.cells]
    if not first:
        raise TableError("It is empty.")
    best = max(first, key=lambda line: (len(guess(specs, line.cells)), -line.number))
    if guess(specs, best.cells):
        return best
    return next((line for line in first if sum(bool(cell.strip()) for cell in line.cells) > 1), first[0])


def is_total(line: Line) -> bool:
    """Return whether a row is a totals row of a report instead of data."""
    text = next((cell for cell in line.cells if cell.strip()), "")
    return bool(_TOTALS.fullmatch(text.strip()))


def _codec(file: IO[bytes], start: bytes) -> tuple[str, str]:
    """Return the first likely codec that decodes the whole file, read in pieces."""
    for codec, name in codecs_of(start):
        decoder = codecs.getincrementaldecoder(codec)()
        file.seek(0)
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return codec, name
    raise TableError("Its encoding is not supported. Save it as UTF-8 and upload it again.")


def _csv(file: IO[bytes], file_format: Opened) -> Iterator[Line]:
    file.seek(0)
    start = file.read(_START)
    codec = next(codec for codec, name in codecs_of(start) if name == file_format.form)
    delimiter = next(sign for sign, name in DELIMITERS.items() if name == file_format.delimiter)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=codec, newline="")
    try:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "expected" in str(error) and "unexpected" not in str(error):
                    yield Line(number, (), what_is_wrong(str(error)))
                    continue
                raise TableError(what_is_wrong(str(error)), number) from error
            if number == 1 and cells:
                cells[0] = cells[0].removeprefix("\ufeff")
            if any("\x00" in cell for cell in cells):
                yield Line(number, (), "It contains a NUL byte, so it is not plain text.")
                continue
            yield Line(number, tuple(cells))
    finally:
        if not file.closed:
            text.detach()


def _workbook(file: IO[bytes], sheet: str) -> Opened:
    file.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        names = tuple(book.sheet_names)
        if sheet and sheet not in names:
            raise TableError("The workbook has no sheet with this name.")
        chosen = sheet or next((name for name in names if book.get_sheet_by_name(name).height), "")
    except (python_calamine.CalamineError, OSError) as error:
        raise TableError(_workbook_error(error)) from None
    if not chosen:
        raise TableError("It is empty.")
    return Opened(form="XLSX", sheets=names, sheet=chosen)


def _sheet(file: IO[bytes], sheet: str) -> Iterator[Line]:
    rows: dict[int, int] = {}
    for row, column in workbook.formulas(file, sheet):
        rows[row] = min(column, rows.get(row, column))
    file.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        worksheet = book.get_sheet_by_name(sheet)
        before = ("",) * (worksheet.start or (0, 0))[1]
        for number, cells in enumerate(worksheet.iter_rows(), start=1):
            yield Line(number, (*before, *map(_text, cells)), formula_at=rows.get(number, 0))
    except (python_calamine.CalamineError, OSError) as error:
        raise TableError(_workbook_error(error)) from None


def _workbook_error(error: Exception) -> str:
    protected = isinstance(error, python_calamine.PasswordError)
    return "The workbook is protected by a password. Save it without one." if protected else _DAMAGED


def _text(cell: Any) -> str:
    """Return a cell as text: dates in ISO format, whole numbers without a fraction."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return "" if cell is None else str(cell).replace("\x00", "")
