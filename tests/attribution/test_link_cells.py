"""Columns that are recognized by their cells, and headings that the cells contradict."""

from pathlib import Path

import pytest

from attribution.linkage import cells, engine, model, reading
from attribution.linkage.errors import LinkageError
from tests.attribution.linking import compared, job, lead, linked, linked_apart, write

PEOPLE = ("Ann Lee", "Robert Koch", "Maria Sanz", "John Ott", "Lisa Vann", "Kevin Roy")


def fields_of(folder: Path, kind: str, headings: str, row: str) -> dict[str, list[str]]:
    """Return the headings of each field of a file with six rows; `{at}` and `{name}` differ in each."""
    rows = [row.format(at=at, name=name) for at, name in enumerate(PEOPLE, start=10)]
    (folder / f"{kind}.csv").write_text("\n".join([headings, *rows, ""]))
    return reading.copy(kind, folder / f"{kind}.csv", folder).source.fields


@pytest.mark.parametrize(
    ("headings", "row", "field", "expected"),
    [
        ("Job #;Account Name;Bill To", "{at};{name};{at} Oak St, Dayton", "name", ["Account Name"]),
        ("Job #;Customer;Bill To", "{at};{name};{name}", "name", ["Customer", "Bill To"]),
        ("Job #;Customer;Client", "{at};{at}0234;{name}", "name", ["Client"]),
        ("Job #;Customer;Mail", "{at};{name};PO Box {at}", "email", None),
        ("Job #;Customer;Phone", "{at};{name};ask for {name}", "phone", None),
        ("Job #;Customer;Zip", "{at};{name};Dayton, OH 454{at}", "zip", ["Zip"]),
        ("Job #;Customer;Street City Zip", "{at};{name};{at} Oak St, Dayton, OH 454{at}", "zip", None),
        ("Job #;Customer;Total", "{at};{name};see invoice", "total", None),
        ("Job #;Customer;Invoice", "{at};{name};1,{at}0.50", "total", ["Invoice"]),
        ("Job #;Customer;Invoice", "{at};{name};10{at}", "total", None),
        ("Job #;Customer;Sales Tax", "{at};{name};{at}.50", "total", None),
        ("Job #;Customer;Project;Call Type", "{at};{name};P-780{at};Service", "project_number", ["Project"]),
        ("Job #;Customer;Project;Division", "{at};{name};New boiler;HTG", "project_number", None),
        ("Job #;Customer;Project;Division", "{at};{name};New boiler;HTG", "service", ["Project"]),
        ("Job #;Customer;Project;Dept", "{at};{name};P-780{at};HTG", "service", ["Dept"]),
        ("Job #;Customer;Project Manager", "{at};{name};780{at}", "project_number", None),
        ("Job #;Customer;Dept;Call Type", "{at};{name};HTG;Service", "service", ["Call Type"]),
    ],
)
def test_cells_decide_what_a_column_of_jobs_is(
    tmp_path: Path, headings: str, row: str, field: str, expected: list[str] | None
) -> None:
    assert fields_of(tmp_path, "jobs", headings, row).get(field) == expected


@pytest.mark.parametrize(
    ("headings", "row", "field", "expected"),
    [
        ("ID;Reach me at", "{at};(602) 555-01{at}", "phone", ["Reach me at"]),
        ("ID;Tracking line", "{at};(602) 555-01{at}", "phone", None),
        ("ID;Reach me at", "{at};someone{at}@gmail.com", "email", ["Reach me at"]),
        ("ID;Reach me at", "{at};after {at}", "email", None),
        ("ID;Ask for", "{at};{name}", "name", ["Ask for"]),
        ("ID;Sales Rep", "{at};{name}", "name", None),
        ("ID;Ask for", "{at};furnace repair", "name", None),
        ("ID;Location", "{at};Dayton office", "street", None),
        ("ID;Existing customer?", "{at};Yes", "name", None),
    ],
)
def test_cells_decide_what_a_column_of_requests_is(
    tmp_path: Path, headings: str, row: str, field: str, expected: list[str] | None
) -> None:
    assert fields_of(tmp_path, "leads", headings, row).get(field) == expected


