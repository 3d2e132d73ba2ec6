"""Restore, and the drill that proves it: a copy is restored, made safe and checked, and then removed.

The drill never touches the running database. Its copy has its own copy of RECOVERY_FOLDER, so that accepting the
copied database does not accept anything on this host.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.utils import timezone
from psycopg import sql

from pagetojob.local.database_url import with_database, with_login
from pagetojob.platform.scratch import private_folder

from .pgbackrest import BackupFailed, PgBackRest
from .restored_server import at_port, connected, recovered, require_space

_MANAGE = settings.BASE_DIR / "manage.py"
_HISTORY = re.compile(r"[0-9A-F]{8}\.history")
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_REPEATED = re.compile(r"(\d+) erasures repeated")


class DrillFailed(Exception):
    """Raised when the copy is not what it must be. The message tells how it differs."""


@dataclass
class Copy:
    """A restored copy: how old it is, how long it took, and what it lacks."""

    incident_at: datetime
    recovered_to: datetime | None = None
    segment: str = ""
    rows: int = 0
    tables: int = 0
    leads: int = 0
    missing: list[str] = field(default_factory=list)
    lost: list[dict[str, str]] = field(default_factory=list)
    marked: int = 0
    erased: int = 0
    was_refused: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def rpo(self) -> timedelta | None:
        """Time before the incident whose commits are lost."""
        return None if self.recovered_to is None else max(self.incident_at - self.recovered_to, timedelta())

    @property
    def rto_seconds(self) -> float:
        """Time from the beginning of the restore until workers may start."""
        return sum(self.seconds.values())

    def facts(self) -> dict[str, Any]:
        """Return what is recorded about the drill: counts and times, no reference of a lead."""
        return {
            "incident_at": self.incident_at.isoformat(),
            "recovered_to": self.recovered_to.isoformat() if self.recovered_to else None,
            "rpo_seconds": round(self.rpo.total_seconds(), 1) if self.rpo is not None else None,
            "rto_seconds": round(self.rto_seconds, 1),
            "seconds": {step: round(seconds, 1) for step, seconds in self.seconds.items()},
            "segment": self.segment,
            "tables": self.tables,
            "rows": self.rows,
            "leads": self.leads,
            "lost": len(self.lost),
            "marked": self.marked,
            "erased_again": self.erased,
            "was_refused": self.was_refused,
        }


@dataclass(frozen=True)
class _Original:
    """State of the running database when the drill begins."""

    leads: frozenset[str]
    archived: str


def restore(tool: PgBackRest, to: Path, *, at: datetime | None) -> Copy:
    """Restore into a new folder and let a server recover it. It is then stopped, and ready to be put in place."""
    copy = Copy(incident_at=at or timezone.now())
    _restore_files(tool, to, copy, at=at)
    began = time.monotonic()
    with recovered(to, tool.rights) as port, connected(_url(tool), port) as session:
        copy.seconds["recovery"] = time.monotonic() - began
        _read_position(tool, session, copy)
    _archive_histories(to)
    return copy


def drill(tool: PgBackRest, *, at: datetime | None = None, folders: Sequence[Path] = ()) -> Copy:
    """Restore a copy, prove that it may be used, and remove it. Raises DrillFailed or BackupFailed.

    Without `at`, the machine is lost at this moment. `folders` are the RECOVERY_FOLDERs of other hosts.
    """
    if not settings.RECOVERY_FOLDER:
        raise DrillFailed("RECOVERY_FOLDER is not set, so a restored database could not be made safe.")
    original = _read_original(tool)
    copy = Copy(incident_at=at or timezone.now())
    with private_folder("drill") as work:
        if tool.rights.way == "account":
            for folder in (work.parent, work):
                os.chown(folder, tool.rights.uid, tool.rights.gid)
        require_space(work, tool.repository.data)
        _restore_files(tool, work / "data", copy, at=at, until="" if at else original.archived)
        began = time.monotonic()
        with recovered(work / "data", tool.rights) as port:
            copy.seconds["recovery"] = time.monotonic() - began
            with connected(_url(tool), port) as session:
                _read_position(tool, session, copy)
            _resume(tool, work, port, copy, folders)
            with connected(_url(tool), port) as session:
                _read_rows(session, copy, original)
    _judge(copy, original, at)
    return copy


def _restore_files(tool: PgBackRest, to: Path, copy: Copy, *, at: datetime | None, until: str = "") -> None:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BackupFailed(f"{to} exists and is not empty. Name a new folder.")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    if tool.rights.way == "account":
        os.chown(to, tool.rights.uid, tool.rights.gid)
    began = time.monotonic()
    tool.restore(to, at=at, until=until)
    copy.seconds["files"] = time.monotonic() - began


def _archive_histories(data: Path) -> None:
    """Let the server archive the history of its new timeline once it archives again; a later restore needs it."""
    for file in (data / "pg_wal").iterdir():
        done = data / "pg_wal" / "archive_status" / f"{file.name}.done"
        if _HISTORY.fullmatch(file.name) and not done.exists():
            ready = done.with_suffix(".ready")
            ready.touch(mode=0o600)
            os.chown(ready, file.stat().st_uid, file.stat().st_gid)


def _url(tool: PgBackRest) -> str:
    """Return the superuser's URL of the platform's database."""
    return with_database(tool.repository.admin_url, str(settings.DATABASES["default"]["NAME"]))


def _read_original(tool: PgBackRest) -> _Original:
    with psycopg.connect(_url(tool), autocommit=True) as session:
        leads = session.execute("SELECT reference FROM leads_lead").fetchall()
        (archived,) = session.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone() or (None,)
    segment = _SEGMENT.match(archived or "")
    return _Original(frozenset(row[0] for row in leads), segment[0] if segment else "")


def _read_position(tool: PgBackRest, session: "psycopg.Connection[Any]", copy: Copy) -> None:
    """Read how far the copy got. Without a commit since the backup, it is as old as the backup."""
    row = session.execute(
        "SELECT pg_last_xact_replay_timestamp(), pg_walfile_name(pg_last_wal_replay_lsn())"
    ).fetchone()
    assert row is not None
    copy.recovered_to, copy.segment = row
    if copy.recovered_to is None:
        ends = [backup.ended_at for backup in tool.backups()]
        copy.recovered_to = max((end for end in ends if end <= copy.incident_at), default=None)


def _resume(tool: PgBackRest, work: Path, port: int, copy: Copy, folders: Sequence[Path]) -> None:
    """Run `resume_after_restore` on the copy, as after a real restore."""
    folder = work / "recovery"
    if Path(settings.RECOVERY_FOLDER).is_dir():
        shutil.copytree(settings.RECOVERY_FOLDER, folder)
    environment = os.environ | {
        "DATABASE_URL": at_port(_app_url(tool), port),
        "RECOVERY_FOLDER": str(folder),
        "AUDIT_ANCHOR_FILE": str(work / "anchors.jsonl"),
        "LOG_LEVEL": "ERROR",
    }
    environment.pop("DATABASE_URL_FILE", None)
    began = time.monotonic()
    copy.was_refused = bool(_manage(environment, "resume_after_restore", "--check").returncode)
    options = [word for other in folders for word in ("--folder", str(other))]
    done = _manage(environment, "resume_after_restore", *options)
    copy.seconds["resume_after_restore"] = time.monotonic() - began
    if done.returncode:
        raise DrillFailed(f"resume_after_restore failed on the copy: {done.stderr.strip()[-300:]}")
    answer = json.loads(done.stdout)
    copy.marked, copy.lost = answer["marked"], answer["lost"]
    repeated = _REPEATED.search(done.stderr)
    copy.erased = int(repeated[1]) if repeated else 0


def _app_url(tool: PgBackRest) -> str:
    app = settings.DATABASES["default"]
    return with_login(tool.repository.admin_url, str(app["NAME"]), str(app["USER"]), str(app["PASSWORD"]))


def _manage(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(_MANAGE), *words], env=environment, capture_output=True, text=True, check=False
    )


def _read_rows(session: "psycopg.Connection[Any]", copy: Copy, original: _Original) -> None:
    """Read every table once, so that the server checks the checksum of each page, and compare the leads."""
    tables = session.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    names = [row[0] for row in tables.fetchall()]
    for name in names:
        count = session.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        copy.rows += count[0] if count else 0
    copy.tables = len(names)
    leads = {row[0] for row in session.execute("SELECT reference FROM leads_lead")}
    copy.leads = len(leads)
    copy.missing = sorted(original.leads - leads - {lead["reference"] for lead in copy.lost})


def _judge(copy: Copy, original: _Original, at: datetime | None) -> None:
    """Raise DrillFailed unless the copy is complete."""
    if not copy.rows:
        raise DrillFailed("The copy has no rows.")
    if at is None and original.archived and copy.segment[8:] < original.archived[8:]:
        raise DrillFailed(
            f"The copy ends in segment {copy.segment}, although {original.archived} was archived: one is missing."
        )
    if copy.missing:
        raise DrillFailed(
            f"{len(copy.missing)} requests are missing in the copy, and no list of stored leads names them."
        )
