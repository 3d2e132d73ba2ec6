"""Which job is due, how long backups are stored, and when an alarm begins. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class Job(StrEnum):
    """A job of `manage.py backup run`."""

    FULL = "full"
    INCREMENTAL = "incremental"
    VERIFY = "verify"
    DRILL = "drill"


#: A segment of WAL is archived at least this often, so this is the most that a lost machine costs.
ARCHIVE_SECONDS = 60
EVERY: Mapping[Job, timedelta] = {
    Job.FULL: timedelta(days=7),
    Job.INCREMENTAL: timedelta(days=1),
    Job.VERIFY: timedelta(days=7),
    Job.DRILL: timedelta(days=7),
}
#: Pause after a failed job.
RETRY = timedelta(minutes=15)

#: When an alarm begins: a missed job, and time to repair it before data are at risk.
LONGEST_WITHOUT_BACKUP = timedelta(hours=26)
LONGEST_UNARCHIVED = timedelta(minutes=5)
LONGEST_UNVERIFIED = LONGEST_UNPROVEN = timedelta(days=9)
LONGEST_WITHOUT_REPORT = timedelta(minutes=15)


def due(now: datetime, *, succeeded: Mapping[Job, datetime], tried: Mapping[Job, datetime]) -> Job | None:
    """Return the job that is due, the most important first. `succeeded` and `tried` have the newest time of each."""
    newest = dict(succeeded)
    if Job.FULL in newest:  # a full backup counts as an incremental one
        newest[Job.INCREMENTAL] = max(newest[Job.FULL], newest.get(Job.INCREMENTAL, newest[Job.FULL]))
    for job in Job:
        if job is not Job.FULL and Job.FULL not in newest:
            return None
        is_due = job not in newest or now - newest[job] >= EVERY[job]
        if is_due and not (job in tried and now - tried[job] < RETRY):
            return job
    return None


def full_retention_days(backup_days: int) -> int:
    """Return pgBackRest's retention such that no backup is older than `backup_days`.

    pgBackRest removes a full backup when the next one has reached this age, so the oldest is an interval older.
    """
    return max(1, backup_days - EVERY[Job.FULL].days - 1)
