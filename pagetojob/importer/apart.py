"""Open a file of a stranger in a child process, with limits on memory, time and output. Pure.

A parser that is led to allocate gigabytes, to loop or to crash takes only that process along. The child gets no
environment of ours, so it holds no secret, and its answer is JSON, so it cannot make the parent run anything.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from .errors import TableError
from .fields import FieldSpec
from .opening import UPLOAD, Limits, Opened, Table, open_table
from .records import Line

ROOT = Path(__file__).resolve().parents[2]
TOO_HEAVY = (
    "It needs too much memory or time to read. Save the sheet as CSV, without pictures and formats, or split it."
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Limits of the child: bytes of memory above an idle interpreter, seconds, and bytes of its answer."""

    memory: int = 256 * 1024**2
    seconds: int = 10
    output: int = 512 * 1024**2


#: While a person waits for the page.
WAITING = Allowance()
#: In a worker, which reads every row.
WORKER = Allowance(seconds=120)


@dataclass(frozen=True, slots=True)
class _Order:
    fields: tuple[FieldSpec, ...]
    sheet: str
    limits: Limits
    rows: int | None
    allowance: Allowance


def open_apart(
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
    order = _Order(tuple(fields), sheet, limits, rows, allowance)
    answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the last row has been read
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as ordered:
        file.seek(0)
        while piece := file.read(1024**2):
            source.write(piece)
        source.seek(0)
        pickle.dump(order, ordered)
        ordered.seek(0)
        _run(source, ordered, answer, allowance.seconds)
    answer.seek(0)
    first = _read(answer.readline())
    return Table(Opened(**_tuples(first["format"])), _line(first["heading"]), _rows(answer))


def _run(source: IO[bytes], order: IO[bytes], answer: IO[bytes], seconds: int) -> None:
    command = [sys.executable, "-m", "pagetojob.importer.apart", str(order.fileno())]
    try:
        subprocess.run(  # noqa: S603 - our own module, and a number
            command,
            stdin=source,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            pass_fds=[order.fileno()],
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            timeout=seconds,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        answer.close()
        raise TableError(TOO_HEAVY) from error


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
    with os.fdopen(int(sys.argv[1]), "rb") as ordered:
        order: _Order = pickle.load(ordered)  # noqa: S301 - written by the parent
    _limit(order.allowance)

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


def _limit(allowance: Allowance) -> None:
    idle = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, idle + allowance.memory),
        (resource.RLIMIT_CPU, allowance.seconds),
        (resource.RLIMIT_FSIZE, allowance.output),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