def test_address_needs_no_number_in_most_rows(tmp_path: Path) -> None:
    """Places that are described, as in the country, are still addresses if some rows have a number."""
    rows = [f"{at};{place}" for at, place in enumerate(["past the grange"] * 4 + ["612 Main", "411 S 5th"])]
    (tmp_path / "leads.csv").write_text("\n".join(["ID;Where at", *rows, ""]))
    assert reading.copy("leads", tmp_path / "leads.csv", tmp_path).source.fields["street"] == ["Where at"]


@pytest.mark.parametrize("cell", ["(", "-", "$", "#"])
def test_hostile_cell_is_read_at_once(cell: str) -> None:
    """A pattern that gives spaces back would take an hour."""
    row = [f"{cell}{' ' * 500_000}x"]
    assert cells.by_cells("total", ["Invoice"], [row], set()) is None
    assert cells.by_cells("project_number", ["Project"], [row] * 5, set()) is None
    assert not cells.contradicts("service", 0, [row] * 5)


def test_nearly_blank_column_is_no_service(tmp_path: Path) -> None:
    """The first project may be a thousand rows below."""
    rows = [f"{at};Ann Lee;{f'P{at}' if at > 1_990 else ''};HTG" for at in range(1_000, 3_000)]
    (tmp_path / "jobs.csv").write_text("\n".join(["Job #;Customer;Project;Dept", *rows, ""]))
    fields = reading.copy("jobs", tmp_path / "jobs.csv", tmp_path).source.fields
    assert (fields["service"], fields["project_number"]) == (["Dept"], ["Project"])
    (tmp_path / "jobs.csv").write_text("\n".join(["Job #;Customer;Project;Dept", *rows[:900], ""]))
    fields = reading.copy("jobs", tmp_path / "jobs.csv", tmp_path).source.fields
    assert (fields["service"], fields.get("project_number")) == (["Dept"], None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("Website Form", "Call Tracking"), ["Tool"]),
        (("Website Form", "Website Form"), None),
        (("Unit A", "Unit B"), None),
        (tuple(f"form {at}" for at in range(13)), None),
    ],
)
def test_cells_decide_what_the_channel_is(tmp_path: Path, values: tuple[str, ...], expected: list[str] | None) -> None:
    """The clock of a form may be another one than that of calls, so both are read."""
    rows = [f"{at};{values[at % len(values)]};Google" for at in range(60)]
    (tmp_path / "leads.csv").write_text("\n".join(["Lead ID;Tool;Source", *rows, ""]))
    assert reading.copy("leads", tmp_path / "leads.csv", tmp_path).source.fields.get("channel") == expected


def test_mapping_is_followed_despite_the_cells(tmp_path: Path) -> None:
    rows = "".join(f"{at};{at} Oak St\n" for at in range(10, 16))
    (tmp_path / "jobs.csv").write_text(f"Job #;Bill To\n{rows}")
    source = reading.copy("jobs", tmp_path / "jobs.csv", tmp_path, mapping={"name": "Bill To"}).source
    assert source.fields["name"] == ["Bill To"]


def test_requests_without_ids_are_named_by_their_rows(tmp_path: Path) -> None:
    """A form tool may export no ID, or one of the person, who can ask twice."""
    first, second = lead(), lead(phone="(480) 234-5679", email="ann@gmail.com", first_name="Ann", street="9 Elm St")
    for number in (None, "C17"):
        rows = [{heading: cell for heading, cell in row.items() if heading != "Lead ID"} for row in (first, second)]
        rows = [row | {"Contact ID": number} for row in rows] if number else rows
        answers, _ = linked(tmp_path, rows, [job()])
        assert {row["lead_id"]: row["job_id"] for row in answers} == {"row 2": "7001", "row 3": ""}


