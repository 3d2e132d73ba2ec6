"""Reading of files as numbered rows of text: CSV in its many forms, and XLSX, in bounded memory. Pure.

Every import begins with `open_table`. Row numbers match those shown in a spreadsheet, so a line break inside quotes
does not start a new row.
"""

import codecs
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import chain, islice
from typing import IO, Any

import python_calamine

from . import workbook
from .errors import TableError
from .fields import FieldSpec, guess
from .records import DELIMITERS, Line, codec_of, codecs_of, records

#: The heading row is among the first rows; title lines and blank lines may precede it.
HEADING_WITHIN = 30
_START = 65_536
_TRIED = 100
_PIECE = 1024**2
_TOTALS = re.compile(r"(?:grand |report |sub-? ?)?totals?:?(?: \(?[0-9,.]+\)?(?: rows?| records?)?\)?)?", re.IGNORECASE)
_LONGEST_TOTAL = 60
Fits = Callable[[tuple[str, ...]], int]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a file: rows below the headings, columns, and characters per line.

    `errors` is "replace" to read a file that no encoding fits.
    """

    rows: int = 250_000
    columns: int = 200
    line: int = 1_000_000
    errors: str = "strict"


UPLOAD = Limits()


@dataclass(frozen=True, slots=True)
class Opened:
    """Format of a file, detected without reading all of it.

    `width` is the number of headings of a CSV. `sheets` is empty for a CSV; `sheet` is the one to read.
    """

    form: str
    delimiter: str = ""
    width: int = 0
    sheets: tuple[str, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An opened file: its format, its heading row, and the rows below, read one by one and including blank ones."""

    format: Opened
    heading: Line
    rows: Iterator[Line]


def open_table(
    file: IO[bytes],
    fits: Sequence[FieldSpec] | Fits,
    *,
    sheet: str = "",
    limits: Limits = UPLOAD,
) -> Table:
    """Open a file and find its headings. Raises TableError; reading the rows may raise it later.

    The headings are, among the first 30 rows, those that match most fields, or the first row with several cells. `fits`
    are the fields, or a function that counts them.
    """
    # Wrong delimiters split a line into the same cells, and the right one is used for the headings again.
    count = cache(fits if callable(fits) else lambda cells: len(guess(fits, cells)))
    file_format = opened(file, sheet, limits, count)
    lines = lines_of(file, file_format, limits)
    first = list(islice(lines, HEADING_WITHIN))
    heading = _heading_of(first, count)
    return Table(file_format, heading, chain((line for line in first if line.number > heading.number), lines))


def opened(file: IO[bytes], sheet: str = "", limits: Limits = UPLOAD, fits: Fits = lambda cells: 0) -> Opened:
    """Detect the format of a file. Raises TableError, with a message for users, if it must not or cannot be read.

    `sheet` selects a sheet of a workbook; the default is the first one with content. `fits` counts the known headings
    in a row.
    """
    file.seek(0)
    start = file.read(_START)
    if not start.strip():
        raise TableError("It is empty.")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in start + file.read(_PIECE)
        raise TableError(
            "The workbook is protected by a password. Save it without one."
            if encrypted
            else "This is an old Excel workbook (.xls). Save it as XLSX or CSV."
        )
    if start.startswith(b"PK"):
        return _workbook(file, sheet, workbook.judge(file, limits.rows + HEADING_WITHIN))
    codec, name = codec_of(file, start, limits.errors)
    head = codecs.getincrementaldecoder(codec)(errors="replace").decode(start).removeprefix("\ufeff")
    lines = io.StringIO(head, newline="").readlines()
    whole = lines[:-1] if len(lines) > 1 and len(start) == _START else lines
    delimiter, width = _delimiter_of(whole[:_TRIED], fits)
    return Opened(form=name, delimiter=DELIMITERS[delimiter], width=width)


def lines_of(file: IO[bytes], file_format: Opened, limits: Limits = UPLOAD) -> Iterator[Line]:
    """Yield every row, including blank ones.

    Raises TableError during iteration if the file is damaged further on or too long.
    """
    for line in _sheet(file, file_format.sheet) if file_format.sheets else _csv(file, file_format, limits):
        if line.number > limits.rows + HEADING_WITHIN:
            raise TableError(f"It has more than {limits.rows:,} rows. Split it into smaller files.")
        if len(line.cells) > limits.columns and any(cell.strip() for cell in line.cells[limits.columns :]):
            raise TableError(f"It has more than {limits.columns} columns. Keep only those that you need.", line.number)
        text = "".join(line.cells)
        yield line if line.problem or (text and not text.isspace()) else Line(line.number, ())


