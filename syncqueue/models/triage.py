"""Who works on an item and until when it is set aside, the history of both, and when an operator last saw the queue."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from .item import SyncItem


class SnoozeReason(models.TextChoices):
    """A closed list, because a typed reason could name a visitor."""

    VISITOR = "visitor", "Waiting for the visitor to call back"
    OFFICE = "office", "Waiting for the contractor's office"
    SERVICETITAN = "servicetitan", "Waiting for a change at ServiceTitan"
    PLANNED = "planned", "Planned for that time"


class ItemTriage(TenantOwned):
    """The assignee of an outbox item, and its snooze. An item that no one assigned or snoozed has no row.

    A snooze ends at `snoozed_until`, or earlier when the state of the item changes. No task has to end it.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    item = TenantForeignKey(SyncItem, related_name="triage")
    assignee = person_key(null=True)
    assigned_at = models.DateTimeField(null=True)
    snoozed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    snooze_reason = models.CharField(max_length=12, choices=SnoozeReason, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "item", name="item_triage_once"),
            models.CheckConstraint(
                condition=Q(snooze_reason__in=[*SnoozeReason.values, ""]), name="item_triage_reason_known"
            ),
        )
        indexes = (
            models.Index(fields=["assignee", "item"], condition=Q(assignee__isnull=False), name="item_triage_of"),
            models.Index(fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="item_triage_asleep"),
        )

    def __str__(self) -> str:
        return f"triage of item {self.item_id}"


class TriageChange(TenantOwned):
    """An assignment or snooze with the values before and after, so that a bulk run can be undone. Rows are only added.

    The note of a handover is an ItemNote; the reason of a bulk run is in the audit log.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    #: The values of ItemTriage that a change covers.
    VALUES: ClassVar = ("assignee_id", "snoozed_at", "snoozed_until", "snooze_reason")

    item = TenantForeignKey(SyncItem, related_name="triage_changes")
    run = TenantForeignKey(Run, related_name="+", null=True)
    by = person_key()
    before = models.JSONField()
    after = models.JSONField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["tenant", "item", "id"], name="triage_change_of_item"),
            models.Index(fields=["tenant", "run", "item"], condition=Q(run__isnull=False), name="triage_change_of_run"),
        )

    def __str__(self) -> str:
        return f"change {self.pk} of item {self.item_id}"


class QueueVisit(models.Model):
    """When an operator opened the work queue: the current visit, and the end of the one before. Global."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(help_text="The newest time at which the queue was opened.")
    previous_at = models.DateTimeField(null=True, help_text="The last time of the visit before this one.")

    def __str__(self) -> str:
        return f"visit of user {self.user_id}"
