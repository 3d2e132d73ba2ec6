"""SyncAttempt: what became of one try. Written once, when the try is settled."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Tenant, TenantForeignKey, TenantOwned

from .item import SyncItem


class SyncAttempt(TenantOwned):
    """Append-only. `claim_version` is the item's version while it was sending: a try settles once.

    `ptj_purge_attempts`, which is the owner's, removes those that have outlived their time.
    """

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    #: Without a key of its own: that of its item, which is never empty, vouches for it. A second one would look the
    #: tenant up, and lock its row, for each try (decision 0069).
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = TenantForeignKey(SyncItem, related_name="tries")
    claim_version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, help_text="The state it led to, or `lost`.")
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
        return f"try {self.claim_version} of item {self.item_id}: {self.outcome}"
