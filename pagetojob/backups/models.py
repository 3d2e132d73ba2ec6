"""Finished jobs of the backups, and the newest report about the repository."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified
from pagetojob.platform.tenants.people import person_key

from .plan import Job


class JobKind(models.TextChoices):
    """Kinds of jobs, as in `plan.Job`."""

    FULL = Job.FULL, "Full backup"
    INCREMENTAL = Job.INCREMENTAL, "Incremental backup"
    VERIFY = Job.VERIFY, "Verification"
    DRILL = Job.DRILL, "Restore drill"


class BackupJob(Identified):
    """A finished backup, verification or restore drill. Rows are only added."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=11, choices=JobKind)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    error = models.TextField(blank=True, help_text="Empty if the job succeeded.")
    facts = models.JSONField(default=dict, help_text="Counts, sizes and seconds; of a drill also RPO and RTO.")
    started_by = person_key(null=True, help_text="Empty for the schedule.")

    class Meta:
        ordering = ("-ended_at", "-pk")
        constraints = (models.CheckConstraint(condition=Q(kind__in=JobKind.values), name="backup_job_kind_known"),)
        indexes = (models.Index(fields=["kind", "-ended_at"], name="backup_job_newest"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.ended_at:%Y-%m-%d %H:%M}"


class RepositoryReport(models.Model):
    """The newest state of the repository. A single row, which `manage.py backup run` replaces every few minutes."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ONLY: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    reported_at = models.DateTimeField()
    newest_at = models.DateTimeField(null=True, help_text="End of the newest backup.")
    oldest_at = models.DateTimeField(null=True, help_text="End of the oldest backup.")
    backups = models.PositiveIntegerField()
    repository_bytes = models.PositiveBigIntegerField()
    same_disk = models.BooleanField(help_text="The repository is on the file system of the database.")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="repository_report_only"),)

    def __str__(self) -> str:
        return f"repository at {self.reported_at:%Y-%m-%d %H:%M}"
