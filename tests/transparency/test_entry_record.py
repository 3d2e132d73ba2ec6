"""The record of the log's entries outside the database: a restored log continues as the one that was signed."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from pagetojob.transparency import entry_record, selectors, services
from pagetojob.transparency.models import EntryKind, LogEntry, LogSubmission
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.LOG_SIGNING_KEYS = new_signer("log.example", LOG).secret()
    settings.RECOVERY_FOLDER = str(tmp_path)
    return tmp_path


def fill(*numbers: int) -> str:
    """Add entries and return the state that the log signs then."""
    for number in numbers:
        services.submit(EntryKind.MONTH, hashlib.sha256(str(number).encode()).hexdigest())
    services.sequence()
    newest = selectors.newest_checkpoint()
    assert newest
    return newest.text


def fill_and_lose(*numbers: int) -> str:
    """Add entries that the restored database lacks."""
    with transaction.atomic():
        signed = fill(*numbers)
        transaction.set_rollback(True)
    return signed


def test_a_restored_log_signs_the_state_that_it_had_signed(folder: Path) -> None:
    fill(1, 2)
    signed = fill_and_lose(3, 4, 5)
    assert services.continue_log(entry_record.read([folder])) == 3
    assert fill() == signed
    assert services.continue_log(entry_record.read([folder])) == 0


def test_an_entry_whose_submission_waits_gets_its_place_back(folder: Path) -> None:
    fill(1)
    services.submit(EntryKind.MONTH, hashlib.sha256(b"2").hexdigest())
    signed = fill_and_lose(2)
    assert services.continue_log(entry_record.read([folder])) == 1
    assert fill() == signed
    assert LogSubmission.objects.filter(entry=None).count() == 0


def test_a_log_that_continued_with_other_entries_is_refused(folder: Path) -> None:
    fill(1)
    fill_and_lose(2)
    recorded = entry_record.read([folder])
    fill(3)
    with pytest.raises(services.NotContinued, match="Entry 2 of the public log is not the recorded one"):
        services.continue_log(recorded)


def test_a_missing_record_is_noticed(folder: Path) -> None:
    fill(1)
    fill_and_lose(2, 3)
    recorded = entry_record.read([folder])
    del recorded[2]
    with pytest.raises(services.NotContinued, match="from 2 to 3"):
        services.continue_log(recorded)
    assert LogEntry.objects.count() == 2


def test_entries_whose_commit_failed_give_their_places_to_others(folder: Path) -> None:
    """Another host, or the same one later, recorded what took those places."""
    other = folder / "other"
    fill(1)
    fill_and_lose(2, 3)
    other.mkdir()
    (folder / entry_record.NAME).rename(other / entry_record.NAME)
    fill(4)
    assert services.continue_log(entry_record.read([folder, other])) == 0
    assert services.continue_log(entry_record.read([other, folder])) == 0


def test_a_line_that_a_killed_process_left_does_no_harm(folder: Path) -> None:
    fill(1)
    with (folder / entry_record.NAME).open("a") as file:
        file.write('{"at":"2026-12-01T')
    signed = fill_and_lose(2)
    assert services.continue_log(entry_record.read([folder])) == 1
    assert fill() == signed


def test_without_a_folder_nothing_is_recorded(folder: Path, settings: Any) -> None:
    settings.RECOVERY_FOLDER = ""
    fill(1)
    assert not list(folder.iterdir())
    assert services.continue_log(entry_record.read([folder])) == 0
