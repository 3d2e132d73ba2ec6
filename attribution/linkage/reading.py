"""Loads CSV and XLSX files into text tables: encoding, delimiter, headings, row numbers. Stores nothing.

DuckDB reads a CSV directly. A file that is not UTF-8 or contains NUL bytes, and a sheet of a workbook, is first written
as CSV to the work folder.
"""

import codecs
import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import duckdb

from pagetojob.importer.errors import TableError
from pagetojob.importer.reading import DELIMITERS, delimiter_of, something_else

from .errors import LinkageError, Problem
from .fields import FILES, place
from .guessing import SEEN_IN_CELLS, by_cells
from .sifting import NAMED, sift

#: Kinds whose rows have a date.
DATED = ("leads", "jobs")
LARGEST_SIZE = 4 * 1024**3
_CHUNK = 4 * 1024**2
_START = 65_536
#: Lines searched for the headings, which may follow titles.
_TITLES = 20
#: Lines sampled to recognize columns by their cells.
_SAMPLE = 220
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass
class Input:
    """An input file as read: its number of rows, encoding, delimiter, and the headings of each field."""

    kind: str
    path: Path
    rows: int = 0
    encoding: str = "UTF-8"
    delimiter: str = "comma"
    fields: dict[str, list[str]] = field(default_factory=dict)


def load(
    db: duckdb.DuckDBPyConnection,
    kind: str,
    path: Path,
    *,
    work: Path,
    mapping: Mapping[str, str] | None = None,
    expected: int = 0,
) -> tuple[Input, list[Problem]]:
    """Fill the table `raw_KIND`: `row` (as a spreadsheet numbers it) and one text column per field.

    If the number of `expected` rows is given, a file ten times as long is rejected. Raises LinkageError if the file is
    not a table.
    """
    source = Input(kind, path)
    problems: list[Problem] = []
    readable = _readable(source, work, problems)
    if expected and source.rows > 10 * expected:
        raise LinkageError(_too_long(kind, source.rows, expected))
    headings, skipped = _headings(source, readable, mapping)
    places = place(kind, headings, mapping)
    if kind in DATED:
        _place_by_cells(places, headings, lambda: _sample(readable, source, skipped))
    source.fields = {name: [headings[at] for at in columns] for name, columns in places.items()}
    delimiter = next(sign for sign, name in DELIMITERS.items() if name == source.delimiter)
    clean, left_out = sift(
        readable, work / f"{kind}-sifted.csv", delimiter=delimiter, skipped=skipped, width=len(headings)
    )
    problems += [replace(problem, file=path.name) for problem in left_out]
    numbered = clean != readable
    _read(
        db, source, clean, headings=headings, skipped=0 if numbered else skipped, numbered=numbered, places=places,
        problems=problems,
    )  # fmt: skip
    if expected and source.rows > 10 * expected:
        raise LinkageError(_too_long(kind, source.rows, expected))
    if kind in DATED:
        _parse_dates(db, source, problems)
    if not source.rows:
        problems.append(Problem(path.name, 0, "There are no rows below the headings."))
    return source, problems


def _place_by_cells(places: dict[str, list[int]], headings: list[str], sample: Callable[[], list[list[str]]]) -> None:
    """Assign columns by their cells to fields that no heading matched."""
    missing = [name for name in SEEN_IN_CELLS if name not in places]
    rows = sample() if missing else []
    for name in missing:
        taken = {at for columns in places.values() for at in columns}
        if (at := by_cells(name, headings, rows, taken)) is not None:
            places[name] = [at]


def _parse_dates(db: duckdb.DuckDBPyConnection, source: Input, problems: list[Problem]) -> None:
    """Add `seen_at` and `odd_date` to the table. Parses `created`, with the day first if the file shows that.

    That is the case if some date can only be read with the day first, and none only with the month first.
    """
    raw = f"raw_{source.kind}"
    db.execute(
        f"CREATE OR REPLACE TABLE {raw} AS SELECT *, loose_when(created) AS tidy FROM {raw}"  # noqa: S608 - constant SQL
    )
    rows = db.execute(
        "SELECT count(*) FILTER (WHERE days), count(*) FILTER (WHERE months), min(created) FILTER (WHERE days) FROM ("  # noqa: S608
        f"SELECT created, day_first(tidy) AS days, month_first(tidy) AS months FROM {raw} WHERE tidy IS NOT NULL)"
    ).fetchall()
    first, other, example = rows[0]
    days = bool(first and not other)
    db.execute(
        f"CREATE OR REPLACE TABLE {raw} AS SELECT * EXCLUDE (tidy), parsed_when(created, tidy, {days}) AS seen_at, "  # noqa: S608
        f"{not days} AND coalesce(day_first(tidy), false) AS odd_date FROM {raw}"
    )
    if days:
        problems.append(
            Problem(
                source.path.name,
                0,
                f"Dates such as “{example}” have the day first, so all similar dates were read that way.",
            )
        )


