"""The zip bundle for a partner application: complete, sound, honest, and made at most once a minute."""

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client

from pagetojob.claims.guard import overclaims
from pagetojob.servicetitan.scope_table import scope_lines
from readiness.partner_bundle import PAGES
from readiness.services.current import current

pytestmark = pytest.mark.django_db
ADDRESS = "/servicetitan-ready-websites/partner-application.zip"


@pytest.fixture
def files(pack: None, client: Client) -> dict[str, str]:
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_holds_all_documents_with_their_hashes(files: dict[str, str]) -> None:
    assert set(files) == {
        *("README.txt", "scopes.csv", "diagrams.html", "retention.csv", "security-sheet.md", "validation.json"),
        *(f"pages/{slug}.html" for slug in PAGES),
        "SHA256SUMS",
    }
    for line in files["SHA256SUMS"].splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(files[name].encode()).hexdigest() == digest
    assert current().sha256 in files["README.txt"]


def test_its_tables_are_those_of_the_code(files: dict[str, str]) -> None:
    scopes = list(csv.DictReader(io.StringIO(files["scopes.csv"])))
    assert [row["scope"] for row in scopes] == [line.scope for line in scope_lines()]
    assert all(row["required by"] or row["used where granted by"] for row in scopes)
    periods = list(csv.DictReader(io.StringIO(files["retention.csv"])))
    assert all(row["days"] and row["reason"] and row["ended by"] for row in periods)
    assert set(json.loads(files["validation.json"]).values()) == {"not run yet"}
    assert files["diagrams.html"].count('class="drawing__picture"') == 3


def test_each_file_repeats_the_disclaimers_and_claims_nothing(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith((".html", ".txt")):
            assert all(disclaimer in text for disclaimer in current().disclaimers), name
    assert not list(overclaims(files["README.txt"]))


def test_anyone_may_ask_often(pack: None, client: Client, django_assert_max_num_queries: Any) -> None:
    client.get(ADDRESS)
    with django_assert_max_num_queries(2):
        assert client.get(ADDRESS).status_code == 200
