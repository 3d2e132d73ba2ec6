"""Runs of checks that a place signed, and their results."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention


class CheckRun(models.Model):
    """A signed evidence file. It supports lines while `key` is one of the places that this installation trusts."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=120, help_text="Name of the key that signed the file.")
    key = models.CharField(max_length=200, blank=True, help_text="The public key; empty for an unknown place.")
    commit = models.CharField(max_length=40)
    tree = models.CharField(max_length=64, help_text="SHA-256 over the tested files.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    text = models.TextField()

    class Meta:
        ordering = ("-finished_at", "-id")
        constraints = (
            models.UniqueConstraint("sha256", "key", name="checkrun_once"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="checkrun_sha256"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"run at {self.place}, {self.finished_at:%Y-%m-%d}"


class CheckResult(models.Model):
    """The outcome of one check in a run. A check that did not run has no result."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    class Outcome(models.TextChoices):
        PASSED = "passed", "passed"
        FAILED = "failed", "failed"

    run = models.ForeignKey(CheckRun, models.PROTECT, related_name="results")
    check_name = models.CharField("check", max_length=140, help_text="Anchor of the line that it tests.")
    outcome = models.CharField(max_length=6, choices=Outcome)

    class Meta:
        constraints = (
            models.UniqueConstraint("check_name", "run", name="checkresult_once"),
            models.CheckConstraint(condition=Q(outcome__in=["passed", "failed"]), name="checkresult_outcome_known"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.check_name}: {self.outcome}"