def _delimiter_of(lines: Sequence[str], fits: Fits) -> tuple[str, int]:
    """Return the delimiter that shows the most known headings, or else most records of one width; and that width.

    Title lines above the table may contain any delimiter.
    """

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [line.cells for line in records(lines, delimiter) if line.cells]
        widths = Counter(len(cells) for cells in rows if len(cells) > 1)
        many, width = max(((many, width) for width, many in widths.items()), default=(0, 1))
        known, heading = max(((fits(cells), len(cells)) for cells in rows[:HEADING_WITHIN]), default=(0, 0))
        return known, many, heading if known else width

    scores = {delimiter: score(delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best, scores[best][2]


def _heading_of(first: Sequence[Line], fits: Fits) -> Line:
    filled = [line for line in first if line.cells or line.problem]
    if not filled:
        raise TableError("It is empty.")
    best = max(filled, key=lambda line: (fits(line.cells), -line.number))
    if not fits(best.cells):
        several = (line for line in filled if line.problem or sum(bool(cell.strip()) for cell in line.cells) > 1)
        best = next(several, filled[0])
    if unreadable := next((line for line in filled if line.problem and line.number <= best.number), None):
        raise TableError(unreadable.problem, unreadable.number)
    return best


def is_total(line: Line) -> bool:
    """Return whether a row is a totals row of a report instead of data."""
    for cell in line.cells:
        if cell and not cell.isspace():
            return len(cell) <= _LONGEST_TOTAL and bool(_TOTALS.fullmatch(cell.strip()))
    return False


def _csv(file: IO[bytes], file_format: Opened, limits: Limits) -> Iterator[Line]:
    file.seek(0)
    codec = next(codec for codec, name in codecs_of(file.read(_START)) if name == file_format.form)
    delimiter = next(sign for sign, name in DELIMITERS.items() if name == file_format.delimiter)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=codec, errors=limits.errors, newline="")
    try:
        yield from records(_lines(text, limits.line), delimiter, file_format.width)
    finally:
        if not file.closed:
            text.detach()


def _lines(text: io.TextIOWrapper, longest: int) -> Iterator[str]:
    """Yield the lines of a text with their ends; a byte order mark is not part of the first one."""
    number = 0
    while line := text.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise TableError(
                f"Line {number:,} is longer than {longest:,} characters. Leave out the column with the long text."
            )
        yield line if number > 1 else line.removeprefix("\ufeff")


def _workbook(file: IO[bytes], sheet: str, checked: Sequence[str]) -> Opened:
    with _calamine(file) as book:
        names = tuple(book.sheet_names)
        if sorted(names) != sorted(checked):
            raise TableError(workbook.DAMAGED)
        if sheet and sheet not in names:
            raise TableError("The workbook has no sheet with this name.")
        chosen = sheet or next((name for name in names if book.get_sheet_by_name(name).height), "")
    if not chosen:
        raise TableError("It is empty.")
    return Opened(form="XLSX", sheets=names, sheet=chosen)


def _sheet(file: IO[bytes], sheet: str) -> Iterator[Line]:
    formulas: dict[int, int] = {}
    for row, column in workbook.formulas(file, sheet):
        formulas[row] = min(column, formulas.get(row, column))
    with _calamine(file) as book:
        worksheet = book.get_sheet_by_name(sheet)
        before = ("",) * (worksheet.start or (0, 0))[1]
        for number, cells in enumerate(worksheet.iter_rows(), start=1):
            yield Line(number, (*before, *map(_text, cells)), formula_at=formulas.get(number, 0))


@contextmanager
def _calamine(file: IO[bytes]) -> Iterator[python_calamine.CalamineWorkbook]:
    """Open a workbook that `workbook.judge` accepted. Raises TableError for what cannot be read."""
    file.seek(0)
    try:
        yield python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        raise TableError("The workbook is protected by a password. Save it without one.") from None
    except (python_calamine.CalamineError, OSError):
        raise TableError(workbook.DAMAGED) from None


def _text(cell: Any) -> str:
    """Return a cell as text: dates in ISO format, whole numbers without a fraction."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return "" if cell is None else str(cell).replace("\x00", "")
