"""pgBackRest and a server of these tests' own: back up, restore to a time, and everything that can be wrong with it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from pagetojob.backups.configuration import NotConfigured, Repository, find_program
from pagetojob.backups.drill import restore
from pagetojob.backups.pgbackrest import BackupFailed, PgBackRest, opened
from pagetojob.backups.plan import Job
from pagetojob.backups.restored_server import connected, recovered, require_space
from pagetojob.local.database_url import with_database
from pagetojob.local.place import CLONE
from pagetojob.local.postgres import Postgres

KEY = "only-for-tests-only-for-tests-only"


@pytest.fixture(scope="module", autouse=True)
def _has_pgbackrest() -> None:
    """Skipped, named and counted where pgBackRest is missing; with REQUIRE_SYSTEM_PACKAGES=1 that is a failure."""
    try:
        find_program()
    except NotConfigured as error:
        if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail(str(error))
        pytest.skip(str(error))


class Server:
    """A server that archives into a repository, with a full backup."""

    def __init__(self, folder: Path, repository: Path) -> None:
        data = folder / "postgres" / "data"
        self.postgres = Postgres(folder / "postgres", durable=False, repository=Repository(repository, KEY, data))
        self.folder, self.stored = folder, repository

    def repository(self, key: str = KEY) -> Repository:
        return Repository(self.stored, key, self.postgres.home, admin_url=self.postgres.admin_url)

    def ask(self, statement: str) -> Any:
        name = settings.DATABASES["default"]["NAME"]
        with psycopg.connect(with_database(self.postgres.admin_url, name), autocommit=True) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchone() if cursor.description else None

    def insert(self, word: str) -> None:
        self.ask(f"INSERT INTO words VALUES ('{word}')")

    def archive(self) -> None:
        """Wait until the current segment is in the repository."""
        self.ask("SELECT pg_switch_wal()")
        deadline = time.monotonic() + 20
        before = self.ask("SELECT archived_count FROM pg_stat_archiver")
        self.insert("more")
        self.ask("SELECT pg_switch_wal()")
        while self.ask("SELECT archived_count FROM pg_stat_archiver") == before and time.monotonic() < deadline:
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("backed-up")
    server = Server(folder, folder / "backups")
    with server.postgres:
        with psycopg.connect(server.postgres.admin_url, autocommit=True) as session:
            name = sql.Identifier(settings.DATABASES["default"]["NAME"])
            session.execute(sql.SQL("CREATE DATABASE {}").format(name))
        server.ask("CREATE TABLE words (word text)")
        with opened(server.repository()) as tool:
            tool.prepare(may_create=True)
            tool.take(Job.FULL)
        yield server


@pytest.fixture
def tool(server: Server) -> Iterator[PgBackRest]:
    with opened(server.repository()) as tool:
        yield tool


def test_a_restore_ends_at_the_named_time_and_leaves_the_original_alone(
    server: Server, tool: PgBackRest, tmp_path: Path
) -> None:
    server.ask("TRUNCATE words")
    server.insert("before")
    # pgBackRest knows the end of a backup to the second, and needs one that ended before.
    first = tool.backups()[0].ended_at + timedelta(seconds=1)
    while (moment := datetime.now(UTC)) <= first:
        time.sleep(0.05)
    time.sleep(0.05)
    server.insert("after")
    backup = tool.take(Job.INCREMENTAL)
    assert not backup.full and tool.backups()[0].full
    server.archive()
    segments = tool.segments()
    # As in an empty volume, the folder above it is missing as well.
    folder = tmp_path / "18" / "restored"
    copy = restore(tool, folder, at=moment)
    assert copy.recovered_to is not None and copy.recovered_to <= moment
    with recovered(folder, tool.rights) as port:
        url = with_database(server.postgres.admin_url, settings.DATABASES["default"]["NAME"])
        with connected(url, port) as session:
            assert [row[0] for row in session.execute("SELECT word FROM words")] == ["before"]
            assert session.execute("SHOW archive_mode").fetchone() == ("off",)
    assert tool.segments() == segments, "the copy wrote into the repository"
    histories = list((folder / "pg_wal" / "archive_status").glob("*.history.ready"))
    assert [file.name for file in histories] == ["00000002.history.ready"]
    assert not tool.take(Job.INCREMENTAL).full  # of the original, with the same configuration
    with pytest.raises(BackupFailed, match="exists and is not empty"):
        restore(tool, folder, at=moment)


def test_a_drill_reads_nothing_that_was_archived_after_it_began(
    server: Server, tool: PgBackRest, tmp_path: Path
) -> None:
    server.ask("TRUNCATE words")
    server.insert("before")
    server.archive()
    until = tool.segments()[-1]
    server.insert("after")
    server.archive()
    tool.restore(tmp_path, at=None, until=until)
    with recovered(tmp_path, tool.rights) as port:
        url = with_database(server.postgres.admin_url, settings.DATABASES["default"]["NAME"])
        with connected(url, port) as session:
            words = {row[0] for row in session.execute("SELECT word FROM words")}
    assert "before" in words and "after" not in words


def test_a_time_before_the_first_backup_is_refused(tool: PgBackRest, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="unable to find backup set with stop time less than"):
        restore(tool, tmp_path / "restored", at=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_missing_or_damaged_segment_fails_the_verification(server: Server, tool: PgBackRest, tmp_path: Path) -> None:
    server.archive()
    server.archive()
    tool.verify()
    segment = sorted((server.stored / "repository").glob("archive/main/*/*/*.zst"))[-2]
    shutil.move(segment, tmp_path / segment.name)
    with pytest.raises(BackupFailed, match=f"missing: {segment.name[:24]}"):
        tool.verify()
    shutil.copy(tmp_path / segment.name, segment)
    with segment.open("r+b") as file:
        file.truncate(segment.stat().st_size - 20)
    with pytest.raises(BackupFailed, match="Damaged: "):
        tool.verify()
    shutil.move(tmp_path / segment.name, segment)
    tool.verify()


def test_a_later_full_backup_ends_damage_that_it_does_not_need(server: Server, tool: PgBackRest) -> None:
    server.archive()
    server.archive()
    with _damaged(server, -2):
        noticed_at = datetime.now(UTC)
        with pytest.raises(BackupFailed, match="no backup"):
            tool.verify(after=noticed_at)
        time.sleep(1)  # pgBackRest records whole seconds
        tool.take(Job.FULL)
        server.archive()
        server.archive()
        with pytest.raises(BackupFailed, match="Damaged: "):
            tool.verify()
        tool.verify(after=noticed_at)
        with _damaged(server, -2), pytest.raises(BackupFailed, match="Damaged: "):
            tool.verify(after=noticed_at)


@contextmanager
def _damaged(server: Server, place: int) -> Iterator[None]:
    """Shorten a segment of WAL for a while. The tests of this file share the repository, in any order."""
    segment = sorted((server.stored / "repository").glob("archive/main/*/*/*.zst"))[place]
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-20])
    try:
        yield
    finally:
        segment.write_bytes(whole)


def test_another_key_opens_nothing_and_is_in_no_message(server: Server, tmp_path: Path) -> None:
    wrong = "another-key-another-key-another-key"
    with opened(server.repository(wrong)) as tool:
        for act in (tool.backups, lambda: tool.take(Job.FULL), lambda: restore(tool, tmp_path / "restored", at=None)):
            with pytest.raises(BackupFailed, match="cannot be read with this BACKUP_CIPHER_KEY"):
                act()
    log = server.postgres.log.read_text()
    assert wrong not in log and KEY not in log


def test_a_repository_that_is_gone_is_not_silently_replaced(server: Server, tool: PgBackRest) -> None:
    away = server.stored.with_name("away")
    server.stored.rename(away)
    try:
        with pytest.raises(BackupFailed, match="Check that its disk is mounted"):
            tool.prepare(may_create=False)
        assert not server.stored.exists()
    finally:
        shutil.rmtree(server.stored, ignore_errors=True)
        away.rename(server.stored)


def test_the_archiver_gets_the_same_file_from_the_command_of_the_image(server: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(KEY + "\n")
    command = [
        sys.executable,
        "-m",
        "pagetojob.backups.configuration",
        str(tmp_path / "run"),
        str(server.postgres.home),
    ]
    variables = {"BACKUP_FOLDER": str(server.stored), "BACKUP_CIPHER_KEY_FILE": str(secret), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=CLONE, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = (tmp_path / "run" / "pgbackrest.conf").read_text()
    theirs = (server.postgres.root / "archiver" / "pgbackrest.conf").read_text()
    assert written == theirs.replace(str(server.postgres.root / "archiver"), str(tmp_path / "run"))


def test_a_full_disk_fails_the_backup_with_a_sentence(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("This machine does not let the test mount a small disk.")
    try:
        other = Server(tmp_path, small)
        with other.postgres, opened(other.repository()) as tool:
            tool.prepare(may_create=True)
            with pytest.raises(BackupFailed, match="The disk of the repository is full"):
                tool.take(Job.FULL)
    finally:
        subprocess.run(["umount", "--lazy", str(small)], check=True)


def test_a_drill_without_space_for_the_copy_does_not_begin(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(BackupFailed, match="too little space"):
        require_space(server.folder, server.postgres.home)


@pytest.mark.nightly
def test_nothing_is_sent_twice_after_a_restore_under_traffic() -> None:
    """Real processes and the simulator; a person erased after the chosen time is gone before anything starts."""
    command = [sys.executable, "-m", "bench.restore", "--leads", "200"]
    done = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("passed")
