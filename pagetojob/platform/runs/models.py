"""Run: background work that survives its worker. ScheduledTask, HostMark and HostReport: rows of the platform."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantOwned
from pagetojob.platform.tenants.people import person_key


class RunState(models.TextChoices):
    QUEUED = "queued", "queued"  # waits for a worker
    RUNNING = "running", "running"  # leased by one worker until lease_until
    DONE = "done", "done"
    FAILED = "failed", "failed"  # a person decides
    CANCELLED = "cancelled", "cancelled"


S = RunState
OPEN = (S.QUEUED, S.RUNNING)


#: The complete state machine. Only `states.move` writes `state`.
MOVES: states.Moves = {
    S.QUEUED: {S.RUNNING, S.CANCELLED},
    S.RUNNING: {S.DONE, S.FAILED, S.QUEUED, S.CANCELLED},
    S.FAILED: {S.QUEUED},
    S.DONE: set(),
    S.CANCELLED: set(),
}


class Run(TenantOwned, Identified, Created, states.Stateful):
    """A long background task for one tenant. After a crash it resumes from its cursor.

    A tenant has at most one open run per kind.
    """

    RETENTION = Retention.AUDIT
    #: Shared proof for many items may name a person; it can be erased after the run has ended.
    PERSONAL_FIELDS = frozenset({"params"})
    MOVES: ClassVar = MOVES

    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=S, default=S.QUEUED, editable=False)
    params = models.JSONField(default=dict)
    cursor = models.JSONField(null=True, editable=False)
    done = models.PositiveBigIntegerField(default=0, editable=False)
    total = models.PositiveBigIntegerField(null=True, editable=False)
    error = models.TextField(blank=True, editable=False)
    workers_lost = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Number of workers that died at the current step."
    )
    lease_until = models.DateTimeField(null=True, editable=False)
    asked_by = person_key(null=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="run_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "kind"], condition=Q(state__in=OPEN), name="run_open_once"),
            models.CheckConstraint(condition=Q(state__in=S.values), name="run_state_known"),
            models.CheckConstraint(
                condition=filled_only_if("lease_until", state=S.RUNNING), name="run_lease_is_running"
            ),
        )
        indexes = (
            models.Index(fields=["created_at", "id"], condition=Q(state__in=OPEN), name="run_open"),
            # Ids ascend with the times of creation.
            models.Index(fields=["tenant", "kind", "id"], name="run_of_kind"),
        )
        triggers: ClassVar = states.guard(MOVES, start=S.QUEUED, erasable=("params",))

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class ScheduledTask(models.Model):
    """Next due time of one periodic task of `pagetojob.schedule`. The row is shared by all tenants."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    name = models.CharField(max_length=60, primary_key=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_default=Now())
    last_woken_at = models.DateTimeField(null=True)
    unfinished_since = models.DateTimeField(null=True, help_text="The first wake-up after it last finished.")
    last_finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class HostMark(models.Model):
    """The newest random mark of a worker host, which compares it with its own record (`platform.recovery`)."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    host = models.CharField(max_length=200, primary_key=True)
    mark = models.CharField(max_length=16)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.host


class HostReport(models.Model):
    """Report of a server about its disks and its clock."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    host = models.CharField(max_length=300, primary_key=True)
    at = models.DateTimeField()
    clock_ahead = models.DurationField(help_text="Clock of the host minus that of the database.")
    folder = models.CharField(max_length=1000, help_text="The folder of ours on the fullest disk.")
    free = models.FloatField(help_text="The free share of that disk, from 0 to 1.")

    def __str__(self) -> str:
        return self.host
