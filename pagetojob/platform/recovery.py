"""Detect a database that is behind what this host has seen: a restored backup, or a replica that lost commits.

Each host records the newest position that it met in `position.json`: system identifier, timeline and WAL position, and
a random mark that it writes to the database once a second. The mark tells a restored database from the lost one even
after new commits have moved its WAL position further. `require_current` raises DatabaseOutdated until
`manage.py resume_after_restore` has accepted the database.

The host also lists the references of stored leads (`leads-YYYY-MM.jsonl`), so that a restore can name the lost ones.
"""

import fcntl
import json
import logging
import os
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection

from pagetojob.platform.tenants import scope
from pagetojob.platform.tracing import trace_id

INTERVAL_SECONDS = 1.0
#: The longest wait of `require_current` for another process, which holds the lock until its commit ends, and of every
#: attempt for the row of a commit that was given up. The threads of a web host must not all wait.
LOCK_SECONDS = 2.0
LOCK_POLL_SECONDS = 0.02
#: A host has lists of leads of so many months, the current one included; no backup is older.
MONTHS = 3
_POSITION = "position.json"
log = logging.getLogger(__name__)


class DatabaseOutdated(Exception):
    """Raised when the database lacks commits that this host has seen."""


@dataclass(frozen=True)
class Position:
    """A position of the database. `mark` is in the database; `next_mark` may be, if this host died while writing it."""

    system: int
    timeline: int
    lsn: int
    mark: str = ""
    next_mark: str = ""


_checked_at = 0.0


def forget() -> None:
    """Forget when this process checked last. For tests."""
    global _checked_at  # noqa: PLW0603 - one value per process
    _checked_at = 0.0


def require_current() -> None:
    """Compare the database with the record of this host, and renew the record, at most once a second per process.

    Raises DatabaseOutdated, or OperationalError if another process of this host waits for the database.
    """
    global _checked_at  # noqa: PLW0603
    if time.monotonic() - _checked_at < INTERVAL_SECONDS:
        return
    if settings.RECOVERY_FOLDER:
        with _locked(LOCK_SECONDS) as folder:
            _record(folder, unless_recent=True)
    _checked_at = time.monotonic()


def record_position() -> None:
    """Record the position of the database after a commit whose effect leaves this machine next, such as send intents.

    A database that lacks this commit lacks the new mark, no matter how soon after it the backup was taken. Raises
    DatabaseOutdated if the database is behind the newest record of this host. Two queries and two small writes. Without
    RECOVERY_FOLDER it does nothing.
    """
    if not settings.RECOVERY_FOLDER:
        return
    with _locked() as folder:
        _record(folder)


def accept() -> None:
    """Record the position of the database as it is, although it is behind. Only for `resume_after_restore`."""
    with _locked() as folder:
        now = _current(folder)
        if now is not None:
            _write_mark(folder, now, now)


def _record(folder: Path, *, unless_recent: bool = False) -> None:
    recorded, now = _read(folder), _current(folder)
    if now is None:
        return
    if recorded is not None:
        _compare(recorded, now)
        if unless_recent and not recorded.next_mark and _is_recent(folder):
            return
    _write_mark(folder, recorded or replace(now, lsn=0), now)


def _compare(recorded: Position, now: Position) -> None:
    if now.system != recorded.system:
        raise DatabaseOutdated("This is another database than before.")
    if now.timeline < recorded.timeline or now.lsn < recorded.lsn:
        raise DatabaseOutdated("The database lacks commits that this host has seen.")
    if recorded.mark and now.mark and now.mark not in (recorded.mark, recorded.next_mark):
        raise DatabaseOutdated("The database continued from an earlier state than this host has seen.")


