"""Clock, disks and old lists of each host. Its own processes report and drop them: no other part of the product can."""

import logging
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.db import ProgrammingError, connection
from django.db.models.functions import Now

from pagetojob.platform.recovery import drop_old_leads
from pagetojob.platform.runs.models import HostReport
from pagetojob.platform.tenants import scope

REPORT_SECONDS = 60.0
#: A host without a newer report has ended, or another alarm names its processes.
RECENT = timedelta(minutes=5)
#: Codes of authenticator apps change every 30 s; a frozen database delays a report by less.
LARGEST_CLOCK_DIFFERENCE = timedelta(seconds=30)
LEAST_FREE = 0.1
_reported_at: dict[str, float] = {}
#: Functions that drop what a list of this host no longer needs. Higher layers add their own in `apps.py`.
droppers: list[Callable[[], object]] = [drop_old_leads]
log = logging.getLogger(__name__)


def forget() -> None:
    """Forget when this process reported last. For tests."""
    _reported_at.clear()


def report(part: str = "", folders: Iterable[Path] = ()) -> None:
    """Report the clock of this host and the fullest disk of our folders, and drop the old lines of its lists.

    At most once a minute per process. `part` distinguishes a process that reports other folders than the workers of the
    same host. Without RECOVERY_FOLDER it does nothing. A database that lacks the table, because a migration is missing,
    gets no report: sending must not wait for that. Runs one query.
    """
    name = f"{platform.node()} ({part})" if part else platform.node()
    if not settings.RECOVERY_FOLDER or time.monotonic() - _reported_at.get(name, -REPORT_SECONDS) < REPORT_SECONDS:
        return
    folder, free = fullest([Path(settings.RECOVERY_FOLDER), Path(tempfile.gettempdir()), *folders])
    with suppress(ProgrammingError), scope.worker(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH ended AS (DELETE FROM runs_hostreport WHERE at < now() - interval '1 day' AND host <> %(host)s)
            INSERT INTO runs_hostreport (host, at, clock_ahead, folder, free)
            VALUES (%(host)s, now(), %(clock)s - clock_timestamp(), %(folder)s, %(free)s)
            ON CONFLICT (host) DO UPDATE SET at = EXCLUDED.at, clock_ahead = EXCLUDED.clock_ahead,
                folder = EXCLUDED.folder, free = EXCLUDED.free
            """,
            {"host": name, "clock": datetime.now(UTC), "folder": str(folder), "free": free},
        )
    _reported_at[name] = time.monotonic()
    for drop in droppers:
        try:
            drop()
        except OSError as error:
            log.error("old lines not dropped", extra={"error": type(error).__name__})  # noqa: TRY400


def fullest(folders: Iterable[Path]) -> tuple[Path, float]:
    """Return the folder whose disk has the smallest free share, and that share. Skip folders that do not exist."""
    shares = []
    for folder in folders:
        if folder.exists():
            usage = shutil.disk_usage(folder)
            shares.append((folder, usage.free / usage.total))
    return min(shares, key=itemgetter(1))


def recent_reports() -> list[HostReport]:
    """Return the reports of the last minutes, by host. Needs a worker's scope. Runs one query."""
    return list(HostReport.objects.filter(at__gt=Now() - RECENT).order_by("host"))


def wrong_clocks(reports: Iterable[HostReport]) -> list[HostReport]:
    """Return the hosts whose clock differs from that of the database."""
    return [row for row in reports if abs(row.clock_ahead) > LARGEST_CLOCK_DIFFERENCE]


def full_disks(reports: Iterable[HostReport]) -> list[HostReport]:
    """Return the hosts that have a disk with little space."""
    return [row for row in reports if row.free < LEAST_FREE]
