"""Unknown headings, and dates as people write them."""

import csv
import datetime as dt
import gzip
from pathlib import Path

import duckdb
import pytest

from attribution.linkage import engine, macros, model, reading
from attribution.linkage.errors import LinkageError
from attribution.linkage.fields import place


@pytest.mark.parametrize(
    ("kind", "headings", "expected"),
    [
        (
            "leads",
            "Inquiry #,Date Received,Your Name,Best Phone,E-mail,Property Address,How can we help?,Heard About Us",
            "id,created,name,phone,email,street,service,campaign",
        ),
        ("jobs", "WO #,Date Entered,CustNo,Site Contact,Dept / Job Class,Marketing Source,Stat",
         "id,created,customer,name,service,campaign,status"),
        ("customers", "Acct No,Bill-To Name,Email Addr,Cell,Svc Addr,Postal", "id,name,email,phone,street,zip"),
        ("leads", "id,first_name,lastName,MOBILE_PHONE,emailAddress,createdAt,utm_source,Zip5",
         "id,first,last,phone,email,created,campaign,zip"),
        ("jobs", "Ticket Number,Technician Name,Client,Tel.,Date Completed,Date Booked,Mailing List,IP Address",
         "id,,name,phone,,created,,"),
        ("jobs", "Ticket,Opened,Customer #,Type of Work,Mktg Campaign", "id,created,customer,service,campaign"),
        ("customers", "Customer #,Name,Home #,Mobile", "id,name,,phone"),
        ("leads", "Ref,Date Received,Your Name", "id,created,name"),
        ("leads", "Lead ID,Ref,Your Name", "id,reference,name"),
        ("customers", "Customer ID,Main Phone,Other Phone,Email,Do Not Mail", "id,phone,phone,email,"),
        ("jobs", "Ticket No,Contact,Bill To,State,Stat", "id,name,name,,status"),
        ("leads", "Ref,Page,Pest / Service,How can we help?", "id,,service,message"),
        ("leads", "Ref,Page", "id,service"),
        ("jobs", "Ticket,Taken,Taken By,Finished,Call Type", "id,created,,,service"),
        ("leads", "Lead ID,Your Name,Tell us what is going on,Form", "id,name,message,service"),
        ("leads", "ID,Full Name,Project,Comments", "id,name,service,message"),
        ("jobs", "Work Order,Project Manager,Product Line,WO Status", "id,,service,status"),
        ("invoices", "Invoice No,Work Order,Amount", "id,job,total"),
        ("jobs", "Job #,Client,Company,Property Street,Property ZIP,Billing Address",
         "id,name,name,street,zip,other_street"),
        ("jobs", "Job #,Billing Street,Billing City,Site Street,Job City", "id,other_street,,street,city"),
        ("leads", "ID,Address,Address 2,Email Address,Service Address (if different)",
         "id,street,unit,email,service_street"),
        ("leads", "ID,Service Address,Mailing Address,Web Address", "id,street,other_street,"),
        ("jobs", "Job #,Address,Location Address", "id,street,service_street"),
        ("jobs", "Job #,Company,Billing Address,Tax", "id,name,street,"),
        ("leads", "Lead ID,First Name,Last Name,Company,Preferred Contact", "id,first,last,name,"),
        ("jobs", "Job ID,Job Number,Project Number,Original Job #,Type",
         "id,job_number,project_number,original_job,service"),
        ("jobs", "Job #,Project,Parent Job", "id,service,original_job"),
        ("jobs", "Project #,Client", "id,name"),
        ("jobs", "Number,Client", "id,name"),
        ("jobs", "WO No,Acct,Customer", "id,customer,name"),
        ("customers", "Acct,Name,E-mail", "id,name,email"),
        ("jobs", "WO #,Service Date,Taken On,WO Type,Reason For Call,Summary,Tech Notes,Cancel Reason,Ref WO",
         "id,,created,service,message,message,message,,original_job"),
        ("jobs", "JOBNO,CUSTNO,SADDR1,SZIP,BADDR,PH1,DTTAKEN,JTYPE,LEADSRC,ORIGJOB,JTOTAL",
         "id,customer,street,zip,other_street,phone,created,service,campaign,original_job,total"),
        ("jobs", "Job #,Scheduled Date,Job Creation Date,Customer Name,Site Contact", "id,,created,name,contact"),
        ("jobs", "TKT,Svc Addr 1,Svc City,Customer Last First,Task Name,Bill $,OLDTKT",
         "id,street,city,name,service,total,original_job"),
        ("jobs", "Job #,Customer #,Account Name,Contact,Is Recall,Mail To",
         "id,customer,name,contact,recall,other_street"),
        ("leads", "Start Date (UTC),Submit Date (UTC),Hi {{field:first_name}} what's going on?,Who should we ask for?",
         ",created,message,name"),
        ("leads", "Call ID,Phone Call Duration,Where? (street city zip),How did you find us?,Q&A,last_seen_at",
         "id,,street,campaign,message,"),
        ("customers", "Cust #,Customer,Phone", "id,name,phone"),
        ("jobs", "DISPATCH,CALLTYPE,PROBLEM,WORKDONE", "id,service,message,message"),
        ("jobs", "WO No,Type,Task", "id,,service"),
        ("jobs", "Num,Name City,Name Zip,Ship To Address,Ship To City,Ship Zip", "id,,,street,city,zip"),
        ("jobs", "Job #,City,Zip,Address,Ship Zip", "id,city,zip,street,"),
        ("leads", "ID,Address,Is the bill going to a different address?", "id,street,other_street"),
        ("leads", "ID,Address,Billing address if different from the service address", "id,street,other_street"),
        ("leads", "ID,Address,Different address for the work?", "id,street,service_street"),
        ("leads", "ID,Address,Different billing address?", "id,street,other_street"),
        ("jobs", "Job #,Service Type,Task,Item", "id,service,,"),
        ("jobs", "Job #,Service Address,City,Zip,Service City Tax", "id,street,city,zip,"),
    ],
)  # fmt: skip
def test_unknown_heading_is_guessed_from_its_words(kind: str, headings: str, expected: str) -> None:
    columns = headings.split(",")
    fields = {at: name for name, places in place(kind, columns).items() for at in places}
    assert [fields.get(at, "") for at in range(len(columns))] == expected.split(",")


