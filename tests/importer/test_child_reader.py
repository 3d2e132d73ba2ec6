"""Files of strangers are read by a child process: the same table, in bounded memory and time."""

import io
import resource
import sys
import time
from pathlib import Path

import pytest

from pagetojob.importer import child_reader
from pagetojob.importer.child_reader import open_in_child
from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import FieldSpec
from pagetojob.importer.tables import Table, open_table
from pagetojob.platform.limited_process import Allowance
from tests.support.tables import Cell, workbook

FIELDS = (FieldSpec("name", "Name"), FieldSpec("price", "Price"))
ROWS: list[list[Cell]] = [["Name", "Price"], ["Tune-up", "89"], [], ["Pipe, 3 inch", "1,200.50"]]
FILES = {
    "csv": b'Report of June\nName,Price\nTune-up,89\n\n"Pipe, 3 inch","1,200.50"\n2,"3" pipe"\n',
    "utf-16": "Name\tPrice\r\nFontanería\t89\r\n".encode("utf-16"),
    "xlsx": workbook({"June": ROWS, "July": []}),
}


def whole(table: Table) -> tuple[object, ...]:
    return table.format, table.heading, list(table.rows)


@pytest.mark.parametrize("name", FILES)
def test_it_is_the_table_that_this_process_would_read(name: str) -> None:
    content = FILES[name]
    expected = whole(open_table(io.BytesIO(content), FIELDS))
    assert whole(open_in_child(io.BytesIO(content), FIELDS)) == expected
    some = open_in_child(io.BytesIO(content), FIELDS, rows=1)
    assert list(some.rows) == expected[2][:1]  # type: ignore[index]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 old"])
def test_its_refusals_are_those_of_this_process(content: bytes) -> None:
    with pytest.raises(TableError) as here:
        open_table(io.BytesIO(content), FIELDS)
    with pytest.raises(TableError) as there:
        open_in_child(io.BytesIO(content), FIELDS)
    assert (there.value.sentence, there.value.row) == (here.value.sentence, here.value.row)


@pytest.mark.parametrize(
    ("what", "allowance"),
    [("memory", Allowance(memory=1_000_000)), ("output", Allowance(output=10_000)), ("time", Allowance(seconds=0))],
)
def test_a_child_that_needs_too_much_is_ended_and_the_file_refused(what: str, allowance: Allowance) -> None:
    content = b"Name,Price\n" + b"x" * 200 * 1000 + b",1\n" + b"Tune-up,89\n" * 200_000
    started = time.monotonic()
    with pytest.raises(TableError, match="too much memory or time"):
        open_in_child(io.BytesIO(content), FIELDS, allowance=allowance)
    assert time.monotonic() - started < child_reader.WAITING.seconds


def test_the_child_holds_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the place of the interpreter writes down its environment."""
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nexport -p > {tmp_path}/environment\nexit 1\n")
    spy.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(spy))
    monkeypatch.setenv("SECRET_KEY", "only-for-servers")
    with pytest.raises(TableError):
        open_in_child(io.BytesIO(FILES["csv"]), FIELDS)
    written = (tmp_path / "environment").read_text()
    assert "PATH" in written and "only-for-servers" not in written and "DATABASE_URL" not in written


def test_this_process_needs_no_memory_for_it() -> None:
    """The largest file that an upload may be: the parent's peak grows by less than the file."""
    content = b"Name,Price\n" + b"Seasonal tune-up of a heat pump,89.00\n" * 200_000
    source = io.BytesIO(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in open_in_child(source, FIELDS).rows) == 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < len(content) // 1024