def _too_long(kind: str, rows: int, expected: int) -> str:
    return (
        f"The {kind} file has {rows:,} rows, more than ten times the {expected:,} expected. Nothing was linked. "
        "Check the file, or raise the expected number."
    )


def _readable(source: Input, work: Path, problems: list[Problem]) -> Path:
    """Return the file itself if DuckDB can read it, otherwise a UTF-8 copy in the work folder."""
    path = source.path
    if not path.is_file():
        raise LinkageError(f"The file {path} does not exist.")
    if path.stat().st_size > LARGEST_SIZE:
        raise LinkageError(f"{path.name} is larger than {LARGEST_SIZE // 1024**3} GB. Split it by month.")
    with path.open("rb") as file:
        start = file.read(_START)
    if not start.strip():
        raise LinkageError(f"{path.name} is empty.")
    if start.startswith(b"PK\x03\x04"):
        return _from_workbook(source, work)
    if what := something_else(start):
        raise LinkageError(f"{path.name} is not a CSV file or XLSX workbook but {what}. Save it as one of them.")
    codec, plain = _codec(path, start)
    source.encoding = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}[codec]
    if plain:
        return path
    copy = work / f"{source.kind}.csv"
    with path.open("rb") as original, copy.open("w", encoding="utf-8", newline="") as target:
        _transcode(original, target, codec, path.name, problems)
    return copy


def _codec(path: Path, start: bytes) -> tuple[str, bool]:
    """Return the file's encoding, and whether it can be read directly."""
    for mark, codec in _BOMS:
        if start.startswith(mark):
            return codec, False
    decoder = codecs.getincrementaldecoder("utf-8")()
    clean = True
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
                clean = clean and b"\x00" not in chunk
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", False
    return "utf-8", clean


def _transcode(source: IO[bytes], target: IO[str], codec: str, name: str, problems: list[Problem]) -> None:
    decoder = codecs.getincrementaldecoder(codec)(errors="replace")
    line = 1
    named = 0
    while chunk := source.read(_CHUNK):
        text = decoder.decode(chunk)
        if "\x00" in text:
            for number, part in enumerate(text.split("\n"), start=line):
                if "\x00" in part and named < NAMED:
                    named += 1
                    problems.append(Problem(name, number, "It contains NUL bytes, which were removed."))
        line += text.count("\n")
        target.write(text.replace("\x00", ""))
    target.write(decoder.decode(b"", final=True).replace("\x00", ""))


def _from_workbook(source: Input, work: Path) -> Path:
    """Write the first sheet that is not empty as CSV."""
    import python_calamine  # noqa: PLC0415 - only for workbooks

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(source.path))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        rows = next((rows for sheet in sheets if (rows := sheet.to_python(skip_empty_area=False))), [])
    except (python_calamine.CalamineError, OSError) as error:
        raise LinkageError(f"{source.path.name} cannot be read as a workbook. Save it again as XLSX or CSV.") from error
    if not rows:
        raise LinkageError(f"{source.path.name} is empty.")
    source.encoding = "XLSX"
    copy = work / f"{source.kind}.csv"
    with copy.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([_text(cell) for cell in row] for row in rows)
    return copy


