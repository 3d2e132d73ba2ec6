"""Checks one export: reads every row and reports each problem with its row number. No I/O; `today` is a parameter.

A file with a problem is rejected completely, so that no import is partial. A remark is unusual but accepted.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pagetojob.importer.columns import Columns
from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import FieldKind, Mapped, guess, missing, twins
from pagetojob.importer.staging import TOTALS, Staged, Stager
from pagetojob.importer.tables import Table

from .columns import CURRENCY, DATED, KINDS, TENANT, US_DOLLARS

#: Problems and remarks listed one by one; any others are only counted.
NAMED = 1_000
_EMPTY: Mapping[FieldKind, Any] = {FieldKind.TEXT: "", FieldKind.BOOLEAN: False}
#: The status of a part of a payment that was moved to another invoice, and is void since.
MOVED = "moved to another invoice"
VOID = frozenset({"void", "voided", "deleted", "cancelled", "canceled"})


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """A sentence about one row, numbered as in a spreadsheet, or about the whole file if `row` is 0."""

    row: int
    sentence: str

    def __str__(self) -> str:
        return f"row {self.row:,}: {self.sentence}" if self.row else self.sentence


@dataclass(slots=True)
class Checked:
    """Content of a file. Each of its rows is in `rows` (row number, values by column), `refused` or `skipped`."""

    kind: str
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    skipped: set[int] = field(default_factory=set)
    problems: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    covers: tuple[dt.date, dt.date] | None = None
    sheet: str = ""
    unknown: str = ""

    @property
    def total(self) -> int:
        return len(self.rows) + len(self.refused) + len(self.skipped)


@dataclass(frozen=True, slots=True)
class FileContext:
    """The tenant that a file belongs to: its names, time zone and current date, and the row limit (0 for none)."""

    names: frozenset[str]
    zone: ZoneInfo
    today: dt.date
    most_rows: int = 0


def check(kind: str, table: Table, context: FileContext, places: Mapped | None = None) -> Checked:
    """Read every row of `table`. Raises TableError if a required column is missing or there are too many rows.

    `places` are the columns of each field, if a person confirmed them; by default they are recognized by heading.
    """
    columns = Columns(table.heading.cells, places) if places else _columns(kind, table.heading.cells)
    stager = Stager(KINDS[kind], columns.places, columns.headings, zone=context.zone, personal=True)
    fields = {name: columns.headings_of(name) for name in columns.places}
    checked = Checked(kind, fields=fields, sheet=table.format.sheet)
    if columns.unknown:
        checked.unknown = f"Columns that are not imported: {columns.unknown}."
        checked.remarks.append(Remark(0, checked.unknown))
    seen: dict[object, int] = {}
    for line in table.rows:
        if line.cells or line.problem:
            _take_row(checked, stager.stage(line), seen, context)
        if context.most_rows and checked.total > context.most_rows:
            raise TableError(
                f"It has over {context.most_rows:,} rows, more than ten times as many as any earlier file of {kind}. "
                "Check the file and the business. If both are right, confirm its number of rows: on the page of the "
                "import, or with the command and its --expect-rows option."
            )
    if not checked.rows and not checked.refused:
        raise TableError("There are no rows below the headings.")
    checked.covers = period_of(kind, checked.rows, context.zone)
    for sort in (checked.problems, checked.remarks):
        sort.sort()
    return checked


def _columns(kind: str, headings: Sequence[str]) -> Columns:
    if pair := twins(headings):
        raise TableError(f"Two columns of the {kind} file are named “{headings[pair[0] - 1]}”. Rename one.")
    columns = Columns(headings, guess(KINDS[kind], headings))
    if lacking := missing(KINDS[kind], columns.places):
        raise TableError(
            f"The {kind} file has no column with the {kind[:-1]}'s {lacking.label}. Rename one to “{lacking.label}”."
        )
    return columns


def _take_row(checked: Checked, staged: Staged, seen: dict[object, int], context: FileContext) -> None:
    if staged.skipped:
        checked.skipped.add(staged.number)
        checked.remarks.append(Remark(staged.number, TOTALS))
        return
    empty = {spec.name: _EMPTY.get(spec.kind) for spec in KINDS[checked.kind]}
    read = {name: empty[name] if value is None else value for name, value in staged.values.items()}
    problems = [str(problem) for problem in staged.problems]
    if (whose := read.pop(TENANT, "")) and whose.casefold() not in context.names:
        problems.append("It belongs to another business.")
    if (currency := read.pop(CURRENCY, "")) and currency.casefold() not in US_DOLLARS:
        problems.append("Its amount is not in US dollars, the only currency that is counted.")
    for name, value in read.items():
        if (day := _day(value, context.zone)) and day > context.today:
            problems.append(f"“{' and '.join(checked.fields[name])}” is in the future.")
    if first := _first_with(read, staged.number, seen):
        problems.append(f"It has the same ID as row {first:,}.")
    if problems:
        checked.refused.add(staged.number)
        checked.problems += [Remark(staged.number, problem) for problem in problems]
    else:
        checked.rows.append((staged.number, _normalized(checked, staged.number, read)))


def _first_with(read: Mapping[str, Any], number: int, seen: dict[object, int]) -> int:
    """Return the earlier row with the same ID, or 0. A payment may occur once per invoice it was applied to."""
    key = (read.get("external_id"), read.get("invoice_external_id"))
    return 0 if key[0] is None or seen.setdefault(key, number) == number else seen[key]


def _day(value: object, zone: ZoneInfo) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).date()
    return value if isinstance(value, dt.date) else None


def _normalized(checked: Checked, number: int, read: dict[str, Any]) -> dict[str, Any]:
    """Join first and last name, derive `voided`, and add remarks to what is unusual.

    A file with neither a status nor a void column states nothing about it, so a stored void stays.
    """
    remarks = []
    if any(isinstance(value, str) and value.startswith(("=", "@")) for value in read.values()):
        remarks.append("A cell starts like a formula; it was read as text.")
    if checked.kind in DATED and read.get(DATED[checked.kind]) is None:
        remarks.append("It has no date, so it belongs to no period.")
    first, last = read.pop("first", ""), read.pop("last", "")
    if first or last:
        read["name"] = f"{first} {last}".strip()[:200]
    if read.keys() & {"voided", "status"} and checked.kind in ("invoices", "payments"):
        read["voided"] = bool(read.get("voided")) or str(read.get("status", "")).casefold() in VOID
    if checked.kind in ("invoices", "payments"):
        amount = read.get("total", read.get("amount"))
        if amount is not None and amount < 0:
            remarks.append("Its amount is negative, so it is a refund or credit.")
    checked.remarks += [Remark(number, remark) for remark in remarks]
    return read


def period_of(kind: str, rows: Iterable[tuple[int, dict[str, Any]]], zone: ZoneInfo) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of the rows, in the zone of the tenant; None if no row has a date."""
    days = [day for _, values in rows if (day := _day(values.get(DATED.get(kind, "")), zone))]
    return (min(days), max(days)) if days else None


def as_sentences(remarks: Iterable[Remark]) -> list[str]:
    """Return the first thousand as sentences, and how many more there are."""
    all_of = list(remarks)
    more = [f"{len(all_of) - NAMED:,} more."] if len(all_of) > NAMED else []
    return [str(remark) for remark in all_of[:NAMED]] + more
