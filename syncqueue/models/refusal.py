"""Refusal: a cause at ServiceTitan that stops bookings, and the checks of it."""

from django.db import models
from django.db.models import Q

from pagetojob.gates.registry import Environment
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned

from .item import SyncItem


class Refusal(TenantOwned, Identified, Created):
    """A refusal by ServiceTitan that stops bookings until it is repaired there, such as a disabled campaign.

    `probe` is the one item that was sent again to check it; the others wait for its result.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    environment = models.CharField(
        max_length=12, choices=[(environment.value, environment.value) for environment in Environment]
    )
    key = models.CharField(max_length=200, help_text="The refused IDs, or access; see `refused.py`.")
    checks = models.PositiveSmallIntegerField(default=0, help_text="Checks that were refused again.")
    check_at = models.DateTimeField(null=True, help_text="Time of the next check; empty: only when a person asks.")
    probe = TenantForeignKey(SyncItem, related_name="+", null=True)
    repaired = models.BooleanField(default=False, help_text="A booking with the same IDs was accepted since.")
    ended_at = models.DateTimeField(null=True, help_text="Time at which no item waited for it any more.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "environment", "key"], condition=Q(ended_at__isnull=True), name="refusal_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"refusal of {self.key}"
