"""Whether the linkage reads the columns and phrases of `bench/attribution/columns` right."""

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from attribution.linkage import macros, reading
from attribution.linkage.errors import LinkageError
from tests.support.sources import ROOT

#: Fields as which the linkage may read columns, and the meanings of these columns. Each has to be read.
_NEEDED = {
    "id": "id",
    "created": "created_at created_date",
    "name": "name",
    "first": "first_name",
    "last": "last_name",
    "phone": "phone other_phone",
    "email": "email other_email",
    "street service_street": "service_street service_full_address",
    "zip": "service_zip",
    "service message": "service job_type message notes",
    "campaign channel": "campaign_or_source",
    "status": "status",
    "total": "total",
    "customer": "customer_id",
    "project_number": "project_number",
    "original_job": "original_job",
}
#: The same for columns that may be ignored.
_USABLE = {
    "id": "invoice_number",
    "created": "created_time scheduled_at completed_at invoice_date",
    "name contact": "company billing_name service_location_name",
    "street other_street": "billing_street billing_full_address",
    "unit": "service_street2",
    "city": "service_city billing_city",
    "zip": "billing_zip",
    "customer": "location_id",
    "recall message": "recall_or_warranty",
}
#: All columns with these meanings have to be read. If several columns have one other meaning, one of them is enough.
_EACH = ("phone", "other_phone", "email", "other_email", "message", "notes")
_NOT_OF_LEADS = ("customer_id", "total", "notes")
#: The lists of phrases with a condition in SQL that is true of each `text` if the linkage reads it right.
_PHRASES = {
    "canceled": "is_canceled(lower(text))",
    "happened": "NOT is_canceled(lower(text))",
    "free_correction": "is_callback(plain(text))",
    "not_correction": "NOT is_callback(plain(text))",
    "free_correction notes": "is_correction(0, 1, plain(text))",
    "not_correction notes": "NOT is_correction(0, 1, plain(text))",
    "continues": "continues_work(plain(text), NULL)",
}


@dataclass
class Score:
    """How many columns or phrases are read right, of how many, and a line on each that is not."""

    right: int = 0
    all: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, right: bool, line: str) -> None:
        self.right += right
        self.all += 1
        self.wrong += [] if right else [line]


def measure() -> dict[str, Score]:
    """Return the score of each half of each writer's exports, and of each half of each list of phrases.

    "Other" are columns that the linkage does not need; they are right if they are ignored or read as what they are.
    """
    scores: dict[str, Score] = defaultdict(Score)
    folder = ROOT / "bench/attribution/columns"
    for path in sorted(folder.glob("*/*.csv")):
        _read_export(path, f"{path.parent.name} {_half(int(path.name[:2]))}", scores)
    lists = [json.loads(path.read_text()) for path in sorted(folder.glob("*/phrases.json"))]
    db = duckdb.connect()
    macros.define(db)
    for kind, condition in _PHRASES.items():
        phrases = [text for each in lists for text in each[kind.split()[0]]]
        rows = db.execute(f"SELECT text, {condition} FROM (SELECT unnest(?) AS text)", [phrases]).fetchall()
        for number, (text, right) in enumerate(rows, start=1):
            scores[f"{kind} {_half(number)}"].add(right, text)
    return scores


def _half(number: int) -> str:
    return "odd" if number % 2 else "even"


def _read_export(path: Path, half: str, scores: Mapping[str, Score]) -> None:
    """Read an export as the linkage does, and add its columns to the scores. A refused file has none right."""
    kind = path.name.split("-")[1]
    with path.open(newline="", encoding="utf-8") as file:
        columns = list(csv.reader(file))
    fields, why = _fields_of(kind, [column[1:] for column in columns])
    scores[f"{half} files"].add(not why, f"{half} {path.stem}: {why}")
    done = {label for (label, *_), read in zip(columns, fields, strict=True) if read & _fields(label)}
    for (label, heading, *_), read in zip(columns, fields, strict=True):
        needed = label in _labels(_NEEDED) and not (kind == "leads" and label in _NOT_OF_LEADS)
        right = not why and (bool(read & _fields(label)) or not (read or needed))
        if right or read or label in _EACH or label not in done:
            line = f"{path.stem}: {heading} ({label}) is read as {' and '.join(sorted(read)) or 'nothing'}"
            scores[f"{half} {'columns' if needed else 'other columns'}"].add(right, line)


def _fields_of(kind: str, columns: Sequence[Sequence[str]]) -> tuple[list[set[str]], str]:
    """Return the fields as which each column is read, and why the file is refused, or nothing."""
    fields: list[set[str]] = [set() for _ in columns]
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / f"{kind}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(zip(*columns, strict=True))
        try:
            places = reading.copy(kind, path, Path(work)).places
        except LinkageError as error:
            return fields, str(error)
    for name, at in ((name, at) for name, several in places.items() for at in several):
        fields[at].add(name)
    return fields, ""


def _labels(table: Mapping[str, str]) -> set[str]:
    return {label for labels in table.values() for label in labels.split()}


def _fields(label: str) -> set[str]:
    """Return the fields as which a column with this meaning may be read."""
    tables = [*_NEEDED.items(), *_USABLE.items()]
    return {name for names, labels in tables if label in labels.split() for name in names.split()}
