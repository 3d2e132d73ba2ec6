"""Open a file of a stranger in a child process, with limits on memory, time and output. Pure."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import islice
from typing import IO, Any

from pagetojob.platform.limited_process import Allowance, ChildFailed, Slots, TooManyChildren, read_order, run_limited

from .errors import TableError
from .fields import FieldSpec
from .records import Line
from .tables import UPLOAD, Limits, Opened, Table, open_table

TOO_HEAVY = (
    "It needs too much memory or time to read. Save the sheet as CSV, without pictures and formats, or split it."
)
BUSY = "Too many files are being read at the moment. Try again in a minute."

#: While a person waits for the page.
WAITING = Allowance(niceness=10)
#: A few hostile files must not occupy the threads and processors that answer visitors.
_SLOTS = Slots(running=1, waiting=2, wait_seconds=10, lock="pagetojob-import")
#: In a worker, which reads every row.
WORKER = Allowance(seconds=120)


@dataclass(frozen=True, slots=True)
class _Order:
    fields: tuple[FieldSpec, ...]
    sheet: str
    limits: Limits
    rows: int | None


def open_in_child(
    file: IO[bytes],
    fields: Sequence[FieldSpec],
    *,
    sheet: str = "",
    limits: Limits = UPLOAD,
    rows: int | None = None,
    allowance: Allowance = WAITING,
) -> Table:
    """Return what `open_table` does, read by a child process; with `rows`, only that many rows below the headings.

    Raises TableError, also if the child needs more than its allowance.
    """
    order = _Order(tuple(fields), sheet, limits, rows)
    answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the last row has been read
    with tempfile.TemporaryFile() as source:
        file.seek(0)
        shutil.copyfileobj(file, source)
        try:
            with _SLOTS.taken() if allowance is WAITING else nullcontext():
                run_limited("pagetojob.importer.child_reader", order, source=source, answer=answer, allowance=allowance)
        except ChildFailed as error:
            answer.close()
            raise TableError(BUSY if isinstance(error, TooManyChildren) else TOO_HEAVY) from error
    first = _read(answer.readline())
    return Table(Opened(**_tuples(first["format"])), _line(first["heading"]), _rows(answer))


def _rows(answer: IO[bytes]) -> Iterator[Line]:
    with answer:
        for text in answer:
            row = _read(text)
            if isinstance(row, list):
                yield _line(row)


def _read(text: bytes) -> Any:
    value = json.loads(text)
    if isinstance(value, dict) and "error" in value:
        raise TableError(value["error"], value["row"])
    return value


def _line(values: Sequence[Any]) -> Line:
    number, cells, problem, formula_at = values
    return Line(number, tuple(cells), problem, formula_at)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"sheets": tuple(values["sheets"])}


def main() -> None:
    """Read the file on standard input as ordered, and write one JSON value per line."""
    order: _Order = read_order()

    def write(value: Any) -> None:
        sys.stdout.write(json.dumps(value) + "\n")

    def values_of(line: Line) -> list[Any]:
        return [line.number, line.cells, line.problem, line.formula_at]

    try:
        table = open_table(sys.stdin.buffer, order.fields, sheet=order.sheet, limits=order.limits)
        write({"format": asdict(table.format), "heading": values_of(table.heading)})
        for line in islice(table.rows, order.rows):
            write(values_of(line))
    except TableError as error:
        write({"error": error.sentence, "row": error.row})
    sys.stdout.flush()


if __name__ == "__main__":
    main()
