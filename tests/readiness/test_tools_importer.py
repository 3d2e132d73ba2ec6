"""Importer bench: samples, files and pasted rows; a secret is never sent back."""

import csv
import io
import sys
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pagetojob.importer import child_reader, tables
from pagetojob.importer.objects import OBJECT_TYPES
from pagetojob.platform.limited_process import Slots
from tests.readiness.reading import read
from tests.readiness.trying import ROOT, harmless, review, text_of
from tests.support.naughty_strings import NAUGHTY_STRINGS
from tests.support.nightly import sampled

pytestmark = pytest.mark.usefixtures("pack", "tenant")


@pytest.mark.parametrize("kind", sampled(OBJECT_TYPES, keep=2), ids=lambda kind: kind.key)
def test_every_sample_has_a_link(kind: Any, client: Client) -> None:
    address = f"{ROOT}importer?sample={kind.key}"
    assert f"{address}#result" in read(client.get(f"{ROOT}importer").text).links
    response = client.get(address)
    assert response.status_code == 200
    assert kind.sample.splitlines()[1] in response.text.replace("&quot;", '"')
    assert f'value="{kind.key}" selected' in response.text


@pytest.mark.parametrize("name", ["", "nonsense", "jobtype", "<script>", "x" * 10_000])
def test_an_unknown_sample_is_a_404(name: str, client: Client) -> None:
    response = client.get(f"{ROOT}importer", {"sample": name})
    assert response.status_code == 404
    assert "<script>alert" not in response.text


def test_the_sample_of_job_types_is_reviewed(client: Client) -> None:
    text = text_of(review(client, OBJECT_TYPES[0].sample))
    assert (
        "3 objects read 2 active 1 inactive, paused or retired 0 for the customer to review 0 blocked 0 refused" in text
    )
    assert "Water Heater Repair is inactive, so promoting it needs approval." in text
    assert "1 warning in total" in text


def test_a_file_is_read_as_well(client: Client) -> None:
    file = SimpleUploadedFile("export.csv", "Job Type;Status\nKühlung;active\n".encode("cp1252"))
    text = text_of(review(client, file=file))
    assert "Kühlung" in text
    assert "Read as Windows-1252, separated by semicolons." in text


def test_every_bad_row_is_named_by_its_number(client: Client) -> None:
    text = text_of(
        review(client, "name,status,note\nA,active,=1+1\nB,active,a@example.com\n,active,x\nC,perhaps,x\nc,active,x\n")
    )
    assert "2 column 3 (“note”) a formula" in text
    assert "3 column 3 (“note”) an email address" in text
    assert "Row 4 The name is missing." in text
    assert "To review: 2 with a duplicate name, 1 with an unclear status; a row can be in more than one." in text


@pytest.mark.parametrize(
    "rows",
    ["name,note\nA,ak1.verysecretvalue99\n", "ak1.verysecretvalue99,x\nA,b\n", "a,b\nx,ak1.verysecretvalue99\n"],
)
def test_a_secret_is_never_sent_back(rows: str, client: Client) -> None:
    response = review(client, rows)
    assert "verysecretvalue99" not in response.text
    assert "rotate" in text_of(response).lower()


def test_a_secret_in_a_file_is_reported_but_not_shown(client: Client) -> None:
    response = review(client, file=SimpleUploadedFile("a.csv", b"name,note\nA,ak1.verysecretvalue99\n"))
    assert "a ServiceTitan app key" in text_of(response)
    assert "verysecretvalue99" not in response.text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"text": "AC Repair,active\n"}, "No column is called “name”."),
        ({"text": 'name,"status"x\nA,active\n'}, "Row 1: A quotation mark is in the wrong place."),
        ({"text": "name\n" + "A\n" * 5_030}, "more than 5,000 rows"),
        ({"text": "name\n" + "é" * 140_000}, "The text is larger than 256 kB."),
        ({"text": "name\nA\x00B\n"}, "Null characters are not allowed."),
        ({"text": ""}, "Paste some rows, or choose a file."),
        ({"text": "name\nA\n", "kind": "invoice"}, "Select a valid choice"),
    ],
)
def test_an_invalid_table_is_reported_and_preserved(sent: dict[str, str], words: str, client: Client) -> None:
    response = review(client, **sent)
    assert response.status_code == 422
    assert words in text_of(response)
    assert sent["text"][:20].replace("\x00", "").replace('"', "&quot;").strip() in response.text.replace("\x00", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "It is empty."),
        (b"PK\x03\x04", "Excel workbook"),
        (b"na\x00me\nA\n", "NUL"),
        (b"x" * 262_145, "larger than 256 kB"),
    ],
)
def test_a_file_that_is_no_table(content: bytes, words: str, client: Client) -> None:
    response = review(client, file=SimpleUploadedFile("a.csv", content))
    assert response.status_code == 422
    assert words in text_of(response)


def test_the_web_process_parses_no_file(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "records", lambda *_: pytest.fail("it was parsed in this process"))
    assert "1 object read" in text_of(review(client, file=SimpleUploadedFile("a.csv", b"name\nA\n")))


def test_a_file_that_its_child_cannot_read_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    response = review(client, file=SimpleUploadedFile("a.csv", b"name\nA\n"))
    assert response.status_code == 422 and "too much memory or time" in text_of(response)


def test_many_files_at_once_do_not_occupy_the_threads(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = Slots(running=1, waiting=0, wait_seconds=5)
    monkeypatch.setattr(child_reader, "_SLOTS", slots)
    with slots.taken():
        response = review(client, "name\nA\n")
    assert response.status_code == 422 and "Too many files" in text_of(response)
    assert review(client, "name\nA\n").status_code == 200


def test_rows_or_a_file_but_not_both(client: Client) -> None:
    response = review(client, "name\nA\n", file=SimpleUploadedFile("a.csv", b"name\nB\n"))
    assert response.status_code == 422
    assert "Paste rows or choose a file, but not both." in text_of(response)


def test_a_long_table_is_counted_whole_and_shown_in_part(client: Client) -> None:
    response = review(client, "name,status\n" + "".join(f"Job {n},perhaps\n" for n in range(4_000)))
    text = text_of(response)
    assert "4000 objects read" in text
    assert "The first 100 of 4000." in text
    assert "and 3988 more" in text
    assert len(response.content) < 300_000


@pytest.mark.parametrize("name", sampled([*NAUGHTY_STRINGS], keep=11))
def test_naughty_cells_come_back_as_text(client: Client, name: str) -> None:
    typed, table = NAUGHTY_STRINGS[name], io.StringIO()
    csv.writer(table).writerows([["name", "description"], [typed, "x"], ["A", typed]])
    assert harmless(review(client, table.getvalue()))
