"""Run the jobs of the backups, and record each result."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pagetojob.environment import env
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from . import plan
from .configuration import NotConfigured, Repository
from .drill import Copy, drill
from .models import BackupJob, RepositoryReport
from .pgbackrest import Backup, BackupFailed, PgBackRest
from .plan import Job
from .selectors import newest_jobs

SCHEDULE = "backup schedule"
log = logging.getLogger(__name__)


def configured_repository() -> Repository:
    """Return the repository of the settings and the environment. Raises NotConfigured."""
    if not settings.BACKUP_FOLDER:
        raise NotConfigured("Backups are not configured: set BACKUP_FOLDER. See docs/how-to/backups.md.")
    admin_url, key = env("PAGETOJOB_ADMIN_URL"), env("BACKUP_CIPHER_KEY")
    if not (admin_url and key):
        raise NotConfigured("Set BACKUP_CIPHER_KEY_FILE and PAGETOJOB_ADMIN_URL_FILE. See docs/how-to/backups.md.")
    return Repository(
        Path(settings.BACKUP_FOLDER), key, data_folder(admin_url), admin_url=admin_url, days=settings.BACKUP_DAYS
    )


def data_folder(admin_url: str) -> Path:
    """Ask the server for its data folder; without a server, as after its loss, use BACKUP_DATA_FOLDER."""
    try:
        with psycopg.connect(admin_url, connect_timeout=5) as session:
            (folder,) = session.execute("SHOW data_directory").fetchone() or ("",)
    except psycopg.OperationalError:
        if not (folder := env("BACKUP_DATA_FOLDER")):
            raise NotConfigured("The database does not respond. Set BACKUP_DATA_FOLDER to its data folder.") from None
        return Path(folder)
    if not Path(folder).is_dir():
        raise NotConfigured(f"The data folder of the database, {folder}, is not on this machine.")
    return Path(folder)


def take(tool: PgBackRest, job: Job, *, actor: User | None = None, new: bool = False) -> Backup:
    """Take a full or incremental backup, and record it."""

    def work() -> tuple[Backup, dict[str, Any]]:
        with scope.worker():
            taken = newest_jobs(error="").keys() & {Job.FULL, Job.INCREMENTAL}
        tool.prepare(may_create=new or not taken)
        backup = tool.take(job)
        return backup, {
            "label": backup.label,
            "bytes": backup.bytes,
            "repository_bytes": backup.repository_bytes,
        }

    backup = _recorded(job, actor, work)
    report(tool)
    return backup


def verify(tool: PgBackRest) -> None:
    """Check all backups and archived WAL, and record the result.

    Damage that an earlier check noticed passes once a later full backup is whole, with all changes since.
    """

    def work() -> tuple[None, dict[str, Any]]:
        try:
            tool.verify()
        except BackupFailed as damage:
            if (noticed_at := _damage_noticed_at()) is None:
                raise
            try:
                tool.verify(after=noticed_at)
            except BackupFailed:
                raise damage from None
            return None, {"damage_noticed_at": noticed_at.isoformat(), "damage": str(damage)}
        return None, {}

    _recorded(Job.VERIFY, None, work)


def _damage_noticed_at() -> datetime | None:
    """Return when a check first noticed the damage that the newest passed check lacks or accepts; None if none did."""
    with scope.worker():
        passed = newest_jobs(error="").get(Job.VERIFY)
        failed = BackupJob.objects.filter(kind=Job.VERIFY).exclude(error="")
        if passed:
            failed = failed.filter(ended_at__gt=passed.ended_at)
        first = failed.order_by("ended_at").first()
    if first:
        return first.ended_at
    return datetime.fromisoformat(passed.facts["damage_noticed_at"]) if passed and "damage" in passed.facts else None


def run_drill(
    tool: PgBackRest, *, at: datetime | None = None, actor: User | None = None, folders: tuple[Path, ...] = ()
) -> Copy:
    """Restore into a throw-away server, prove the copy, and record who did it and the result."""

    def work() -> tuple[Copy, dict[str, Any]]:
        copy = drill(tool, at=at, folders=folders)
        return copy, copy.facts()

    return _recorded(Job.DRILL, actor, work)


def report(tool: PgBackRest) -> None:
    """Replace the report about the repository."""
    backups = tool.backups()
    ends = [backup.ended_at for backup in backups]
    here, there = tool.repository.data.stat().st_dev, tool.repository.folder.stat().st_dev
    facts = {
        "reported_at": timezone.now(),
        "newest_at": max(ends, default=None),
        "oldest_at": min(ends, default=None),
        "backups": len(backups),
        "repository_bytes": sum(backup.repository_bytes for backup in backups),
        "same_disk": here == there,
    }
    with scope.worker():
        RepositoryReport.objects.update_or_create(pk=RepositoryReport.ONLY, defaults=facts)


def work_due(tool: PgBackRest) -> Job | None:
    """Run the job that is due, if any, and return it. A failure is recorded, and repeated after a pause."""
    with scope.worker():
        newest, succeeded = newest_jobs(), newest_jobs(error="")
    job = plan.due(
        timezone.now(),
        succeeded={Job(kind): row.ended_at for kind, row in succeeded.items()},
        tried={Job(kind): row.ended_at for kind, row in newest.items()},
    )
    acts: dict[Job, Callable[[], object]] = {
        Job.FULL: lambda: take(tool, Job.FULL),
        Job.INCREMENTAL: lambda: take(tool, Job.INCREMENTAL),
        Job.VERIFY: lambda: verify(tool),
        Job.DRILL: lambda: run_drill(tool),
    }
    if job is not None:
        acts[job]()
    return job


def _recorded[Result](job: Job, actor: User | None, work: Callable[[], tuple[Result, dict[str, Any]]]) -> Result:
    """Run a job and add its row, also if it fails."""
    began = timezone.now()
    try:
        result, facts = work()
    except Exception as error:
        sentence = str(error) or type(error).__name__
        _record(BackupJob(kind=job, began_at=began, error=sentence, started_by=actor))
        log.error("backup job failed", extra={"job": job.value, "error": sentence})  # noqa: TRY400
        raise
    _record(BackupJob(kind=job, began_at=began, facts=facts, started_by=actor))
    log.info("backup job finished", extra={"job": job.value})
    return result


def _record(row: BackupJob) -> None:
    """Add the row of a job that has just ended. A drill also has an audit line."""
    row.ended_at = timezone.now()
    with transaction.atomic(), scope.worker():
        row.save(force_insert=True)
        if row.kind == Job.DRILL:
            record(
                action="ops.restore_drill",
                subject=row,
                reason="A restore from the backups was rehearsed.",
                actor=row.started_by or SCHEDULE,
                changes={"error": (None, row.error)},
            )
