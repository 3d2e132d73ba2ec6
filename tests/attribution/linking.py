"""Helpers of the linkage tests: small files of leads and jobs."""

import csv
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from attribution.linkage import engine, model, pipeline
from attribution.linkage.pipeline import Linked

Row = dict[str, str]
Answers = list[Row]
#: Leads and jobs.
Case = tuple[list[Row], list[Row]]

LEAD = {
    "Lead ID": "L1",
    "Submitted At": "2026-03-02T09:00:00",
    "First Name": "Robert",
    "Last Name": "Quillfeather",
    "Phone": "(602) 234-5678",
    "Email": "rob.quillfeather@gmail.com",
    "Street": "123 N Main St",
    "Zip": "85001",
    "Service": "AC Repair",
    "Campaign": "Summer AC",
    "Message": "",
}
JOB = {
    "Job ID": "7001",
    "Created On": "2026-03-04 10:00",
    "Customer Name": "Robert Quillfeather",
    "Phone Number": "6022345678",
    "Email Address": "rob.quillfeather@gmail.com",
    "Address": "123 North Main Street, Phoenix, AZ 85001",
    "Job Type": "AC Repair",
    "Campaign Name": "Summer AC",
    "Summary": "",
    "Status": "Completed",
}


def lead(**changes: str) -> Row:
    return LEAD | _headed(LEAD, changes)


def job(**changes: str) -> Row:
    return JOB | _headed(JOB, changes)


def _headed(row: Row, changes: dict[str, str]) -> Row:
    """Turn field names into headings: `lead_id` becomes Lead ID."""
    names = {heading.lower().replace(" ", "_"): heading for heading in row}
    return {names.get(name, name): value for name, value in changes.items()}


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> Answers:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def linked(folder: Path, leads: list[Row], jobs: list[Row], **others: list[Row]) -> tuple[Answers, Linked]:
    """Link two files; return the result rows and the summary."""
    files = {
        kind: write(folder / f"{kind}.csv", rows) for kind, rows in {"leads": leads, "jobs": jobs, **others}.items()
    }
    done = engine.link(files, folder / "links.csv", model=model.read())
    return read(folder / "links.csv"), done


def apart(cases: Sequence[Case]) -> Case:
    """Combine cases that must not affect each other. A linking takes the same time for a few as for one.

    The rows of a case are a year earlier than those of the case before it, and their IDs begin with its number.
    """
    leads, jobs = [], []
    for at, (asked, done) in enumerate(cases):
        leads += [_moved(row, at, "Lead ID", "Submitted At") for row in asked]
        jobs += [_moved(row, at, "Job ID", "Created On") for row in done]
    return leads, jobs


def _moved(row: Row, years: int, number: str, date: str) -> Row:
    year, _, days = row[date].partition("-")
    return row | {number: f"{years}:{row[number]}", date: f"{int(year) - years}-{days}"}


def linked_apart(folder: Path, cases: Sequence[Case]) -> list[Answers]:
    """Link cases that must not affect each other; return the result rows of each."""
    answers: list[Answers] = [[] for _ in cases]
    for row in linked(folder, *apart(cases))[0]:
        numbers = {name: row[name].partition(":") for name in ("lead_id", "job_id")}
        (at,) = {int(case) for case, _, _ in numbers.values() if case}
        answers[at].append(row | {name: number for name, (_, _, number) in numbers.items()})
    return answers


@contextmanager
def compared(files: Mapping[str, Path]) -> Generator[duckdb.DuckDBPyConnection]:
    """Compare the rows of the files with the engine's settings, and give its tables before anything is assigned."""
    with (
        tempfile.TemporaryDirectory(dir=files["leads"].parent) as work,
        engine.connected(Path(work), files, threads=2, memory="") as db,
    ):
        pipeline.compare_files(db, files, Path(work), model.read())
        yield db


def labels(answers: Answers) -> dict[tuple[str, str], str]:
    return {(row["lead_id"], row["job_id"]): row["label"] for row in answers}
