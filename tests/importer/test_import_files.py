"""Files as customers really export them, and files that nobody should open."""

import gzip
import io
import zipfile
from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pagetojob.importer import values, workbook
from pagetojob.importer.errors import TableError
from pagetojob.importer.fields import FieldKind, FieldSpec, MappingProblem, checked, guess, heading_key, missing, twins
from pagetojob.importer.records import Line
from pagetojob.importer.staging import Staged, Stager
from pagetojob.importer.tables import open_table, opened
from pagetojob.importer.values import BadValue
from pagetojob.titanmap.importing import TARGETS
from tests.support import tables
from tests.support.tables import Formula

BY_SLUG = {one.slug: one for one in TARGETS}
ZONE = ZoneInfo("America/Phoenix")


def read_rows(content: bytes, slug: str = "titan-map.job-type", sheet: str = "") -> tuple[str, Line, list[Staged]]:
    """The form of a file, its heading row, and what is staged of the rows below by the guessed mapping."""
    specs = BY_SLUG[slug].fields
    table = open_table(io.BytesIO(content), specs, sheet=sheet)
    headings = table.heading.cells
    stager = Stager(specs, guess(specs, headings), headings, zone=ZONE, personal=False)
    return table.format.form, table.heading, [stager.stage(line) for line in table.rows if line.cells or line.problem]


MESSY = "Job Type Report\r\nDesert Peak, 11/01/2026\r\n\r\nJob_Type;ID;Active;Memo\r\n"


@pytest.mark.parametrize(
    ("encoding", "form"),
    [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16"), ("utf-8", "UTF-8")],
)
def test_title_lines_semicolons_and_totals_in_any_encoding(encoding: str, form: str) -> None:
    rows = "AC Repair – “no cool”;3001;Yes;café\r\nTotal;2;;\r\n;;;\r\nTune-Up;3002;No;\r\n"
    encoding_name, heading, (repair, total, tune_up) = read_rows((MESSY + rows).encode(encoding))
    assert (encoding_name, heading.number, heading.cells[0]) == (form, 4, "Job_Type")
    assert repair.values == {
        "name": "AC Repair – “no cool”", "external_id": 3001, "status": "active", "detail": "café",
    }  # fmt: skip
    assert total.skipped and not total.values
    assert (tune_up.number, tune_up.values["status"]) == (8, "inactive")


def test_a_workbook_with_a_cover_sheet_numbers_rows_as_a_spreadsheet_does() -> None:
    content = tables.workbook(
        {"Cover": [], "Zones": [["Zones"], [], ["Zone", "Cities", "ZIP", "State"],
                                ["North", "Mesa; Glendale, AZ\nTempe", 7030.0, "Emergencies only"]]}
    )  # fmt: skip
    form, heading, (row,) = read_rows(content, "titan-map.zone")
    assert (form, heading.number, row.number) == ("XLSX", 3, 4)
    assert row.values == {
        "name": "North", "cities": ["Mesa", "Glendale, AZ", "Tempe"], "zips": ["07030"], "status": "emergency only",
    }  # fmt: skip


def test_a_sheet_is_chosen_by_name() -> None:
    content = tables.workbook({"Categories": [["Category1"]], "Services": [["Id", "Name", "Price"], [7, "Coil", 89.5]]})
    _, _, (row,) = read_rows(content, "titan-map.pricebook-service", "Services")
    assert row.values == {"name": "Coil", "external_id": 7, "price": Decimal("89.50")}
    with pytest.raises(TableError, match="no sheet with this name"):
        opened(io.BytesIO(content), "Materials")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("=HYPERLINK(1),1,yes", "column 1 (“name”)", "a formula"),
        ("+cmd|' /C calc'!A0,1,yes", "column 1 (“name”)", "a formula"),
        ("Repair,1,ask jamie@example.com", "column 3 (“memo”)", "an email address"),
        ("Repair,1,call (602) 555-0142", "column 3 (“memo”)", "a phone number"),
        ("Repair,12x,yes", "column 2 (“id”)", "is not a valid ID"),
        ("Repair,9999999999999999999,yes", "column 2 (“id”)", "is not a valid ID"),
        (",4,yes", "column 1 (“name”)", "is empty"),
        ("Repair,1,yes,more", "", "more cells"),
        (f"{'x' * 121},1,", "column 1 (“name”)", "limit is 120"),
        ('2,"3" pipe repair"', "", "quotation mark"),
        ('"Repair,1,yes', "", "quotation mark"),
        ("Rep\x00air,1,yes", "", "NUL byte"),
    ],
)
def test_a_problem_names_its_column(row: str, column: str, words: str) -> None:
    _, _, (first, second) = read_rows(f"name,id,memo\n{row}\nFine,77,\n".encode())
    assert second.values["name"] == "Fine" and not second.problems
    (problem,) = first.problems
    assert first.number == 2 and problem.column == column and words in problem.sentence
    assert "example.com" not in problem.sentence and "555" not in problem.sentence


