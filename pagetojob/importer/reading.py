"""Parsing of bytes or text to numbered rows of cells: encoding, delimiter, limits. Pure.

Rows are counted as in a spreadsheet, so a line break inside quotes does not start a new row. The headings are row 1.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .errors import TableError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
#: First bytes of other file types that people mistake for a CSV.
_OTHERS = {
    b"PK\x03\x04": "an Excel workbook or a ZIP file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\x1f\x8b": "a compressed file (gzip)",
}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\[{\"0-9\]])")
_TRIED = 20
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a file: bytes, rows below the headings, columns, and characters per line."""

    size: int = 262_144
    rows: int = 5_000
    columns: int = 50
    line: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number; a blank row has no cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Parsed content of a file. `header` is the first row that is not blank; `rows` are all rows after it."""

    encoding: str
    delimiter: str
    header: Row
    rows: tuple[Row, ...]


DEFAULT = Limits()


def read(content: bytes | str, limits: Limits = DEFAULT) -> Table:
    """Parse a file or pasted text as a table. Raises TableError, and no other error, if that is impossible."""
    if isinstance(content, bytes):
        if len(content) > limits.size:
            raise TableError(f"The file is larger than {limits.size // 1024:,} kB. Split it or remove columns.")
        text, encoding = _decoded(content)
    else:
        text, encoding = content, "pasted text"
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise TableError("It is empty.")
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if len(line) > limits.line:
            raise TableError(f"Line {number:,} is longer than {limits.line:,} characters.")
    delimiter = delimiter_of(text)
    rows = _rows(text, delimiter)
    header = next((row for row in rows if row.cells), None)
    if header is None:
        raise TableError("It is empty.")
    if len(header.cells) > limits.columns:
        raise TableError(f"It has more than {limits.columns} columns. Keep only those that you need.", header.number)
    below = tuple(islice(rows, limits.rows + 1))
    if len(below) > limits.rows:
        raise TableError(f"It has more than {limits.rows:,} rows below the headings. Split it into smaller files.")
    return Table(encoding, DELIMITERS[delimiter], header, below)


def _decoded(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding.

    Without a byte order mark: UTF-16 if the NUL bytes suggest it, else UTF-8, else Windows-1252.
    """
    for codec, name in codecs_of(content[:_HEAD_BYTES]):
        try:
            return content.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise TableError("Its encoding is not supported. Save it as UTF-8 and upload it again.")


def something_else(start: bytes) -> str:
    """Return the file type that the first bytes indicate, regardless of its name; empty if it may be a CSV."""
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            return what
    return "a web page or XML" if _MARKUP.match(start) else "JSON" if _JSON.match(start) else ""


def codecs_of(start: bytes) -> list[tuple[str, str]]:
    """Return the codecs to try for a text, with their names. Raises TableError if the file is not text."""
    if what := something_else(start):
        raise TableError(f"This is {what}, not a CSV. Save the sheet as CSV and upload that file.")
    codecs = [(codec, name) for mark, codec, name in _BOMS if start.startswith(mark)][:1]
    return codecs or _by_its_nuls(start) or [("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]


def _by_its_nuls(start: bytes) -> list[tuple[str, str]]:
    """Detect UTF-16 without a byte order mark: every other byte of Latin text is NUL."""
    pairs = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    if pairs and odd > pairs * 0.6 and even < pairs * 0.1:
        return [("utf-16-le", "UTF-16")]
    if pairs and even > pairs * 0.6 and odd < pairs * 0.1:
        return [("utf-16-be", "UTF-16")]
    return []


def delimiter_of(text: str) -> str:
    """Return the delimiter for which the first rows agree best on the number of cells; ties go to more cells."""

    def fits(delimiter: str) -> tuple[bool, float, int]:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            widths = [len(cells) for cells in islice(reader, _TRIED) if cells]
        except csv.Error:
            return False, 0.0, 0
        return widths[0] > 1, widths.count(widths[0]) / len(widths), widths[0]

    return max(DELIMITERS, key=fits)


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(what_is_wrong(str(error)), number) from error
        if any("\x00" in cell for cell in cells):
            raise TableError("It contains a NUL byte, so it is not plain text.", number)
        yield Row(number, tuple(cells) if any(cell.strip() for cell in cells) else ())


def what_is_wrong(error: str) -> str:
    if "larger than field limit" in error:
        return "A cell is too long. A quotation mark may be missing above."
    if "unexpected end" in error:
        return "A quotation mark is never closed."
    return "A quotation mark is in the wrong place. Double it inside quotes."