@pytest.mark.parametrize("heading", ["1" * 5_000 + "x", "{{" * 50_000, "JOB" * 2_000 + "?"])
def test_hostile_heading_is_read_at_once(heading: str) -> None:
    """A pattern that gives digits back would never end."""
    assert place("customers", ["Customer ID", heading]) == {"id": [0]}


@pytest.mark.parametrize(
    ("text", "day", "time"),
    [
        ("21-Nov-25 21:15", "2025-11-21", "21:15"),
        ("Tue 3 Mar 2026, 2:15 pm", "2026-03-03", "14:15"),
        ("November 21st, 2025 at 3:52 PM", "2025-11-21", "15:52"),
        ("1/2/25 4:05pm", "2025-01-02", "16:05"),
        ("11/21/2025 10:00 a.m.", "2025-11-21", "10:00"),
        ("2025-11-21 03:00 PM EST", "2025-11-21", "15:00"),
        ("2025-11-21T10:00:00.123+00:00", "2025-11-21", "10:00"),
        ("21.11.2025 10:00", "2025-11-21", "10:00"),
        ("Nov-21-2025", "2025-11-21", "00:00"),
        ("Sept 3, 2025", "2025-09-03", "00:00"),
        ("1763720000", "2025-11-21", "10:13"),
        ("45982.5", "2025-11-21", "12:00"),
        ("soon", "", ""),
        ("13/13/2025", "", ""),
    ],
)
def test_dates_are_parsed_as_people_write_them(text: str, day: str, time: str) -> None:
    db = duckdb.connect()
    macros.define(db)
    (parsed,) = db.execute("SELECT parsed_when($1, loose_when($1), false)", [text]).fetchall()[0]
    expected = dt.datetime.fromisoformat(f"{day}T{time}") if day else None
    assert (parsed.replace(second=0, microsecond=0) if parsed else None) == expected


