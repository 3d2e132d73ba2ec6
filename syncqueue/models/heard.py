"""HeardBooking: the status of a delivered booking in ServiceTitan, as last read there."""

from django.db import models
from django.db.models import Q

from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantForeignKey, TenantOwned

from .item import SyncItem


class HeardBooking(TenantOwned):
    """The last status that ServiceTitan's API returned for a delivered booking.

    It stores numbers and a status word that we read, never the content of an event. Only `services.heard.note` writes
    it, and keeps the newer change. It does not change the item's state.
    """

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    item = TenantForeignKey(SyncItem, related_name="heard")
    environment = models.CharField(
        max_length=12, choices=[(environment.value, environment.value) for environment in Environment]
    )
    number = models.CharField(max_length=20, help_text="ServiceTitan's booking number.")
    status = models.CharField(max_length=40, help_text="ServiceTitan's status; it may be one we do not know.")
    job = models.CharField(max_length=20, blank=True, help_text="ServiceTitan's number of the job created from it.")
    changed_at = models.DateTimeField(help_text="Time of the last change, as reported by ServiceTitan.")
    read_at = models.DateTimeField(help_text="Time of our read.")
    told_by = models.CharField(max_length=8, help_text="The reason for the read: an event or a poll.")

    class Meta:
        ordering = ("-read_at",)
        indexes = (
            models.Index(fields=["tenant", "number"], name="heard_number"),
            models.Index(fields=["tenant", "job"], condition=~Q(job=""), name="heard_job"),
        )
        constraints = (
            models.UniqueConstraint("tenant", "item", "environment", name="heard_once"),
            models.CheckConstraint(condition=Q(told_by__in=("event", "poll")), name="heard_told_by_known"),
            models.CheckConstraint(
                condition=Q(environment__in=[environment.value for environment in Environment]),
                name="heard_environment_known",
            ),
        )

    def __str__(self) -> str:
        return f"booking {self.number} as read"
