"""Run pgBackRest: back up, list, verify and restore. Errors carry its message, never the key."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import dropwhile
from pathlib import Path

from pagetojob.backups.configuration import STANZA, NotConfigured, Repository, find_program
from pagetojob.backups.plan import Job
from pagetojob.local.process import PLAIN, Rights, end, spawn
from pagetojob.local.rights import named_accounts

#: pgBackRest's words if the key does not open the repository, or its content is damaged.
_UNREADABLE = ("[031]", "[095]", "CryptoError", "FormatError", "cipher header invalid", "unable to flush")
_SEGMENT = re.compile(r"([0-9A-F]{24})(?:\.partial)?-[0-9a-f]{40}")
#: Lines of `verify`: a damaged segment, and how many segments of an archive were checked and are valid.
_DAMAGED_SEGMENT = re.compile(r"INFO: invalid .*?([0-9A-F]{24})(?:\.partial)?-[0-9a-f]{40}")
_CHECKED_SEGMENTS = re.compile(r"archiveId: (\S+), total WAL checked: (\d+), total valid WAL: (\d+)")
_TYPES = {Job.FULL: "full", Job.INCREMENTAL: "incr"}
SEGMENTS_PER_LOG = 256
#: Two segments of WAL.
_FULL_BELOW = 32 * 1024**2


class BackupFailed(Exception):
    """Raised when pgBackRest fails. The message tells what happened."""


@dataclass(frozen=True)
class Backup:
    """A backup of the repository."""

    label: str
    full: bool
    began_at: datetime
    ended_at: datetime
    first_segment: str
    bytes: int
    repository_bytes: int


class PgBackRest:
    """The program with a configuration in a private folder, run as the owner of the server's data folder."""

    def __init__(self, repository: Repository, folder: Path, program: str, rights: Rights) -> None:
        self.repository = repository
        self.folder = folder
        self.program = program
        self.rights = rights

    def prepare(self, *, may_create: bool) -> None:
        """Create an empty repository on first use. Refuses to start over when backups were made before."""
        existing = (self.repository.folder / "repository" / "backup" / STANZA / "backup.info").exists()
        if not existing and not may_create:
            raise BackupFailed(
                f"The repository in {self.repository.folder} is missing, although backups were made. Check that its"
                " disk is mounted. To begin a new one, run: manage.py backup take --new-repository"
            )
        self._run("stanza-create")

    def take(self, job: Job) -> Backup:
        """Take a backup and return it; pgBackRest then removes expired ones."""
        self._run("backup", f"--type={_TYPES[job]}")
        return self.backups()[-1]

    def backups(self) -> list[Backup]:
        """Return all backups, oldest first."""
        text = self._run("info", "--output=json")
        stanzas = json.loads(text[text.index("[{") :], strict=False) if "[{" in text else []
        for stanza in stanzas:
            if stanza["status"]["code"] not in (0, 2):  # 2: no backup yet
                raise BackupFailed(self._explain(json.dumps(stanza["repo"])))
        return [_backup(row) for stanza in stanzas for row in stanza["backup"] if not row.get("error")]

    def verify(self, *, after: datetime | None = None) -> None:
        """Check that archiving works, and each file and segment of WAL. Raises BackupFailed with what is wrong.

        With `after`, accept damage that no restore from the first full backup since then, or a later one, needs.
        `pgbackrest verify` ends with 0 also when it found an error, and does not notice a missing segment.
        """
        self._run("check")
        backups = self.backups()
        if after is not None:
            backups = list(dropwhile(lambda row: not row.full or row.began_at <= after, backups))
        if not backups:
            raise BackupFailed("The repository has no backup.")
        text = self._run("verify", "--output=text", "--verbose", "--log-level-console=info")
        if "status: error" in text and (after is None or self._is_needed(text, backups)):
            lines = [line.strip() for line in text.splitlines() if line.strip() and "INFO" not in line]
            raise BackupFailed("Damaged: " + "; ".join(lines)[-400:])
        if missing := gaps(self.segments(), since=backups[0].first_segment):
            raise BackupFailed(f"Segments of WAL are missing: {', '.join(missing[:5])}.")

    def _is_needed(self, text: str, backups: list[Backup]) -> bool:
        """Return whether a restore from these backups may need what `verify` reports as damaged."""
        return not only_older(text, than=backups[0].first_segment) or any(
            "status: error" in self._run("verify", "--output=text", f"--set={row.label}") for row in backups
        )

    def segments(self) -> list[str]:
        """Return the names of all archived segments."""
        text = self._run("repo-ls", "--recurse", "--output=json", f"archive/{STANZA}")
        names = json.loads(text[text.index("{") :])
        return sorted({match[1] for name in names if (match := _SEGMENT.search(name.rpartition("/")[2]))})

    def restore(self, to: Path, *, at: datetime | None, until: str = "") -> None:
        """Restore the files into an empty folder; the server then recovers to this time, or as far as possible.

        `until` is the last segment that it may read, so that a drill does not get what was archived after it began.
        """
        target = ["--type=default"]
        if until:
            target.append(f"--recovery-option=restore_command={self._get_until(to, until)}")
        if at is not None:
            target = [
                "--type=time",
                f"--target={at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}",
                "--target-action=promote",
            ]
        self._run("restore", f"--pg1-path={to}", *target)

    def _get_until(self, to: Path, segment: str) -> str:
        words = (self.program, f"--config={self.folder / 'pgbackrest.conf'}", f"--stanza={STANZA}", f"--pg1-path={to}")
        get = " ".join(shlex.quote(word).replace("%", "%%") for word in words)
        # No backslash, which the configuration of PostgreSQL would remove.
        return f'expr "x%f" ">" x{segment} >/dev/null && exit 1; {get} archive-get %f "%p"'

    def _run(self, command: str, *options: str) -> str:
        argv = [self.program, f"--config={self.folder / 'pgbackrest.conf'}", f"--stanza={STANZA}", command, *options]
        child = spawn(
            argv,
            folder=Path("/"),
            output=subprocess.PIPE,
            death_signal=signal.SIGTERM,
            rights=self.rights,
            env={"PATH": os.environ.get("PATH", ""), **self.repository.environment(self.folder)},
        )
        try:
            output = child.communicate()[0].decode("utf-8", errors="replace")
        except BaseException:
            end(child, ((signal.SIGTERM, 10.0),))
            raise
        if child.returncode:
            raise BackupFailed(f"{self._explain(output)}{self._full_disk()}")
        return output

    def _full_disk(self) -> str:
        """Return a sentence if the disk of the repository is full: pgBackRest's own message names another cause."""
        if not self.repository.folder.exists() or shutil.disk_usage(self.repository.folder).free > _FULL_BELOW:
            return ""
        return f" The disk of the repository is full: {self.repository.folder}."

    def _explain(self, output: str) -> str:
        """Return one sentence from the program's output."""
        if any(word in output for word in _UNREADABLE):
            return "The repository cannot be read with this BACKUP_CIPHER_KEY, or is damaged."
        errors = [line.partition("ERROR:")[2].strip() for line in output.splitlines() if "ERROR:" in line]
        text = (errors or [output.strip() or "pgBackRest ended without a message."])[0]
        return text.replace(self.repository.key, "…")[:400]

    def _own(self, folder: Path) -> None:
        if self.rights.way == "account":
            for path in (folder, *folder.iterdir()):
                os.chown(path, self.rights.uid, self.rights.gid)