def test_file_without_ids_and_people_is_refused(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("Page,Views\n/,12\n/about,3\n")
    files = {"leads": tmp_path / "leads.csv", "jobs": write(tmp_path / "jobs.csv", [job()])}
    with pytest.raises(LinkageError, match="no column with an ID"):
        engine.link(files, tmp_path / "links.csv", model=model.read())


@pytest.mark.parametrize(
    ("heading", "time"),
    [("Submitted At", "2026-03-02T16:30:00Z"), ("Submitted (UTC)", "3/2/2026 4:30 PM")],
)
def test_time_in_utc_becomes_that_of_the_office(tmp_path: Path, heading: str, time: str) -> None:
    """Sent at 9:30 in Phoenix, and opened ten minutes later, by the office's own clock."""
    asked = {heading if name == "Submitted At" else name: cell for name, cell in lead(submitted_at=time).items()}
    opened = job(created_on="2026-03-02 09:40")
    files = {"leads": write(tmp_path / "leads.csv", [asked]), "jobs": write(tmp_path / "jobs.csv", [opened])}
    with compared(files) as db:
        seen = "strftime(seen_at, '%d %H:%M'), day(seen_on)"
        rows = db.execute(f"SELECT {seen} FROM leads UNION ALL SELECT {seen} FROM jobs").fetchall()
    assert rows == [("02 09:30", 2), ("02 09:40", 2)]


def test_times_that_all_state_utc_stay(tmp_path: Path) -> None:
    """Leads and jobs that all state UTC show one clock as they are."""
    files = {
        "leads": write(tmp_path / "leads.csv", [lead(submitted_at="2026-03-02T16:30:00Z")]),
        "jobs": write(tmp_path / "jobs.csv", [job(created_on="2026-03-02T16:40:00Z")]),
    }
    with compared(files) as db:
        rows = db.execute("SELECT hour(clock) FROM leads UNION ALL SELECT hour(clock) FROM jobs").fetchall()
    assert rows == [(16,)] * 2


def test_column_of_recalls_marks_free_corrections(tmp_path: Path) -> None:
    for mark, outcome in (("Yes", {"7000"}), ("No", {"7000", "7001"}), ("", {"7000", "7001"})):
        jobs = [
            job(job_id="7000", created_on="2026-03-03 10:00") | {"Is Recall": "No"},
            job(created_on="2026-03-05 10:00") | {"Is Recall": mark},
        ]
        answers, _ = linked(tmp_path, [lead()], jobs)
        assert {row["job_id"] for row in answers} == outcome, mark


def test_contact_at_the_place_is_a_person_of_the_job(tmp_path: Path) -> None:
    """The office files the job under the owner, and the tenant asked."""
    asked = lead(first_name="Ysolde", last_name="Vargas", email="", phone="623-555-0142", street="")
    filed = job(customer_name="Jorge Koch", phone_number="480-234-9911", email_address="")
    steps = []
    for contact in ("tenant Ysolde", ""):
        files = {
            "leads": write(tmp_path / "leads.csv", [asked]),
            "jobs": write(tmp_path / "jobs.csv", [filed | {"Site Contact": contact}]),
        }
        with compared(files) as db:
            steps.append(db.execute("SELECT count(*) FROM jobs WHERE list_contains(heard, 'ysolde')").fetchone())
    assert steps == [(1,), (0,)]


def test_canceled_jobs_have_many_words(tmp_path: Path) -> None:
    words = (
        "CXL",
        "Cust cxl'd",
        "User canceled",
        "Pro canceled",
        "Booked in error",
        "Not home - never resched",
        "Out of area",
    )
    others = ("Completed", "Closed - not sold", "Estimate declined", "Hold - parts")
    cases = [([lead()], [job(status=status)]) for status in (*words, *others)]
    answers = [any(row["job_id"] for row in rows) for rows in linked_apart(tmp_path, cases)]
    assert answers == [False] * len(words) + [True] * len(others)