def test_day_first_file_is_read_day_first(tmp_path: Path) -> None:
    leads = "Lead ID,Date,Name,Phone\nL1,03/04/2026,Ruth Okonjo,6024840123\nL2,25/04/2026,Kim Lund,6024840777\n"
    leads += "L3,32/13/2026,Ada Berg,6024840555\n"
    jobs = "Job ID,Date,Name,Phone\n1,2026-04-05,Ruth Okonjo,6024840123\n"
    (tmp_path / "leads.csv").write_text(leads)
    (tmp_path / "jobs.csv").write_text(jobs)
    files = {kind: tmp_path / f"{kind}.csv" for kind in ("leads", "jobs")}
    done = engine.link(files, tmp_path / "links.csv", model=model.read(), weights=tmp_path / "weights.csv")
    assert [str(problem) for problem in done.problems] == [
        "leads.csv: Dates such as “25/04/2026” have the day first, so all similar dates were read that way.",
        "leads.csv, row 4: Its date cannot be read, so time is not compared.",
    ], "a date that does not exist is reported once, and shows nothing about the others"
    with (tmp_path / "links.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert "job within three days" in first["reasons"], "the third of April, not the fourth of March"
    with (tmp_path / "weights.csv").open(newline="") as file:
        weighed = next(csv.DictReader(file))
    terms = [float(value) for name, value in weighed.items() if name not in ("job_id", "lead_id", "total")]
    assert sum(terms) == pytest.approx(float(weighed["total"]), abs=0.001), "the waterfall ends where the score is"


_HEAD = "Lead ID,Date,Name,Phone\n"
_ROW = "L1,3/4/2026 9:00 AM,Ruth Okonjo,(602) 484-0123\n"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Leads export 2026\n\n" + _HEAD + _ROW, 4),
        ("Leads export,,,\n,,,\n" + _HEAD + _ROW, 4),
        (_HEAD + _ROW, 2),
    ],
)
def test_headings_are_read_below_titles(tmp_path: Path, text: str, row: int) -> None:
    assert _loaded(tmp_path, text.encode()) == [(row, "L1", "Ruth Okonjo")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'[{"id": 1}]', "JSON"),
        (b'\xef\xbb\xbf{"leads": []}', "JSON"),
        (b"\n<html><table></table></html>", "a web page"),
        (gzip.compress(b"Lead ID,Name"), "a compressed file"),
        (b"\x89PNG\r\n", "an image"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    ],
)
def test_other_file_types_are_rejected_by_name(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(LinkageError, match=f"This is {what}"):
        _loaded(tmp_path, content)


def _loaded(folder: Path, content: bytes) -> list[tuple[int, str, str]]:
    (folder / "leads.csv").write_bytes(content)
    db = duckdb.connect()
    macros.define(db)
    reading.load(db, reading.copy("leads", folder / "leads.csv", folder))
    return db.execute("SELECT row, id, name FROM raw_leads ORDER BY row").fetchall()


@pytest.mark.parametrize(
    ("headings", "row", "expected"),
    [
        ("Ticket;Rang;Client;Ready", "T{0};03/{0}/2026 7:24 AM;Ann Lee;04/{0}/2026", "03"),
        ("Ticket;Ready;Client;Rang", "T{0};04/{0}/2026;Ann Lee;{0} Mar 2026", "04"),
        ("Ticket;Closed;Client;Rang", "T{0};04/{0}/2026;Ann Lee;2026-03-{0}", "03"),
        ("Ticket;Rang;Client;Ready", "T{0};twice;Ann Lee;", None),
        ("Ticket;Rang;Client;Ready", "T{0};555-01-{0}23;Ann Lee;", None),
    ],
)
def test_date_column_is_recognized_by_its_cells(tmp_path: Path, headings: str, row: str, expected: str | None) -> None:
    """Skips a column whose heading means an end date if there is another one, and columns with few dates."""
    rows = [row.format(f"{day:02}") for day in range(10, 28)]
    (tmp_path / "jobs.csv").write_text("\n".join([headings, *rows, ""]))
    db = duckdb.connect()
    macros.define(db)
    before = (tmp_path / "jobs.csv").read_bytes()
    copied = reading.copy("jobs", tmp_path / "jobs.csv", tmp_path)
    reading.load(db, copied)
    source = copied.source
    assert (tmp_path / "jobs.csv").read_bytes() == before
    seen = db.execute("SELECT min(strftime(seen_at, '%m')) FROM raw_jobs").fetchall()[0][0]
    assert (source.rows, seen) == (18, expected)
    assert ("created" in source.fields) is (expected is not None)


@pytest.mark.parametrize(
    ("headings", "row", "street"),
    [
        ("Ticket;Client;Job Site", "T{0};Ann Lee;{0} Elm Street", True),
        ("Ticket;Client;Job Site", "T{0};Ann Lee;N{0}12 County Rd K, Duluth", True),
        ("Ticket;Client;Job Site", "T{0};Ann Lee;at the back door", False),
        ("Ticket;Client;Size", "T{0};Ann Lee;{0} tons", False),
        ("Ticket;Client;Found;Address", "T{0};Ann Lee;{0} Elm Street;{0} Oak Ave", False),
    ],
)
def test_street_column_is_recognized_by_its_cells(tmp_path: Path, headings: str, row: str, *, street: bool) -> None:
    """Applies if no heading matches and almost all cells are streets."""
    (tmp_path / "jobs.csv").write_text("\n".join([headings, *(row.format(at) for at in range(10, 28)), ""]))
    source = reading.copy("jobs", tmp_path / "jobs.csv", tmp_path).source
    assert (source.fields.get("street") == [headings.split(";")[2]]) is street


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        ("State", "AZ", None),
        ("State,Stage Status", "Arizona,Canceled", ["Stage Status"]),
        ("State", "Canceled", ["State"]),
        ("State,Status", "AZ,Canceled", ["Status"]),
    ],
)
def test_state_of_an_address_is_no_status(
    tmp_path: Path, headings: str, cells: str, expected: list[str] | None
) -> None:
    rows = f"Job ID,Date,Name,{headings}\n" + f"1,2026-03-04,Ruth Okonjo,{cells}\n" * 3
    (tmp_path / "jobs.csv").write_text(rows)
    source = reading.copy("jobs", tmp_path / "jobs.csv", tmp_path).source
    assert source.fields.get("status") == expected
