"""SyncAttempt: the recorded outcome of one attempt, written once when the attempt is settled."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Tenant, TenantForeignKey, TenantOwned

from .item import SyncItem


class SyncAttempt(TenantOwned):
    """The outcome of one attempt to send an outbox item. Append-only.

    `claim_version` is the item's version while it was sending, so an attempt settles once. `ptj_purge_attempts`, a
    database function of the owner role, deletes attempts past their retention.
    """

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    #: No database foreign key: the item's tenant is never null and covers it. A second foreign key would read and lock
    #: the tenant row for each attempt (decision 0085).
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = TenantForeignKey(SyncItem, related_name="tries")
    claim_version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, help_text="The resulting state, or `lost`.")
    error_class = models.CharField(max_length=16, blank=True)
    cause = models.CharField(max_length=40, blank=True, db_default="", help_text="A key of `causes.CAUSES`.")
    detail = models.CharField(max_length=300, blank=True)
    worker = models.CharField(max_length=80)
    began_at = models.DateTimeField()
    settled_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint("tenant", "item", "claim_version", name="sync_attempt_settled_once"),)
        indexes = (models.Index(fields=["settled_at"], name="sync_attempt_settled"),)
        triggers: ClassVar = states.kept_until_purged()

    def __str__(self) -> str:
        return f"attempt {self.claim_version} of item {self.item_id}: {self.outcome}"