def _backup(row: dict[str, object]) -> Backup:
    times, archive, info = row["timestamp"], row["archive"], row["info"]
    assert isinstance(times, dict) and isinstance(archive, dict) and isinstance(info, dict)
    return Backup(
        label=str(row["label"]),
        full=row["type"] == "full",
        began_at=datetime.fromtimestamp(times["start"], UTC),
        ended_at=datetime.fromtimestamp(times["stop"], UTC),
        first_segment=archive["start"],
        bytes=info["size"],
        repository_bytes=info["repository"]["delta"],
    )


def gaps(segments: list[str], *, since: str) -> list[str]:
    """Return the missing segments of each timeline, beginning with this one. The newest ones cannot be missed."""
    first = _number(since)
    numbers: dict[str, set[int]] = {since[:8]: {first - 1}}
    for name in segments:
        if name[:8] >= since[:8] and _number(name) >= first:
            numbers.setdefault(name[:8], set()).add(_number(name))
    return [
        f"{timeline}{number // SEGMENTS_PER_LOG:08X}{number % SEGMENTS_PER_LOG:08X}"
        for timeline, present in sorted(numbers.items())
        for number in sorted(set(range(min(present), max(present))) - present)
    ]


def only_older(text: str, *, than: str) -> bool:
    """Return whether the output of `verify` names each damaged segment of WAL, and all are older than this one."""
    damaged = set(_DAMAGED_SEGMENT.findall(text))
    count = sum(int(checked) - int(valid) for _, checked, valid in set(_CHECKED_SEGMENTS.findall(text)))
    return len(damaged) == count and all(segment < than for segment in damaged)


def _number(segment: str) -> int:
    return int(segment[8:16], 16) * SEGMENTS_PER_LOG + int(segment[16:24], 16)


def rights_of(data: Path) -> Rights:
    """Return the rights with which the owner of a data folder reads it and its server starts: never those of root."""
    if os.geteuid() != 0:
        return PLAIN
    owner = next(folder for folder in (data, *data.parents) if folder.exists()).stat()
    if owner.st_uid != 0:
        return Rights("account", owner.st_uid, owner.st_gid)
    account = next(named_accounts(), None)  # an embedded server runs in a user namespace
    if account is None:
        raise NotConfigured("This machine has no account except root.")
    return Rights("namespace", account.pw_uid, account.pw_gid)


@contextmanager
def opened(repository: Repository) -> Generator[PgBackRest]:
    """Yield the program with its configuration in a private folder that is removed afterwards."""
    program, rights = find_program(), rights_of(repository.data)
    with tempfile.TemporaryDirectory(prefix="pagetojob-backup-") as name:
        folder = Path(name)
        repository.write(folder)
        repository.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tool = PgBackRest(repository, folder, program, rights)
        tool._own(folder)
        if rights.way == "account" and not any(repository.folder.iterdir()):
            os.chown(repository.folder, rights.uid, rights.gid)
        yield tool