def test_a_quotation_mark_inside_a_cell_is_text() -> None:
    _, _, (row,) = read_rows(b'name,id\nRe"pair"x,1\n')
    assert row.values == {"name": 'Re"pair"x', "external_id": 1}


def test_a_secret_anywhere_is_marked() -> None:
    _, _, (row,) = read_rows(b"name,id,other\nRepair,1,sk_live_51H8xJ2eZvKYlo2C0aBcDeFgHiJkLmN\n")
    assert row.secret and not row.values


def test_a_formula_in_a_workbook_is_refused_in_its_cell_and_nowhere_else() -> None:
    _, _, (good, bad) = read_rows(
        tables.workbook({"S": [["Name", "Id"], ["Repair", 1], ["Tune-Up", Formula("A1&B1")]]})
    )
    assert good.values["external_id"] == 1
    (problem,) = bad.problems
    assert (bad.number, problem.column) == (3, "column 2 (“Id”)") and "formula" in problem.sentence


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"xl/vbaProject.bin": b"x"}, "macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<a/>"}, "other files"),
        ({"xl/connections.xml": b"<a/>"}, "other files"),
        ({"xl/media/a.bin": b"\0" * (workbook.MOST_UNPACKED + 1)}, "too large"),
        (
            {"xl/sharedStrings.xml": b"<sst><si><t>ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8</t></si></sst>"},
            "appears to contain",
        ),
    ],
)
def test_workbooks_that_must_not_be_opened(more: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        opened(io.BytesIO(tables.workbook({"S": [["Name"], ["Repair"]]}, more=more)))


def test_a_zip_bomb_with_a_false_size_is_detected() -> None:
    honest = tables.workbook({"S": [["Name"]]}, more={"xl/media/a.bin": b"\0" * (workbook.MOST_UNPACKED + 1)})
    size = (workbook.MOST_UNPACKED + 1).to_bytes(4, "little")
    lie = honest.replace(size, (10).to_bytes(4, "little"))
    assert lie != honest and zipfile.ZipFile(io.BytesIO(lie)).getinfo("xl/media/a.bin").file_size == 10
    with pytest.raises(TableError, match="too large"):
        opened(io.BytesIO(lie))


def test_a_text_that_many_cells_share_is_weighed_with_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    content = tables.workbook({"S": [["Name"], *[["x" * 1000]] * 200]}, shared=True)
    assert opened(io.BytesIO(content)).sheet == "S"
    monkeypatch.setattr(workbook, "MOST_TEXT", 100_000)
    with pytest.raises(TableError, match="too large"):
        opened(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PK\x03\x04broken", "damaged"),
        (b"%PDF-1.7", "a PDF"),
        (b'[{"id": 1}]', "This is JSON"),
        (b'\xef\xbb\xbf{"rows": []}', "This is JSON"),
        (b"\n<!doctype html><table>", "a web page"),
        (gzip.compress(b"Name,ID\nAC,1\n"), "a compressed file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)
def test_a_file_that_is_not_a_table_gets_a_message(content: bytes, sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        read_rows(content)


def test_a_zip_that_is_no_workbook_is_called_so() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(TableError, match="not an XLSX workbook"):
        opened(io.BytesIO(packed.getvalue()))


def spec(kind: FieldKind, **more: object) -> FieldSpec:
    return FieldSpec("f", "f", kind=kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (FieldKind.MONEY, "$1,234.50", "1234.50"),
        (FieldKind.MONEY, "(45.00)", "-45.00"),
        (FieldKind.MONEY, "-$45", "-45.00"),
        (FieldKind.MONEY, "0", "0.00"),
        (FieldKind.PERCENT, "15%", "15"),
        (FieldKind.DATE, "10/31/2026", "2026-10-31"),
        (FieldKind.DATE, "2026-10-31 00:00:00", "2026-10-31"),
        (FieldKind.DATE, "Oct 31, 2026", "2026-10-31"),
        (FieldKind.DATE, "46326", "2026-10-31"),
        (FieldKind.MOMENT, "10/31/2026 5:30 PM", "2026-11-01T00:30:00Z"),
        (FieldKind.MOMENT, "2026-10-31T17:30:00-04:00", "2026-10-31T21:30:00Z"),
        (FieldKind.WHOLE, "3001.0", 3001),
        (FieldKind.BOOLEAN, "Yes", True),
        (FieldKind.STATUS, "Discontinued", "retired"),
        (FieldKind.TEXT, " a\u200b  b ", "a b"),
        (FieldKind.TEXT, "-", None),
    ],
)
def test_how_a_cell_is_read(kind: FieldKind, typed: str, kept: object) -> None:
    assert values.as_json(values.read(spec(kind), [typed], ZONE)) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldKind.MONEY, "=1+1"),
        (FieldKind.MONEY, "12.34.56"),
        (FieldKind.MONEY, "ten"),
        (FieldKind.PERCENT, "120%"),
        (FieldKind.DATE, "31/31/2026"),
        (FieldKind.DATE, "01/01/0026"),
        (FieldKind.MOMENT, "soon"),
        (FieldKind.WHOLE, "0"),
        (FieldKind.BOOLEAN, "maybe"),
        (FieldKind.STATUS, "who knows"),
        (FieldKind.ZIP, "8500A"),
    ],
)
def test_what_a_cell_cannot_be(kind: FieldKind, typed: str) -> None:
    with pytest.raises(BadValue) as bad:
        values.read(spec(kind), [typed], ZONE)
    assert typed not in str(bad.value)


