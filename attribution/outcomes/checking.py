"""Checks one export: reads every row and reports each problem with its row number. No I/O; `today` is a parameter.

A file with a problem is rejected completely, so that no import is partial. A remark is unusual but accepted.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pagetojob.importer.columns import Columns
from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import FieldKind, FieldSpec, guess, missing, twins
from pagetojob.importer.opening import Line

from . import values
from .columns import DATED, KINDS, TENANT
from .table import ExtractedTable

#: Problems and remarks listed one by one; any others are only counted.
NAMED = 1_000
_SPREADSHEET = ("=", "@", "\t", "\r")
_EMPTY: Mapping[FieldKind, Any] = {FieldKind.TEXT: "", FieldKind.BOOLEAN: False}
_READ: Mapping[FieldKind, Callable[[str, ZoneInfo], Any]] = {
    FieldKind.WHOLE: lambda text, zone: values.whole(text),
    FieldKind.MONEY: lambda text, zone: values.money(text),
    FieldKind.MOMENT: values.moment,
    FieldKind.DATE: values.day,
    FieldKind.BOOLEAN: lambda text, zone: values.yes(text),
}
VOID = frozenset({"void", "voided", "deleted", "cancelled", "canceled"})


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """A sentence about one row, numbered as in a spreadsheet."""

    row: int
    sentence: str

    def __str__(self) -> str:
        return f"row {self.row:,}: {self.sentence}"


@dataclass(slots=True)
class Checked:
    """Content of a file. `rows` are (row number, values by column); do not use them if there are problems."""

    kind: str
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    covers: tuple[dt.date, dt.date] | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class FileContext:
    """The tenant that a file belongs to: its names, time zone and current date, and the row limit (0 for none)."""

    names: frozenset[str]
    zone: ZoneInfo
    today: dt.date
    most_rows: int = 0


def check(kind: str, table: ExtractedTable, context: FileContext) -> Checked:
    """Read every row of `table`. Raises TableError if a required column is missing or there are too many rows."""
    columns = _columns(kind, table.headings)
    if context.most_rows and len(table.rows) > context.most_rows:
        raise TableError(
            f"It has {len(table.rows):,} rows, more than ten times as many as any earlier file of {kind}. Check the "
            "file and the business. If both are right, import it with the command and its --expect-rows option."
        )
    checked = Checked(kind, fields={name: columns.headings_of(name) for name in columns.places}, sheet=table.sheet)
    checked.problems += [Remark(number, why) for number, why in table.unreadable]
    for row in table.rows:
        _read_row(checked, row, columns, context)
    _check_duplicates(checked)
    _set_period(checked, context)
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


def _read_row(checked: Checked, row: Line, columns: Columns, context: FileContext) -> None:
    read: dict[str, Any] = {}
    for spec in KINDS[checked.kind]:
        if not columns.has(spec.name):
            continue
        text = " / ".join(cell for typed in columns.cells(row.cells, spec.name) if (cell := " ".join(typed.split())))
        try:
            read[spec.name] = _value(spec, text, context.zone)
        except values.BadValue as bad:
            heading = " and ".join(checked.fields[spec.name])
            checked.problems.append(Remark(row.number, f"“{heading}” {bad}."))
            read[spec.name] = None
        if spec.kind is FieldKind.TEXT and text.startswith(_SPREADSHEET):
            checked.remarks.append(Remark(row.number, "A cell starts like a formula; it was read as text."))
    if (whose := read.pop(TENANT, "")) and whose.casefold() not in context.names:
        checked.problems.append(Remark(row.number, "It belongs to another business."))
    _check_dates(checked, row.number, read, context)
    checked.rows.append((row.number, _normalized(checked, row.number, read)))


def _value(spec: FieldSpec, text: str, zone: ZoneInfo) -> Any:
    if not text:
        if spec.required:
            raise values.BadValue("is empty")
        return _EMPTY.get(spec.kind)
    if spec.kind is FieldKind.TEXT:
        return text.replace("\x00", "")[: spec.longest]
    return _READ[spec.kind](text, zone)


def _check_dates(checked: Checked, number: int, read: Mapping[str, Any], context: FileContext) -> None:
    """Report future dates as problems, and a missing main date as a remark."""
    for name, value in read.items():
        day = value.astimezone(context.zone).date() if isinstance(value, dt.datetime) else value
        if isinstance(day, dt.date) and day > context.today:
            checked.problems.append(Remark(number, f"“{' and '.join(checked.fields[name])}” is in the future."))
    dated = DATED.get(checked.kind)
    if dated and read.get(dated) is None:
        checked.remarks.append(Remark(number, "It has no date, so it belongs to no period."))


def _normalized(checked: Checked, number: int, read: dict[str, Any]) -> dict[str, Any]:
    """Join first and last name, derive `voided` from the status, and add a remark to negative amounts."""
    first, last = read.pop("first", ""), read.pop("last", "")
    if first or last:
        read["name"] = f"{first} {last}".strip()[:200]
    if checked.kind in ("invoices", "payments"):
        read["voided"] = bool(read.get("voided")) or str(read.get("status", "")).casefold() in VOID
        amount = read.get("total", read.get("amount"))
        if amount is not None and amount < 0:
            checked.remarks.append(Remark(number, "Its amount is negative, so it counts as a refund or credit."))
    return read


def _check_duplicates(checked: Checked) -> None:
    """Report duplicate IDs. A payment may occur once per invoice it was applied to."""
    seen: dict[object, int] = {}
    for number, read in checked.rows:
        key = (read.get("external_id"), read.get("invoice_external_id"))
        if key[0] is None:
            continue
        if key in seen:
            checked.problems.append(Remark(number, f"It has the same ID as row {seen[key]:,}."))
        else:
            seen[key] = number


def _set_period(checked: Checked, context: FileContext) -> None:
    name = DATED.get(checked.kind, "")
    days = [
        value.astimezone(context.zone).date() if isinstance(value, dt.datetime) else value
        for _, read in checked.rows
        if (value := read.get(name)) is not None
    ]
    if days:
        checked.covers = min(days), max(days)


def as_sentences(remarks: Iterable[Remark]) -> list[str]:
    """Return the first thousand as sentences, and how many more there are."""
    all_of = list(remarks)
    more = [f"{len(all_of) - NAMED:,} more."] if len(all_of) > NAMED else []
    return [str(remark) for remark in all_of[:NAMED]] + more
