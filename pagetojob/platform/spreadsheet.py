"""CSV files that spreadsheets open safely: no cell is taken for a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

#: Spreadsheets guess the encoding of a file without one.
BYTE_ORDER_MARK = "\ufeff"

_FORMULA_STARTS = "=+-@"
#: A quote after a separator opens an empty quoted cell, and the rest is read as the start of a cell.
_AFTER_SEPARATOR = re.compile(r"([;,])(?=[\s\"]*([^\s\";,]))")


def safe_cell(value: object) -> str:
    """Return the text of a cell that no spreadsheet runs as a formula, with any separator; empty for None.

    Removes control and invisible characters. Puts an apostrophe before a cell, and before each part of it after a
    separator, that begins like a formula (white space and full-width forms included).
    """
    text = "" if value is None else str(value)
    if not text.isascii() or not text.isprintable():
        text = "".join(" " if char.isspace() else char for char in text if _is_printable(char))
    text = _AFTER_SEPARATOR.sub(lambda match: match[1] + ("'" if _starts_formula(match[2]) else ""), text)
    return f"'{text}" if _starts_formula(text.lstrip()[:1]) else text


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as UTF-8 CSV with every cell quoted and safe. The byte order mark is the caller's."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _is_printable(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _starts_formula(char: str) -> bool:
    plain = unicodedata.normalize("NFKC", char)
    return bool(plain) and (
        plain[0] in _FORMULA_STARTS or unicodedata.category(plain[0]) == "Pd" or plain[0] == "\u2212"
    )