def _text(cell: Any) -> str:
    """Convert a cell to text: dates in ISO form, whole numbers without a fraction, no NUL."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return "" if cell is None else str(cell).replace("\x00", "")


def _headings(source: Input, readable: Path, mapping: Mapping[str, str] | None) -> tuple[list[str], int]:
    """Return the cells of the heading row, and the number of its last line.

    It is the first row at the top that contains the required headings, since exports begin with titles; otherwise the
    first row that is not blank.
    """
    with readable.open("rb") as file:
        text = file.read(_START).decode("utf-8-sig", errors="replace")
    lines = text.splitlines(keepends=True)
    if len(lines) > 1 and not lines[-1].endswith("\n"):
        lines.pop()
    text = "".join(lines)
    try:
        likely = delimiter_of(text)
        source.delimiter, first = DELIMITERS[likely], None
        for delimiter in (likely, *(sign for sign in DELIMITERS if sign != likely)):
            for cells, line in _first_rows(text, delimiter):
                first = first or (cells, line)
                if _has_required_headings(source.kind, cells, mapping):
                    source.delimiter = DELIMITERS[delimiter]
                    return cells, line
    except (csv.Error, TableError) as error:
        raise LinkageError(f"{source.path.name} cannot be read as a table.") from error
    if first is None:
        raise LinkageError(f"{source.path.name} is empty.")
    return first


def _sample(readable: Path, source: Input, skipped: int) -> list[list[str]]:
    """Return some of the rows below the headings."""
    with readable.open("rb") as file:
        text = file.read(_START).decode("utf-8-sig", errors="replace")
    delimiter = next(sign for sign, name in DELIMITERS.items() if name == source.delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [cells for cells in islice(reader, _SAMPLE) if reader.line_num > skipped][:-1]
    except csv.Error:
        return []


def _first_rows(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    """Return the rows at the top that are not blank, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            rows.append(([" ".join(cell.split()) for cell in cells], reader.line_num))
        if reader.line_num >= _TITLES:
            break
    return rows


def _has_required_headings(kind: str, cells: list[str], mapping: Mapping[str, str] | None) -> bool:
    try:
        place(kind, cells, mapping)
    except LinkageError:
        return False
    return True


def _read(
    db: duckdb.DuckDBPyConnection,
    source: Input,
    readable: Path,
    *,
    headings: list[str],
    skipped: int,
    numbered: bool,
    places: Mapping[str, list[int]],
    problems: list[Problem],
) -> None:
    columns = {f"c{at}": "VARCHAR" for at in range(len(headings))}
    number = f"row_number() OVER () + {skipped}"
    if numbered:
        columns, number = {"number": "BIGINT", **columns}, "number"
    delimiter = next(sign for sign, name in DELIMITERS.items() if name == source.delimiter)
    wanted = ", ".join(
        f"{_field_sql(places.get(spec.name, []), spare=spec.spare)} AS {_quoted(spec.name)}"
        for spec in FILES[source.kind]
    )
    filled = " OR ".join(f"c{at} IS NOT NULL" for at in range(len(headings)))
    try:
        db.execute(
            f"CREATE OR REPLACE TABLE raw_{source.kind} AS "  # noqa: S608 - constant names
            f"SELECT {number} AS row, {wanted} FROM read_csv(?, delim = ?, quote = '\"', "
            "escape = '\"', header = false, skip = ?, columns = ?, null_padding = true, strict_mode = false, "
            "ignore_errors = true, store_rejects = true, parallel = false, auto_detect = false, "
            "max_line_size = 4000000, rejects_table = ?, rejects_scan = ?, rejects_limit = 10000) "
            f"WHERE {filled}",
            [str(readable), delimiter, skipped, columns, f"rejects_{source.kind}", f"scans_{source.kind}"],
        )
    except duckdb.Error as error:
        first = re.sub(r"\s+", " ", str(error).splitlines()[0])[:200]
        raise LinkageError(f"{source.path.name} cannot be read as a table: {first}") from error
    source.rows = count_of(db, f"SELECT count(*) FROM raw_{source.kind}")  # noqa: S608
    rejected = db.execute(
        f"SELECT DISTINCT line, error_type FROM rejects_{source.kind} ORDER BY line LIMIT {NAMED}"  # noqa: S608
    ).fetchall()
    for line, kind in rejected:
        problems.append(
            Problem(source.path.name, int(line), f"It was left out: {str(kind).lower()} ({len(headings)} headings).")
        )


def _field_sql(columns: list[int], *, spare: bool) -> str:
    """Return SQL for a field's text: filled columns joined with a slash or, with `spare`, the first filled column."""
    if not columns:
        return "CAST(NULL AS VARCHAR)"
    if len(columns) == 1:
        return f"nullif(trim(c{columns[0]}), '')"
    if spare:
        return f"coalesce({', '.join(f"nullif(trim(c{at}), '')" for at in columns)})"
    return f"nullif(concat_ws(' / ', {', '.join(f"nullif(trim(c{at}), '')" for at in columns)}), '')"


def _quoted(name: str) -> str:
    return f'"{name}"'


def count_of(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(db.execute(sql).fetchall()[0][0])
