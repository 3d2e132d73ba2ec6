"""`manage.py link_files`: input formats, reported problems, and atomic output."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from attribution.linkage import pipeline
from tests.attribution.linking import Row, job, lead, read, write
from tests.support.nightly import sampled


def run(
    folder: Path, *arguments: str, leads: list[Row] | None = None, jobs: list[Row] | None = None
) -> tuple[str, str]:
    """Run the command; return its output and errors. Existing files are kept."""
    for name, rows in (("leads", leads or [lead()]), ("jobs", jobs or [job()])):
        if not (folder / f"{name}.csv").exists():
            write(folder / f"{name}.csv", rows)
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "link_files", "--leads", str(folder / "leads.csv"), "--jobs", str(folder / "jobs.csv"),
        "--out", str(folder / "links.csv"), *arguments, stdout=out, stderr=err, no_color=True,
    )  # fmt: skip
    return out.getvalue(), err.getvalue()


def test_command_prints_summary_and_writes_card(tmp_path: Path) -> None:
    out, err = run(tmp_path, "--card", str(tmp_path / "card.json"), "--window-days", "30")
    assert "1 matched" in out and "Window: 30 days" in out and err == ""
    assert list(read(tmp_path / "links.csv")[0]) == ["lead_id", "job_id", "probability", "label", "reasons"]
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["model"]["window_days"] == 30 and card["data_window"]["leads"]["first"] == "2026-03-02"
    assert card["inputs"][1]["fields"]["service"] == ["Job Type"] and card["cannot_know"]


@pytest.mark.parametrize(
    ("encode", "name"),
    sampled(
        [
            (lambda text: b"\xef\xbb\xbf" + text.encode(), "a mark"),
            (lambda text: text.replace("Robert", "Ren\u00e9").encode("cp1252"), "Windows-1252"),
            (lambda text: text.encode("utf-16"), "UTF-16"),
            (lambda text: text.replace(",", ";").encode(), "semicolons"),
            (lambda text: text.replace("\n", "\r\n").encode(), "line ends"),
            (lambda text: ("\n" + text.replace("Main", "Ma\x00in")).encode(), "NUL and a blank line"),
        ],
        keep=3,
    ),
)
def test_common_encodings_and_delimiters_are_read(tmp_path: Path, encode: Callable[[str], bytes], name: str) -> None:
    path = write(tmp_path / "leads.csv", [lead()])
    path.write_bytes(encode(path.read_text()))
    out, err = run(tmp_path)
    assert "1 matched" in out, name
    assert ("NUL" in err) == ("NUL" in name)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb\nc", 'say "hi"', "a\x1fb", 'a\x1f"\n'])
def test_special_characters_in_the_first_row_are_read(tmp_path: Path, text: str) -> None:
    leads = write(tmp_path / "leads.csv", [lead(message=text), lead(lead_id="L2", message="plain")])
    with duckdb.connect() as db:
        pipeline.read(db, {"leads": leads, "jobs": write(tmp_path / "jobs.csv", [job()])}, tmp_path)
        assert db.execute("SELECT message FROM raw_leads ORDER BY row").fetchall() == [(text,), ("plain",)]


def test_canceled_jobs_are_linked_by_default(tmp_path: Path) -> None:
    off = [job(status="Canceled")]
    assert (
        "1 matched" in run(tmp_path, jobs=off)[0] and "1 unmatched" in run(tmp_path, "--leave-cancelled", jobs=off)[0]
    )


def test_workbook_is_read(tmp_path: Path) -> None:
    _workbook(tmp_path / "leads.csv", [list(lead()), list(lead().values())])
    out, _ = run(tmp_path)
    assert "1 matched" in out


def _workbook(path: Path, rows: list[list[str]]) -> None:
    """Write a minimal XLSX with text cells."""
    import zipfile
    from xml.sax.saxutils import escape

    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="'
        f'{kind}.sheet.main+xml"/><Override PartName="/xl/s1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="s1.xml"/></Relationships>',
        "xl/s1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)


def test_problems_are_reported_by_row(tmp_path: Path) -> None:
    jobs = [
        job(),
        job(customer_name="Wilma Twin"),
        job(job_id="7002", created_on="25/03/2026"),
        job(job_id="7005", created_on="03/26/2026"),
        job(job_id="7003", created_on="2099-01-01"),
        job(job_id="7004", created_on="soon"),
        job(job_id="", customer_name='=HYPERLINK("x")'),
        job(job_id="7006", created_on="32/13/2026"),
    ]
    _, err = run(tmp_path, jobs=jobs)
    assert err.splitlines() == [
        "jobs.csv, row 3: An earlier row has the same ID, so this row was left out.",
        "jobs.csv, row 4: Its date has the day first, unlike others; it was read that way.",
        "jobs.csv, row 6: Its date is in the future, so time is not compared.",
        "jobs.csv, row 7: Its date cannot be read, so time is not compared.",
        "jobs.csv, row 8: A cell starts like a formula; it was read as text.",
        "jobs.csv, row 8: It has no ID, so it was left out.",
        "jobs.csv, row 9: Its date cannot be read, so time is not compared.",
    ]


def test_totals_and_rows_of_wrong_width_are_reported(tmp_path: Path) -> None:
    """Rows are numbered as in a spreadsheet, including blank ones; blank cells beyond the headings are ignored."""
    path = write(tmp_path / "leads.csv", [lead(), lead(lead_id="L2", last_name="Two", phone="", email="")])
    first, second, third = path.read_text().splitlines()
    more = [first, second, "", third + ",,", "L3,2026-03-02,Short", third.replace("L2", "L4") + ",beyond", "Total,2,,",
            "Grand Total 2 rows" + "," * first.count(","), "Grand total (2 rows)" + "," * first.count(",")]  # fmt: skip
    path.write_text("\n".join(more) + "\n")
    _, err = run(tmp_path)
    width = first.count(",") + 1
    assert err.splitlines() == [
        f"leads.csv, row 5: It has 3 cells for {width} headings, so the missing ones were read as blank.",
        f"leads.csv, row 6: It has {width + 1} cells for {width} headings, so it was left out.",
        "leads.csv, row 7: A row of totals was left out.",
        "leads.csv, row 8: A row of totals was left out.",
        "leads.csv, row 9: A row of totals was left out.",
    ]
    assert {row["lead_id"] for row in read(tmp_path / "links.csv")} == {"L1", "L2", "L3"}


def test_blank_rows_do_not_shift_row_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "jobs.csv", [job(), job(job_id="7002", created_on="soon")])
    first, second, third = path.read_text().splitlines()
    path.write_text("\n".join((first, second, "", "", third)))
    _, err = run(tmp_path)
    assert err.splitlines() == ["jobs.csv, row 5: Its date cannot be read, so time is not compared."]


def test_workbook_totals_are_left_out(tmp_path: Path) -> None:
    _workbook(tmp_path / "leads.csv", [list(lead()), list(lead().values()), ["Totals:", "1"]])
    out, err = run(tmp_path)
    assert "1 matched, 0 needs review, 0 unmatched" in out and "row 3: A row of totals was left out." in err


def test_missing_references_between_files_are_reported(tmp_path: Path) -> None:
    invoices = write(tmp_path / "invoices.csv", [{"Invoice ID": "I1", "Job ID": "1", "Total": "(45.00)"}])
    payments = write(tmp_path / "payments.csv", [{"Payment ID": "P1", "Invoice ID": "I9", "Amount": "$5"}])
    problems = tmp_path / "problems.txt"
    run(tmp_path, "--invoices", str(invoices), "--payments", str(payments), "--problems", str(problems))
    assert problems.read_text().splitlines() == [
        "invoices.csv, row 2: Its job is not in the jobs file.",
        "invoices.csv, row 2: Its total is negative.",
        "payments.csv, row 2: Its invoice is not in the invoices file.",
    ]


@pytest.mark.parametrize(
    ("content", "arguments", "why"),
    [
        ("", (), "is empty"),
        ("Name,Phone\nBob,1\n", (), "no column with the job's ID"),
        ("Job ID,Job ID\n1,2\n", (), "Two columns"),
        ("%PDF-1.7", (), "not a CSV"),
        ("Job ID,Phone\n" + "1,2\n" * 25, ("--expect-rows", "2"), "more than ten times"),
        ("Job ID,Phone\n1,2\n1,3\n", ("--strict",), "strict"),
    ],
)
def test_failed_linking_keeps_the_old_result(
    tmp_path: Path, content: str, arguments: tuple[str, ...], why: str
) -> None:
    (tmp_path / "jobs.csv").write_text(content)
    (tmp_path / "links.csv").write_text("what was there\n")
    with pytest.raises(CommandError, match=why):
        run(tmp_path, *arguments)
    assert (tmp_path / "links.csv").read_text() == "what was there\n"
    assert not list(tmp_path.glob(".linking-*"))


def test_mapping_overrides_known_headings(tmp_path: Path) -> None:
    renamed = {"Best number": LEAD_PHONE} | lead(phone="", email="")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("leads:\n  phone: Best number\n")
    run(tmp_path, "--mapping", str(mapping), leads=[renamed])
    assert "same phone" in read(tmp_path / "links.csv")[0]["reasons"]
    mapping.write_text("leads:\n  phone: Nowhere\n")
    with pytest.raises(CommandError, match="Nowhere"):
        run(tmp_path, "--mapping", str(mapping))


LEAD_PHONE = "602.234.5678"


def test_result_contains_no_formulas(tmp_path: Path) -> None:
    ids = ("\uff1dcmd()", "\u22125", "=1", "plain-1")
    run(tmp_path, leads=[lead(lead_id=key, first_name=f"Wilma{key}", phone="", email="") for key in ids])
    with (tmp_path / "links.csv").open(newline="") as file:
        written = [row[0] for row in list(csv.reader(file))[1:]]
    assert sorted(written) == ["'=1", "'\u22125", "'\uff1dcmd()", "plain-1"]
