"""Text of a CSV: its encoding, its delimiter, and its records, which a spreadsheet shows as rows. Pure."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

from pagetojob.platform.text_codecs import unicode_codec

from .errors import TableError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
#: First bytes of other file types that people mistake for a CSV.
_OTHERS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\x1f\x8b": "a compressed file (gzip)",
}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[!?a-zA-Z]")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\[{\"0-9\]])")
_PIECE = 1024**2
#: Largest record that a quotation mark may extend over several lines.
_MOST_LINES, _MOST_CHARS = 5_000, 200_000
#: Characters read again because a quotation mark was not closed; after that, only the line itself is read.
_MOST_REREAD = 64 * 1024**2

_NUL = "It contains a NUL byte, so it is not plain text."
_NEVER_CLOSED = "A quotation mark is never closed."
_WRONG_PLACE = "A quotation mark is in the wrong place. Double it inside quotes."
_TOO_LONG = "A cell is too long. A quotation mark may be missing."
_AMBIGUOUS = "A quotation mark is missing here or in a row next to it, so its cells are unclear."


class Line(NamedTuple):
    """A row: its number, its cells as text, and the problem if it is unreadable. A blank row has no cells."""

    number: int
    cells: tuple[str, ...]
    problem: str = ""
    formula_at: int = 0


def codecs_of(start: bytes) -> list[tuple[str, str]]:
    """Return the codecs to try for a text, with their names. Raises TableError if the file is not text.

    Without a byte order mark: UTF-16 if the NUL bytes suggest it, else UTF-8, else Windows-1252.
    """
    what = next((what for mark, what in _OTHERS.items() if start.startswith(mark)), "")
    if what := what or ("a web page or XML" if _MARKUP.match(start) else "JSON" if _JSON.match(start) else ""):
        raise TableError(f"This is {what}, not a CSV. Save the sheet as CSV and upload that file.")
    known = unicode_codec(start)
    return [known] if known else [("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]


def codec_of(file: IO[bytes], start: bytes, errors: str) -> tuple[str, str]:
    """Return the first likely codec that decodes the whole file, read in pieces, and its name.

    `errors` applies to the last one: "replace" accepts any bytes. Raises TableError.
    """
    likely = codecs_of(start)
    for codec, name in likely:
        decoder = codecs.getincrementaldecoder(codec)(errors if (codec, name) == likely[-1] else "strict")
        file.seek(0)
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeError:
            continue
        return codec, name
    raise TableError("Its encoding is not supported. Save it as UTF-8 and upload it again.")


def records(lines: Iterable[str], delimiter: str, width: int = 0) -> Iterator[Line]:
    """Yield the records of a text, given its lines with their ends. Each line is in exactly one record.

    A line whose quotation marks do not add up is a record with a problem. With the number of headings as `width`, it
    never takes the lines after it along.
    """
    for number, (cells, problem) in enumerate(_Splitter(lines, delimiter, width).split(), start=1):
        if "\x00" in "".join(cells):
            yield Line(number, tuple(cell.replace("\x00", "") for cell in cells), _NUL)
        else:
            yield Line(number, tuple(cells), problem)


class _Splitter:
    """Splits lines into records. Reads ahead only behind an open quotation mark, and returns lines it cannot use."""

    def __init__(self, lines: Iterable[str], delimiter: str, width: int) -> None:
        self._lines, self._delimiter, self._width = iter(lines), delimiter, width
        self._returned: deque[str] = deque()
        self._left = _MOST_REREAD

    def split(self) -> Iterator[tuple[list[str], str]]:
        while line := self._next():
            if '"' in line:
                yield from self._quoted(line)
            else:
                yield line.rstrip("\r\n").split(self._delimiter), ""

    def _next(self) -> str:
        return self._returned.popleft() if self._returned else next(self._lines, "")

    def _quoted(self, line: str) -> Iterator[tuple[list[str], str]]:
        """Yield the record that begins with a line, or the line with its problem."""
        taken: list[str] = []
        try:
            cells = next(csv.reader(self._read_ahead(line, taken), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            self._return(taken[1:])
            yield [], _problem_of(str(error))
            return
        if len(taken) > 1 and (lines := self._doubtful(taken, len(cells))):
            self._return(taken[lines:])
            yield from [([], _AMBIGUOUS if lines > 1 else _NEVER_CLOSED)] * lines
        else:
            yield cells, ""

    def _read_ahead(self, line: str, taken: list[str]) -> Iterator[str]:
        left = min(_MOST_CHARS, self._left)
        while line:
            taken.append(line)
            yield line
            left -= len(line)
            line = self._next() if len(taken) < _MOST_LINES and left > 0 else ""

    def _return(self, lines: Sequence[str]) -> None:
        self._left -= sum(map(len, lines))
        self._returned.extendleft(reversed(lines))

    def _doubtful(self, taken: Sequence[str], width: int) -> int:
        """Return how many of the lines that became one record to refuse, because they may be separate rows."""
        first = self._is_wide(taken[0].split(self._delimiter))
        between = any(map(self._is_whole, taken[1:-1]))
        if width != self._width:
            return 1 if first or between else 0
        return len(taken) if between or (first and self._is_whole(taken[-1], broken=True)) else 0

    def _is_whole(self, line: str, *, broken: bool = False) -> bool:
        """Return whether a line may be a record by itself; with `broken`, even if its quotation marks do not add up."""
        if not line.strip():
            return False
        try:
            return self._is_wide(next(csv.reader([line], delimiter=self._delimiter, strict=True)))
        except csv.Error:
            return broken and self._is_wide(line.split(self._delimiter))

    def _is_wide(self, cells: Sequence[str]) -> bool:
        """Return whether there is a cell for each heading, and beyond only blank ones."""
        return len(cells) >= self._width > 0 and not any(cell.strip() for cell in cells[self._width :])


def _problem_of(error: str) -> str:
    if "larger than field limit" in error:
        return _TOO_LONG
    return _NEVER_CLOSED if "unexpected end" in error else _WRONG_PLACE
