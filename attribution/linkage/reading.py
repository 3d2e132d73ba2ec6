"""Loads CSV and XLSX files into text tables. Stores nothing.

The rows that the importer reads are written as a plain CSV to the work folder, with their numbers, which DuckDB loads.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import duckdb

from pagetojob.importer.errors import TableError
from pagetojob.importer.records import Line
from pagetojob.importer.tables import Limits, Table, is_total, open_table

from .cells import (
    SEEN_IN_CELLS,
    by_cells,
    column_of_channels,
    column_of_names,
    contradicts,
    is_of_places,
    more_by_cells,
)
from .errors import LinkageError, Problem, listed
from .fields import FILES, place, taken_in
from .guessing import by_words
from .sql import Script

#: Kinds whose rows have a date.
DATED = ("leads", "jobs", "bookings", "invoices")
LARGEST_SIZE = 4 * 1024**3
LIMITS = Limits(rows=1_000_000_000, columns=2_000, line=4_000_000, errors="replace")
#: Separates cells in the work folder. Almost no cell contains it, so almost no row needs quotes.
_BETWEEN = "\x1f"
#: Rows sampled to recognize columns by their cells. Some columns, such as projects, are blank in the first thousand.
_SAMPLE = 2_000
#: `Created (UTC)`.
_UTC = re.compile(r"\b(UTC|GMT)\b", re.IGNORECASE)
_SQL = Script("input")


@dataclass
class Input:
    """An input file as read: its number of rows, encoding, delimiter, and the headings of each field."""

    kind: str
    path: Path
    rows: int = 0
    encoding: str = "UTF-8"
    delimiter: str = "comma"
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Copy:
    """The rows of an input file as a plain CSV with their numbers, and the columns of each field.

    `unquoted` is true if no cell is quoted, so that each row is a line and several threads can read the file.
    """

    source: Input
    plain: Path
    places: Mapping[str, list[int]]
    problems: list[Problem]
    unquoted: bool


def copy(kind: str, path: Path, work: Path, *, mapping: Mapping[str, str] | None = None, expected: int = 0) -> Copy:
    """Write the rows of a file to the work folder. Needs no database.

    If the number of `expected` rows is given, a file ten times as long is rejected. Raises LinkageError if the file is
    not a table.
    """
    if not path.is_file():
        raise LinkageError(f"The file {path} does not exist.")
    if path.stat().st_size > LARGEST_SIZE:
        raise LinkageError(f"{path.name} is larger than {LARGEST_SIZE // 1024**3} GB. Split it by month.")
    source, plain = Input(kind, path), work / f"{kind}-rows.csv"
    try:
        with path.open("rb") as file:
            table = open_table(file, lambda cells: _fields_in(kind, cells, mapping), limits=LIMITS)
            places, problems, unquoted = _write_plain(source, table, plain, mapping, 10 * expected)
    except TableError as error:
        raise LinkageError(f"{path.name}: {error}") from error
    if not source.rows:
        problems.append(Problem(path.name, 0, "There are no rows below the headings."))
    return Copy(source, plain, places, problems, unquoted)


def load(db: duckdb.DuckDBPyConnection, copied: Copy) -> None:
    """Fill the table `raw_KIND`: `row` (as a spreadsheet numbers it) and one text column per field."""
    _read_plain(db, copied)
    if "contact" in copied.places:
        _SQL.run(db, "note_contact", kind=copied.source.kind)
    if "recall" in copied.places:
        _SQL.run(db, "note_recall", kind=copied.source.kind)
    if "service_street" in copied.places:
        _SQL.run(db, "use_service_street", kind=copied.source.kind)
    if copied.source.kind in DATED:
        _parse_dates(db, copied.source, copied.problems)


def _tidy(cells: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in cells]


def _fields_in(kind: str, cells: Sequence[str], mapping: Mapping[str, str] | None) -> int:
    """Return how many fields the headings have; 0 without the required ones."""
    try:
        return len(place(kind, _tidy(cells), mapping))
    except LinkageError:
        return 0


def _write_plain(
    source: Input, table: Table, path: Path, mapping: Mapping[str, str] | None, most: int
) -> tuple[dict[str, list[int]], list[Problem], bool]:
    """Write the rows with their numbers; return each field's columns, problems, and whether no cell is quoted.

    Totals, rows that cannot be read, and rows with more cells than headings are left out. A row with fewer cells is
    completed with blanks, since some exports omit trailing blanks.
    """
    headings = _tidy(table.heading.cells)
    sample = list(islice((line for line in table.rows if line.cells or line.problem), _SAMPLE))
    places = _place(source.kind, headings, [line.cells for line in sample], mapping or {})
    source.encoding, source.delimiter = table.format.form, table.format.delimiter or "comma"
    source.fields = {name: [headings[at] for at in columns] for name, columns in places.items()}
    odd: dict[str, list[int]] = defaultdict(list)
    width = max(taken_in(places)) + 1
    blanks, unquoted = [""] * width, True
    with path.open("w", encoding="utf-8", newline="") as file:
        quoting = csv.writer(file, delimiter=_BETWEEN, lineterminator="\n")
        for line in _good(chain(sample, table.rows), len(headings), odd):
            source.rows += 1
            if most and source.rows > most:
                raise LinkageError(
                    f"The {source.kind} file has more than ten times the {most // 10:,} expected rows. Nothing was "
                    "linked. Check the file, or raise the expected number."
                )
            cells = [str(line.number), *line.cells[:width], *blanks[len(line.cells) :]]
            text = _BETWEEN.join(cells)
            if '"' in text or "\n" in text or "\r" in text or text.count(_BETWEEN) > width:
                quoting.writerow(cells)
                unquoted = False
            else:
                file.write(f"{text}\n")  # a third of the time
    return places, listed(source.path.name, odd), unquoted


def _good(lines: Iterator[Line], width: int, odd: dict[str, list[int]]) -> Iterator[Line]:
    """Yield the rows to link; add the numbers of all rows with a problem to `odd`."""
    for line in lines:
        if len(line.cells) == width and not line.problem and not is_total(line):
            yield line  # nearly all rows
        elif line.cells or line.problem:
            why = _why_left_out(line, width)
            if note := why or ("It contains NUL bytes, which were removed." if line.problem else ""):
                odd[note].append(line.number)
            elif len(line.cells) < width:
                note = f"It has {len(line.cells)} cells for {width} headings, so the missing ones were read as blank."
                odd[note].append(line.number)
            if not why:
                yield line


def _why_left_out(line: Line, width: int) -> str:
    if line.problem and not line.cells:
        return f"It was left out. {line.problem}"
    if is_total(line):
        return "A row of totals was left out."
    many = len(line.cells)
    while many > width and not line.cells[many - 1].strip():
        many -= 1
    return f"It has {many} cells for {width} headings, so it was left out." if many > width else ""


def _place(
    kind: str, headings: Sequence[str], rows: Sequence[Sequence[str]], mapping: Mapping[str, str]
) -> dict[str, list[int]]:
    """Map each field to its columns by the headings and the cells of a sample.

    A column whose cells contradict its heading is used only for a field whose cells look like that.
    """
    usable = list(headings)
    while True:
        places = place(kind, usable, mapping)
        wrong = {
            at
            for name, columns in places.items()
            for at in columns
            if name not in mapping and (name != "id" or kind == "leads") and contradicts(name, at, rows)
        }
        if not wrong:
            break
        usable = ["" if at in wrong else heading for at, heading in enumerate(usable)]
    _place_by_cells(kind, places, headings, rows)
    return places


def _place_by_cells(
    kind: str, places: dict[str, list[int]], headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Assign columns by their cells to fields that no heading matched. A `State` in an address is no status."""
    if "status" in places and is_of_places(places["status"][0], rows):
        taken = taken_in(places)
        del places["status"]
        places |= by_words(kind, headings, ["status"], taken)
    if kind not in ("leads", "jobs"):
        return
    wanted = {spec.name for spec in FILES[kind]} - places.keys()
    for name in SEEN_IN_CELLS:
        if name in wanted and (at := by_cells(name, headings, rows, taken_in(places))) is not None:
            places[name] = [at]
    for name, more in more_by_cells(headings, rows, taken_in(places)).items():
        places[name] = sorted(places.get(name, []) + more)
    if not {"name", "last"} & places.keys() and (at := column_of_names(headings, rows, taken_in(places))) is not None:
        places["name"] = [at]
    if "channel" in wanted and (at := column_of_channels(headings, rows, taken_in(places))) is not None:
        places["channel"] = [at]


