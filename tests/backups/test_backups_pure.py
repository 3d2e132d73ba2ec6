"""Schedule, retention, configuration and the reading of pgBackRest's answers; no server and no program is needed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pagetojob.backups import plan
from pagetojob.backups.configuration import NotConfigured, Repository, find_program, server_settings
from pagetojob.backups.pgbackrest import BackupFailed, PgBackRest, gaps
from pagetojob.backups.plan import Job
from pagetojob.local.process import PLAIN

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
KEY = "k" * 32


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


ALL = dict.fromkeys(Job, NOW)


@pytest.mark.parametrize(
    ("succeeded", "tried", "expected"),
    [
        ({}, {}, Job.FULL),
        ({}, {Job.FULL: ago(minutes=5)}, None),  # failed; nothing else makes sense without it
        ({}, {Job.FULL: ago(minutes=16)}, Job.FULL),
        ({Job.FULL: NOW}, {}, Job.VERIFY),
        ({Job.FULL: NOW, Job.VERIFY: NOW}, {}, Job.DRILL),
        (ALL, ALL, None),
        (ALL | {Job.FULL: ago(days=7)}, {}, Job.FULL),
        (ALL | {Job.FULL: ago(days=2), Job.INCREMENTAL: ago(days=1)}, {}, Job.INCREMENTAL),
        (ALL | {Job.FULL: ago(hours=2), Job.INCREMENTAL: ago(days=1)}, {}, None),
        # A failed drill does not stop the backups.
        (ALL | {Job.DRILL: ago(days=8), Job.INCREMENTAL: ago(days=2), Job.FULL: ago(days=3)}, {}, Job.INCREMENTAL),
    ],
)
def test_the_most_important_job_that_is_due_runs(
    succeeded: dict[Job, datetime], tried: dict[Job, datetime], expected: Job | None
) -> None:
    assert plan.due(NOW, succeeded=succeeded, tried=tried) == expected


def test_no_backup_is_older_than_the_period_of_the_retention_table() -> None:
    """A full backup is removed when the next one has reached pgBackRest's age: an interval and a day later."""
    for days in (14, 35, 90):
        assert plan.full_retention_days(days) + plan.EVERY[Job.FULL].days + 1 <= days


def test_the_key_is_in_a_private_file_and_nowhere_else(tmp_path: Path) -> None:
    url = "postgresql://postgres:p%3Aw@127.0.0.1:5433/postgres"
    repository = Repository(tmp_path / "backups", KEY, tmp_path / "data", admin_url=url)
    file = repository.write(tmp_path / "private")
    assert f"repo1-cipher-pass={KEY}\n" in file.read_text() and "repo1-cipher-type=aes-256-cbc" in file.read_text()
    assert (tmp_path / "private" / "pgpass").read_text() == "127.0.0.1:5433:*:postgres:p\\:w\n"
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "private").iterdir()} == {0o600}
    shown = (repr(repository), str(repository.environment(tmp_path)), str(server_settings("/usr/bin/pgbackrest", file)))
    assert all(KEY not in text and "p:w" not in text for text in shown)


@pytest.mark.parametrize("key", ["", "short", "k" * 31, "k" * 32 + "\n[global]", "ü" * 32])
def test_a_key_that_is_too_short_or_would_change_the_configuration_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotConfigured, match="BACKUP_CIPHER_KEY"):
        Repository(tmp_path, key, tmp_path)


def test_a_machine_without_pgbackrest_explains_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotConfigured, match="apt-get install pgbackrest"):
        find_program()


FIRST = "0000000100000000000000"


@pytest.mark.parametrize(
    ("segments", "missing"),
    [
        ([f"{FIRST}02", f"{FIRST}03", f"{FIRST}04"], []),
        ([f"{FIRST}02", f"{FIRST}04"], [f"{FIRST}03"]),
        ([f"{FIRST}03"], [f"{FIRST}02"]),  # the first one
        ([f"{FIRST}00", f"{FIRST}02"], []),  # older than every backup
        ([f"{FIRST}{number:02X}" for number in range(2, 256)] + ["000000010000000100000000"], []),
        (
            [f"{FIRST}02", f"{FIRST}03", "000000020000000000000003", "000000020000000000000005"],
            ["000000020000000000000004"],
        ),
    ],
)
def test_a_missing_segment_is_named_on_each_timeline(segments: list[str], missing: list[str]) -> None:
    assert gaps(segments, since=f"{FIRST}02") == missing


class Answering(PgBackRest):
    """Answers instead of the program: it ends with 0 also after an error."""

    answers: dict[str, str]

    def _run(self, command: str, *options: str) -> str:
        return self.answers.get(command, "")


def answering(tmp_path: Path, **answers: str) -> PgBackRest:
    tool = Answering(Repository(tmp_path, KEY, tmp_path), tmp_path, "pgbackrest", PLAIN)
    tool.answers = answers
    return tool


STANZA = {
    "status": {"code": 0, "message": "ok"},
    "repo": [],
    "backup": [
        {
            "label": "20261129-030000F",
            "type": "full",
            "error": False,
            "timestamp": {"start": 1795932765, "stop": 1795932766},
            "archive": {"start": f"{FIRST}02", "stop": f"{FIRST}03"},
            "info": {"size": 10, "repository": {"delta": 4}},
        }
    ],
}


def test_an_error_of_verify_fails_although_the_program_ends_well(tmp_path: Path) -> None:
    damaged = "stanza: main\nstatus: error\n  backup: 20261129-030000F, status: invalid\n    checksum invalid: 1\n"
    with pytest.raises(BackupFailed, match="checksum invalid: 1"):
        answering(tmp_path, info=json.dumps([STANZA]), verify=damaged).verify()
    listed: dict[str, dict[str, str]] = {
        f"archive/main/18-1/{FIRST}02-{'a' * 40}.zst": {},
        f"x/{FIRST}04-{'b' * 40}.zst": {},
    }
    with pytest.raises(BackupFailed, match=f"missing: {FIRST}03"):
        answering(tmp_path, info=json.dumps([STANZA]), verify="status: ok", **{"repo-ls": json.dumps(listed)}).verify()
    with pytest.raises(BackupFailed, match="no backup"):
        answering(tmp_path, info="[]").verify()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "P00  ERROR: [095]: unable to flush",
            "The repository cannot be read with this BACKUP_CIPHER_KEY, or is damaged.",
        ),
        ("INFO: x\nP00  ERROR: [082]: WAL was not archived\nINFO: y", "[082]: WAL was not archived"),
        (f"ERROR: [001]: the key is {KEY}", "[001]: the key is …"),
        ("", "pgBackRest ended without a message."),
    ],
)
def test_a_failure_is_a_sentence_without_the_key(tmp_path: Path, output: str, sentence: str) -> None:
    assert answering(tmp_path)._explain(output) == sentence
