"""LedgerDay: the ledger of one tenant and day, stored so that reading the ledger has a constant cost."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantOwned


class LedgerDay(TenantOwned):
    """Counts of the leads received on one UTC day, by bucket, as of `counted_at`.

    The `notices_` fields count the business notifications of leads that are not excluded.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    day = models.DateField()
    captured = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField()
    manual_complete = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    excluded = models.PositiveIntegerField()
    notices_owed = models.PositiveIntegerField()
    notices_told = models.PositiveIntegerField()
    notices_told_by_hand = models.PositiveIntegerField()
    notices_waiting = models.PositiveIntegerField()
    notices_cancelled = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "day", name="ledger_day_once"),)

    def __str__(self) -> str:
        return f"{self.day} of tenant {self.tenant_id}"
