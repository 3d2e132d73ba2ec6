"""Safety checks of an XLSX workbook before it is opened, and the location of its formulas. Pure.

Every part is decompressed once, measured and discarded, because the sizes that an archive declares can be false.
"""

import posixpath
import re
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from pagetojob.platform.credentials.rules import ADVICE, credential_in

from .errors import TableError

DAMAGED = "The workbook is damaged and cannot be read. Save it again as XLSX or CSV."
MOST_UNPACKED = 300 * 1024**2
MOST_PARTS = 2_000
#: A shared text is stored once in the file, but takes up memory in every cell that uses it.
MOST_TEXT = 300 * 1024**2
_PIECE = 1024**2
_SCANNED_BYTES = 16 * 1024**2
_LONGEST = 4 * 1024**2
_SMALL = 4 * 1024**2
_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')
_SHARED = re.compile(rb'\bt="s"[^>]*>\s*(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?v>([0-9]{1,9})<')
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^>]*>([^<]*)")
_MOST_FORMULAS = 20_000
#: A sheet takes up memory for every cell of the rectangle that contains all of them.
MOST_AREA = 20_000_000
_PLACED = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]+)([0-9]+)["'][^>]*(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b"""
)
_PLACED_ROW = re.compile(
    rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["']([0-9]+)["'][^>]*(?<!/)>\s*<(?:\w+:)?c\b(?![^>]*\br\s*=)"""
)


def judge(file: IO[bytes], most_rows: int) -> list[str]:
    """Return the names of the sheets that were checked.

    Raises TableError for a workbook that must not be opened: macros, external links, zip bombs, far cells, damage.
    """
    book = _open(file)
    names = [name.casefold() for name in book.namelist()]
    if len(names) > MOST_PARTS:
        raise TableError("The workbook has too many parts. Save the sheet as CSV.")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise TableError("The workbook contains macros. Save it as XLSX without macros, or as CSV.")
    if any("/externallinks/" in name for name in names) or any(name.endswith("connections.xml") for name in names):
        raise TableError("The workbook links to other files. Paste the values into a new workbook, or save it as CSV.")
    if "xl/workbook.xml" not in names:
        raise TableError("This is a ZIP file, not an XLSX workbook. Save the sheet as XLSX or CSV.")
    sheets = _sheet_parts(book)
    _weigh(book, set(sheets.values()), most_rows)
    return list(sheets)


def _weigh(book: zipfile.ZipFile, sheets: Collection[str], most_rows: int) -> None:
    """Decompress every part once and measure the memory it would need."""
    lengths: list[int] = []
    unpacked = texts = 0
    # Process shared texts first, in any archive order: their lengths are needed to measure the cells.
    for part in sorted(book.infolist(), key=lambda part: not part.filename.endswith("sharedStrings.xml")):
        shared = part.filename.endswith("sharedStrings.xml")
        sheet = part.filename in sheets
        rows = columns = 0
        pieces = _unpacked(book, part)
        for piece in _whole(pieces, b"</si>") if shared else _whole(pieces, b"</c>") if sheet else pieces:
            unpacked += len(piece)
            if shared:
                lengths += _lengths(piece)
                if unpacked < _SCANNED_BYTES and (what := credential_in(piece.decode("utf-8", "replace"))):
                    raise TableError(f"The workbook appears to contain {what}. {ADVICE}")
            elif sheet:
                rows, columns = _bounded(piece, rows, columns, most_rows)
                texts += sum(
                    lengths[at] for index_text in _SHARED.findall(piece) if (at := int(index_text)) < len(lengths)
                )
            if unpacked > MOST_UNPACKED or texts > MOST_TEXT:
                raise TableError("The workbook is too large when decompressed. Save the sheet as CSV, or split it.")


def _bounded(piece: bytes, rows: int, columns: int, most_rows: int) -> tuple[int, int]:
    """Return the last row and column with content, of this piece or before. Raises TableError if they are too far."""
    placed = _PLACED.findall(piece)
    rows = max([rows, *(int(row[:10]) for _, row in placed), *(int(row[:10]) for row in _PLACED_ROW.findall(piece))])
    columns = max([columns, *(_number(letters[:5].upper()) for letters in {letters for letters, _ in placed})])
    if rows > most_rows:
        raise TableError(f"A sheet of the workbook has more than {most_rows:,} rows. Split it into smaller files.")
    if rows * columns > MOST_AREA:
        raise TableError("The cells of a sheet are too far apart. Delete what is outside the table, or save it as CSV.")
    return rows, columns


def _lengths(piece: bytes) -> list[int]:
    """Return the length of each shared text in a piece."""
    return [sum(map(len, _TEXT.findall(item))) for item in piece.split(b"</si>")[:-1]]


def _whole(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """Yield the same bytes in pieces that end with `end`; the remainder comes last."""
    remainder = b""
    for piece in pieces:
        whole, separator, rest = (remainder + piece).rpartition(end)
        if len(rest) > _LONGEST:
            raise TableError("A cell of the workbook is too long. Save the sheet as CSV.")
        if separator:
            yield whole + separator
        remainder = rest
    yield remainder


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    file.seek(0)
    try:
        return zipfile.ZipFile(file)
    # NotImplementedError: zipfile raises it for unsupported ZIP variants, such as archives split over disks.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise TableError(DAMAGED) from None


def _unpacked(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the decompressed bytes of a part, ignoring its declared size. Raises TableError for damage."""
    if part.flag_bits & 0x1:
        raise TableError("The workbook is protected by a password. Save it without one.")
    whole = copy(part)
    whole.file_size = sys.maxsize
    try:
        with book.open(whole) as stream:
            while piece := stream.read(_PIECE):
                yield piece
    # NotImplementedError: zipfile raises it for an unsupported compression of the part.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError):
        raise TableError(DAMAGED) from None


def formulas(file: IO[bytes], sheet: str) -> frozenset[tuple[int, int]]:
    """Return row and column, both from 1, of a sheet's formula cells; at most the first 20,000."""
    book = _open(file)
    name = _sheet_parts(book).get(sheet)
    if name is None:
        return frozenset()
    cells: set[tuple[int, int]] = set()
    for piece in _whole(_unpacked(book, book.getinfo(name)), b"</c>"):
        cells |= {(int(row), _number(column)) for column, row in _FORMULA.findall(piece)}
        if len(cells) > _MOST_FORMULAS:
            break
    return frozenset(cells)


def _sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Return the name of the part that contains each sheet, according to the workbook's index."""
    listed, links = _parsed(book, "xl/workbook.xml"), _parsed(book, "xl/_rels/workbook.xml.rels")
    if listed is None or links is None:
        return {}
    targets = {element.get("Id"): element.get("Target", "") for element in links}
    parts: dict[str, str] = {}
    for element in listed.iter():
        if element.tag.rpartition("}")[2] == "sheet":
            key = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part == posixpath.normpath(part) and part in book.namelist():
                parts.setdefault(element.get("name", ""), part)
    return parts


def _parsed(book: zipfile.ZipFile, name: str) -> Element | None:
    try:
        with book.open(name) as part:
            root: Element = ElementTree.fromstring(part.read(_SMALL))
            return root
    except (KeyError, ElementTree.ParseError, DefusedXmlException, zipfile.BadZipFile, zlib.error):
        return None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
