"""No row of a file disappears: each record is a single row, with its cells or its problem, and the counts add up."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.models import Job
from pagetojob.importer import selectors
from pagetojob.importer.errors import TableError
from pagetojob.importer.models import ImportRow
from pagetojob.importer.records import Line
from pagetojob.importer.tables import open_table
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.outcomes import take
from tests.support.factories import make_tenant
from tests.support.uploads import stage_file

HEADINGS = ("id", "name", "memo")
WORDS = st.sampled_from(["AC", "3 inch", "café", "x, y", "a;b", "a|b", "", "total 7", "-"])
SINGLE_LINE = ("good", "inch", "nul", "short", "long", "blank", "shut")


@dataclass(frozen=True)
class Record:
    """A record of a file: the kind of damage, its cells, and its text without the line end."""

    kind: str
    cells: tuple[str, ...]
    text: str


def written(cells: Sequence[str], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


def record_of(kind: str, number: int, name: str, memo: str, delimiter: str) -> Record:
    """Build a record whose first cell is its own number, damaged as `kind` says."""
    own = f"{number}"
    flat = name.replace(delimiter, " ")
    if kind == "blank":
        return Record(kind, (), " " + delimiter * (number % 3))
    if kind == "inch":
        return Record(kind, (), delimiter.join((own, f'"{flat} 3" pipe"', "x")))
    if kind == "open":
        return Record(kind, (), delimiter.join((own, f'"{flat}', "x")))
    if kind == "shut":
        return Record(kind, (own, f'{flat}x"', "x"), delimiter.join((own, f'{flat}x"', "x")))
    if kind == "nul":
        return Record(kind, (own, f"{flat}", "x"), delimiter.join((own, f"{flat}\x00", "x")))
    cells = {"short": (own, name), "long": (own, name, memo, "more"), "lines": (own, f"{name}\nand\n\nmore", memo)}
    chosen = cells.get(kind, (own, name, memo))
    return Record(kind, chosen, written(chosen, delimiter))


@st.composite
def files(draw: st.DrawFn, *kinds: str) -> tuple[list[Record], bytes]:
    """Draw records of these kinds, and the bytes of a file with them, in some encoding and with mixed line ends."""
    delimiter = draw(st.sampled_from(",;\t|"))
    parts = draw(st.lists(st.tuples(st.sampled_from(kinds), WORDS, WORDS), min_size=1, max_size=12))
    records = [record_of(kind, at, name, memo, delimiter) for at, (kind, name, memo) in enumerate(parts, start=101)]
    texts = [delimiter.join(HEADINGS), *(record.text for record in records)]
    text = "".join(line + draw(st.sampled_from(["\n", "\r\n", "\r"])) for line in texts)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return records, text.encode(encoding)


def rows_of(content: bytes) -> list[Line]:
    table = open_table(io.BytesIO(content), lambda cells: 3 if tuple(cells) == HEADINGS else 0)
    assert table.heading.cells == HEADINGS
    return list(table.rows)


def corresponds(record: Record, line: Line) -> bool:
    """Whether a row is what a record must become: its cells, or a problem."""
    if record.kind == "blank":
        return line.cells == () and (not line.problem or "quotation" in line.problem)
    if record.kind in ("inch", "open"):
        return line.problem != "" and line.cells == ()
    if record.kind == "nul" and line.cells:
        return line.problem != "" and line.cells == record.cells
    return line.cells == record.cells or (line.problem != "" and not line.cells)


@settings(max_examples=400)
@given(files(*SINGLE_LINE, "lines"))
def test_every_record_is_a_row(drawn: tuple[list[Record], bytes]) -> None:
    records, content = drawn
    rows = rows_of(content)
    assert [row.number for row in rows] == list(range(2, 2 + len(records)))
    for record, row in zip(records, rows, strict=True):
        assert corresponds(record, row), (record, row)
        assert bool(row.problem) == (record.kind in ("inch", "nul")), (record, row)


@settings(max_examples=400)
@given(files(*SINGLE_LINE, "open"))
def test_an_open_quotation_mark_takes_no_other_record_along(drawn: tuple[list[Record], bytes]) -> None:
    records, content = drawn
    rows = rows_of(content)
    assert len(rows) == len(records)
    for record, row in zip(records, rows, strict=True):
        assert corresponds(record, row), (record, row)


@settings(max_examples=300)
@given(files(*SINGLE_LINE, "lines", "open"))
def test_no_row_holds_two_records(drawn: tuple[list[Record], bytes]) -> None:
    records, content = drawn
    rows = rows_of(content)
    assert len(rows) >= len(records)
    numbers = [cell for row in rows for cell in row.cells[:1] if cell.isdigit() and len(cell) == 3]
    assert len(numbers) == len(set(numbers))
    others = [cell for row in rows for cell in row.cells[1:]]
    assert not any(record.cells[0] in cell for record in records if record.cells for cell in others)


MESSY = 'name,id\nAC Repair,1\n2,"3" pipe repair"\nDu\x00ct,3\n"Open,4\nTotal,\nFine,5\n\nShort\nLong,7,8\n'


def test_no_row_of_a_map_disappears(tenant: Tenant, operator: User) -> None:
    upload = stage_file(tenant, operator, MESSY)
    with scope.tenant(tenant.pk):
        rows = {row.number: row for row in ImportRow.objects.filter(upload=upload)}
        assert selectors.tally(upload).total == len(rows) == 8
    assert {number: row.outcome for number, row in rows.items()} == {
        2: "changed", 3: "problem", 4: "problem", 5: "problem", 6: "aside", 7: "new", 9: "new", 10: "problem",
    }  # fmt: skip
    assert "quotation mark" in rows[3].problem and "NUL" in rows[4].problem and "quotation mark" in rows[5].problem


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files(*SINGLE_LINE, "lines"))
def test_the_counts_of_a_map_add_up(tenant: Tenant, operator: User, drawn: tuple[list[Record], bytes]) -> None:
    records, content = drawn
    upload = stage_file(tenant, operator, content)
    with scope.tenant(tenant.pk):
        numbers = list(ImportRow.objects.filter(upload=upload).order_by("number").values_list("number", flat=True))
        counted = selectors.tally(upload)
    assert numbers == [at for at, record in enumerate(records, start=2) if record.kind != "blank"]
    assert counted.total == sum(counted.counts.values()) == len(numbers)


@pytest.mark.nightly
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files(*SINGLE_LINE, "lines"))
@pytest.mark.django_db
def test_the_counts_of_an_export_add_up(operator: User, drawn: tuple[list[Record], bytes]) -> None:
    records, content = drawn
    tenant = make_tenant()
    filled = sum(record.kind != "blank" for record in records)
    if not filled:
        with pytest.raises(TableError, match="no rows"):
            take(tenant, operator, "jobs", content)
        return
    taken = take(tenant, operator, "jobs", content)
    checked = taken.checked
    assert (
        checked.total
        == filled
        == taken.added + taken.changed + taken.unchanged + len(checked.refused) + len(checked.skipped)
    )
    assert {problem.row for problem in checked.problems} == checked.refused
    with scope.tenant(tenant.pk):
        assert Job.objects.count() == (taken.added if taken.file else 0)


@pytest.mark.django_db
def test_unknown_columns_and_skipped_rows_of_an_export_are_named(operator: User) -> None:
    text = "Invoice ID,Total,Cust Phone,E-Mail Addr\n1,5,602,a@b.example\nTotal,5,,\n"
    taken = take(make_tenant(), operator, "invoices", text)
    assert taken.row_counts == "1 new, 0 updated, 0 unchanged, 1 skipped." and taken.file
    assert (taken.file.rows, taken.file.skipped) == (2, 1)
    assert [str(remark) for remark in taken.checked.remarks][:1] == [
        "Columns that are not imported: “Cust Phone”, “E-Mail Addr”."
    ]


def test_a_broken_file_is_read_in_linear_time() -> None:
    """Every line opens a quotation mark that no other line closes."""
    rows = rows_of(b"id,name,memo\n" + b'1,"open,x\n' * 20_000)
    assert len(rows) == 20_000 and all(row.problem for row in rows)