def _current(folder: Path) -> Position | None:
    """Return the position of the database; None for a standby, which takes no writes."""
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT system_identifier, CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn() END
                - '0/0', CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_flush_lsn()) END,
                (SELECT mark FROM runs_hostmark WHERE host = %s)
            FROM pg_control_system()
            """,
            [_host(folder)],
        )
        row = cursor.fetchone()
    if row is None or row[1] is None:
        return None
    return Position(row[0], int(row[2][:8], 16), int(row[1]), row[3] or "")


def _host(folder: Path) -> str:
    """Return the name under which this host writes its mark. It is in the folder: containers change their names."""
    file = folder / "host"
    if not file.exists():
        file.write_text(str(uuid.uuid4()), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def _write_mark(folder: Path, recorded: Position, now: Position) -> None:
    """Write a new mark to the database, and record `now` once its commit is acknowledged.

    The primary may have written more than its standby has received. Only when a later commit is acknowledged, a standby
    has the position too, and a failover does not go behind it.

    A commit that the client gave up may still appear: it waits for a standby, with the row locked. So the file names
    the new mark only when the row is ours, and with it the mark that the row has then: only these two can appear later.
    The mark is new each time, because an earlier one may already be in a backup that lacks the commits before this one.
    """
    mark = uuid.uuid4().hex[:16]
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(
            # Without a limit, each attempt would leave a session on the server that waits for the row.
            "SELECT set_config('lock_timeout', %s, true);"
            " INSERT INTO runs_hostmark (host, mark, at) VALUES (%s, %s, now())"
            " ON CONFLICT (host) DO UPDATE SET mark = EXCLUDED.mark, at = EXCLUDED.at RETURNING old.mark",
            [f"{LOCK_SECONDS:g}s", _host(folder), mark],
        )
        cursor.nextset()
        row = cursor.fetchone()
        assert row is not None
        _write(folder, replace(recorded, mark=row[0] or "", next_mark=mark))
    _write(folder, replace(now, mark=mark))


@contextmanager
def _locked(seconds: float | None = None) -> Generator[Path]:
    """Lock the position of this host against its other processes and threads.

    Raises OperationalError if it is still locked after so many seconds.
    """
    folder = Path(settings.RECOVERY_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        else:
            _lock_within(descriptor, seconds)
        yield folder
    finally:
        os.close(descriptor)


def _lock_within(descriptor: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise OperationalError("another process of this host waits for the database") from None
            time.sleep(LOCK_POLL_SECONDS)
        else:
            return


def _is_recent(folder: Path) -> bool:
    """Return whether the record was written within the last second. A clock that was set back does not count."""
    return 0 <= time.time() - (folder / _POSITION).stat().st_mtime < INTERVAL_SECONDS


def _read(folder: Path) -> Position | None:
    try:
        return Position(**json.loads((folder / _POSITION).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise DatabaseOutdated("The recorded position of this host cannot be read.") from error


def _write(folder: Path, position: Position) -> None:
    """Replace the record in one step. The kernel keeps it when this process dies."""
    partial = folder / f"{_POSITION}.new"
    partial.write_text(json.dumps(asdict(position)), encoding="ascii")
    partial.replace(folder / _POSITION)


# Leads


def list_lead(*, tenant: str, reference: str) -> None:
    """List a committed lead before its visitor is thanked, and log it. An error never stops the answer."""
    log.info("lead stored", extra={"tenant": tenant, "reference": reference, "trace_id": trace_id(reference)})
    if not settings.RECOVERY_FOLDER:
        return
    now = datetime.now(UTC)
    line = json.dumps({"at": now.isoformat(), "tenant": tenant, "reference": reference}) + "\n"
    folder = Path(settings.RECOVERY_FOLDER)
    file = folder / f"leads-{now:%Y-%m}.jsonl"
    try:
        if not file.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        log.error("lead not listed for a restore", extra={"error": type(error).__name__})  # noqa: TRY400


def drop_old_leads() -> int:
    """Delete the lists of this host whose month ended long ago; return how many. Raises OSError."""
    now = datetime.now(UTC)
    year, month = divmod(now.year * 12 + now.month - MONTHS, 12)
    oldest_name = f"leads-{year:04}-{month + 1:02}.jsonl"
    old = [file for file in Path(settings.RECOVERY_FOLDER).glob("leads-*.jsonl") if file.name < oldest_name]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def listed_leads(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the listed leads of a folder, oldest first."""
    for file in sorted(folder.glob("leads-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