def _parse_dates(db: duckdb.DuckDBPyConnection, source: Input, problems: list[Problem]) -> None:
    """Add `seen_at` and `odd_date` to the table. Parses `created`, with the day first if the file shows that.

    That is the case if some date can only be read with the day first, and none only with the month first.
    """
    _SQL.run(db, "parse_dates", kind=source.kind)
    first, other, example = _SQL.rows(db, "day_first_dates", kind=source.kind)[0]
    if first and not other:
        _SQL.run(db, "parse_dates_day_first", kind=source.kind)
        sentence = f"Dates such as “{example}” have the day first, so all similar dates were read that way."
        problems.append(Problem(source.path.name, 0, sentence))
    if any(_UTC.search(heading) for heading in source.fields.get("created", ())):
        _SQL.run(db, "state_utc", kind=source.kind)


def _read_plain(db: duckdb.DuckDBPyConnection, copied: Copy) -> None:
    """Load the plain CSV. Without a stated line end, DuckDB would take a line break in the first row's cells for it."""
    source, plain, places = copied.source, copied.plain, copied.places
    width = max(taken_in(places)) + 1
    wanted = ", ".join(
        f"{_field_sql(spec.name, places.get(spec.name, []), spare=spec.spare)} AS {_quoted(spec.name)}"
        for spec in FILES[source.kind]
    )
    try:
        db.execute(
            f"CREATE OR REPLACE TABLE raw_{source.kind} AS "  # noqa: S608 - constant names
            f"SELECT number AS row, {wanted} FROM read_csv(?, delim = '{_BETWEEN}', quote = '\"', escape = '\"', "
            f"header = false, columns = ?, parallel = {copied.unquoted}, auto_detect = false, new_line = '\\n', "
            "max_line_size = 8000000)",
            [str(plain), {"number": "BIGINT"} | {f"c{at}": "VARCHAR" for at in range(width)}],
        )
    except duckdb.Error as error:
        first = re.sub(r"\s+", " ", str(error).splitlines()[0])[:200]
        raise LinkageError(f"{source.path.name} cannot be read as a table: {first}") from error


def _field_sql(name: str, columns: list[int], *, spare: bool) -> str:
    """Return SQL for a field's text: filled columns joined with a slash or, with `spare`, the first filled column.

    Rows without a column of IDs are named by their number.
    """
    if not columns:
        return "'row ' || number" if name == "id" else "CAST(NULL AS VARCHAR)"
    if len(columns) == 1:
        return f"nullif(trim(c{columns[0]}), '')"
    if spare:
        return f"coalesce({', '.join(f"nullif(trim(c{at}), '')" for at in columns)})"
    return f"nullif(concat_ws(' / ', {', '.join(f"nullif(trim(c{at}), '')" for at in columns)}), '')"


def _quoted(name: str) -> str:
    return f'"{name}"'