def test_columns_are_guessed_once_each_and_a_mapping_is_checked() -> None:
    specs = (
        FieldSpec("name", "name", ("job type",), required=True),
        FieldSpec("code", "code", ("id",)),
        FieldSpec("phones", "phone", ("mobile",), several=True),
    )
    headings = ["Job Type", "ID", "Mobile", "Phone", "Name"]
    assert guess(specs, headings) == {"name": [5], "code": [2], "phones": [3, 4]}
    assert [*map(heading_key, headings)] == [*map(heading_key, ["job_type", "id", "MOBILE", "phone", "name"])]
    assert checked(specs, {"name": [5], "phones": [4, 3], "code": []}, 5) == {"name": [5], "phones": [3, 4]}
    for wrong in ({"code": [1]}, {"name": [1, 2]}, {"name": [6]}, {"name": [1], "code": [1]}, {"name": [1], "x": [2]}):
        with pytest.raises(MappingProblem):
            checked(specs, wrong, 5)


def test_the_fields_of_a_row_are_counted_once_for_all_delimiters() -> None:
    """Counting takes most of the time of opening, and three of the four delimiters split a line into the same cells."""
    counted: Counter[tuple[str, ...]] = Counter()

    def fits(cells: tuple[str, ...]) -> int:
        counted[cells] += 1
        return 0

    open_table(io.BytesIO(b"a,b\n1,2\n3,4\n"), fits)
    assert counted[("a,b",)] == counted[("a", "b")] == 1
    assert set(counted.values()) == {1}


def test_headings_are_compared_without_case_spaces_and_signs() -> None:
    specs = (
        FieldSpec("id", "job id", ("job number",), required=True),
        FieldSpec("name", "name", ("contact", "company"), spare=True),
    )
    headings = ["Company", "JobNumber", "Contact"]
    assert guess(specs, headings) == {"id": [2], "name": [3, 1]}
    assert guess(specs, headings, {"name": [2]}) == {"name": [2]}
    assert guess(specs, ["Job #", "Job_ID"]) == {"id": [2]}
    assert twins(["Job #", "", "job", "", "JOB_NUMBER"]) == (1, 5) and twins(headings) is None
    assert missing(specs, {"name": [1]}) is specs[0] and missing(specs, {"id": [2]}) is None


def _with_cell(reference: str, row: str) -> bytes:
    """A workbook with one more row, whose cell claims to be elsewhere."""
    content, packed = tables.workbook({"S": [["Name", "Id"], ["Repair", 1]]}), io.BytesIO()
    cell = f'<row r="{row}"><c {reference}t="inlineStr"><is><t>x</t></is></c></row></sheetData>'.encode()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"</sheetData>", cell))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("reference", "row", "sentence"),
    [
        ('r="XFD1048576" ', "1048576", "more than"),
        ("r='CVU240000' ", "240000", "too far apart"),
        ('r="A4294967295" ', "4294967295", "more than"),
        ("", "4294967290", "more than"),
        ('r="XFD9" ', "9", "more than 200 columns"),
    ],
)
def test_far_cells_are_refused_before_a_sheet_is_opened(reference: str, row: str, sentence: str) -> None:
    with pytest.raises(TableError, match=sentence):
        read_rows(_with_cell(reference, row))


def test_an_empty_cell_far_away_and_a_false_dimension_do_no_harm() -> None:
    content, packed = tables.workbook({"S": [["Name", "Id"], ["Repair", 1]]}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            text = source.read(name).replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
            far = b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
            target.writestr(name, text.replace(b"</sheetData>", far))
    _, _, rows = read_rows(packed.getvalue())
    assert [row.values["name"] for row in rows] == ["Repair"]


def test_a_sheet_takes_memory_for_its_whole_rectangle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_AREA", 100)
    with pytest.raises(TableError, match="too far apart"):
        read_rows(_with_cell('r="Z50" ', "50"))
