"""State of the backups for the alarms page, the monitor and the metrics. Needs a worker's scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from pagetojob.platform.postgresql.base import fetch_value
from pagetojob.platform.postgresql.clock import database_time

from . import plan
from .models import BackupJob, JobKind, RepositoryReport
from .plan import Job


@dataclass(frozen=True)
class BackupState:
    """State of the backups. `archived_at` is when the newest segment of WAL reached the repository."""

    report: RepositoryReport | None
    archived_at: datetime | None
    newest: Mapping[str, BackupJob]
    succeeded: Mapping[str, BackupJob]
    now: datetime

    @property
    def backup_age(self) -> timedelta | None:
        return self._age(self.report.newest_at) if self.report else None

    @property
    def archive_age(self) -> timedelta | None:
        return self._age(self.archived_at)

    @property
    def proven_age(self) -> timedelta | None:
        """Age of the newest successful restore drill."""
        return self._age(self.drill.ended_at) if self.drill else None

    @property
    def drill(self) -> BackupJob | None:
        return self.succeeded.get(Job.DRILL)

    @property
    def failures(self) -> list[BackupJob]:
        """Return the newest job of each kind that failed."""
        return [job for job in self.newest.values() if job.error]

    def alarms(self) -> set[str]:
        """Return the keys of active alarms."""
        report, verified = self.report, self.succeeded.get(Job.VERIFY)
        reported_age = self._age(report.reported_at) if report else None
        verified_age = self._age(verified.ended_at) if verified else None
        oldest_age = self._age(report.oldest_at) if report else None
        holds = {
            "backup-old": self._over(self.backup_age, plan.LONGEST_WITHOUT_BACKUP)
            or self._over(reported_age, plan.LONGEST_WITHOUT_REPORT),
            "backup-expired": oldest_age is not None and oldest_age > timedelta(days=settings.BACKUP_DAYS),
            "wal-unarchived": self._over(self.archive_age, plan.LONGEST_UNARCHIVED),
            "backup-damaged": self._failed(Job.VERIFY) or self._over(verified_age, plan.LONGEST_UNVERIFIED),
            "restore-unproven": self._failed(Job.DRILL) or self._over(self.proven_age, plan.LONGEST_UNPROVEN),
        }
        return {key for key, active in holds.items() if active}

    def _failed(self, job: Job) -> bool:
        return job in self.newest and bool(self.newest[job].error)

    def _age(self, at: datetime | None) -> timedelta | None:
        return None if at is None else max(self.now - at, timedelta())

    @staticmethod
    def _over(age: timedelta | None, limit: timedelta) -> bool:
        return age is None or age > limit


def read_state() -> BackupState | None:
    """Return the state; None if this installation makes no backups. Four queries."""
    if not settings.BACKUP_FOLDER:
        return None
    return BackupState(
        report=RepositoryReport.objects.first(),
        archived_at=_archived_at(),
        newest=newest_jobs(),
        succeeded=newest_jobs(error=""),
        now=database_time(),
    )


def _archived_at() -> datetime | None:
    at: datetime | None = fetch_value("SELECT last_archived_time FROM pg_stat_archiver")
    return at


def newest_jobs(**conditions: str) -> dict[str, BackupJob]:
    """Return the newest finished job of each kind. Makes one query."""
    rows = BackupJob.objects.filter(kind__in=JobKind.values, **conditions).annotate(person=F("started_by__name"))
    return {row.kind: row for row in rows.order_by("kind", "-ended_at", "-pk").distinct("kind")}
