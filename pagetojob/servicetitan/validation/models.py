"""ValidationRun: a run of the sandbox validation protocol. CaseResult: the sealed result of one of its cases."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pagetojob.gates.registry import Environment, Grade
from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified

from .protocol import CASES, Result


class ValidationRun(Identified, Created):
    """A run in one environment, on an account of ours. It opens no gate: people record evidence about it."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    environment = models.CharField(max_length=12, choices=[(place.value, place.label) for place in Environment])
    code = models.CharField(max_length=64, help_text="SHA-256 of the code that ran.")
    auth_host = models.CharField(max_length=255)
    api_host = models.CharField(max_length=255)
    worker = models.CharField(max_length=120, blank=True, help_text="The process that works on it.")
    busy_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["environment"], condition=Q(finished_at__isnull=True), name="validation_open_once"
            ),
            # A customer's account is never used.
            models.CheckConstraint(
                condition=Q(environment__in=[Environment.SIMULATOR.value, Environment.INTEGRATION.value]),
                name="validation_environment_known",
            ),
        )

    def __str__(self) -> str:
        return f"validation run {self.public_id}"

    @property
    def place(self) -> Environment:
        return Environment(self.environment)


class CaseResult(Identified):
    """The result of one case, added once and never changed. `seal` also covers the seal of the result before it."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    run = models.ForeignKey(ValidationRun, models.PROTECT, related_name="results")
    case = models.CharField(max_length=40, choices=[(case.slug, case.title) for case in CASES])
    environment = models.CharField(max_length=12)
    result = models.CharField(max_length=8, choices=[(result.value, result.value) for result in Result])
    grade = models.CharField(max_length=24)
    reason = models.CharField(max_length=500, blank=True, help_text="The reason why it did not pass.")
    evidence = models.JSONField(help_text="Counts, IDs and hashes; never contents.")
    requests = models.JSONField(help_text="The requests, with masked paths and hashes of their bodies.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    before = models.CharField(max_length=64, blank=True, help_text="Seal of the result before it in the run.")
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ("run", "id")
        constraints = (
            models.UniqueConstraint("run", "case", name="caseresult_once"),
            models.CheckConstraint(
                condition=Q(result__in=[result.value for result in Result]), name="caseresult_result_known"
            ),
            models.CheckConstraint(
                condition=Q(grade=Grade.SIMULATOR.value)
                | Q(grade=Grade.SANDBOX.value, environment=Environment.INTEGRATION.value),
                name="caseresult_grade_fits_environment",
            ),
            models.CheckConstraint(
                condition=Q(result=Result.PASSED.value, reason="") | ~Q(result=Result.PASSED.value) & ~Q(reason=""),
                name="caseresult_tells_why",
            ),
        )
        indexes = (models.Index(fields=["case", "-ended_at"], name="caseresult_latest"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.case}: {self.result}"
