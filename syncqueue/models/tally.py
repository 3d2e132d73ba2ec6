"""Stored counts, so that the cost of a chart or of the ledger does not grow with the number of rows."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantOwned

from .item import Kind, State


class What(models.TextChoices):
    """The measure that a row counts. It decides the meaning of `label`."""

    OUTCOME = "outcome", "attempts by outcome"  # the attempt's outcome
    FAILURE = "failure", "attempts that did not deliver, by cause"  # a key of `causes.CAUSES`, or an error class
    TOOK = "took", "attempts by seconds from claim to settlement"  # the upper bound of its bucket
    WAITED = "waited", "first attempts by seconds since the item was created"  # the same


class Tally(models.Model):
    """Number of attempts of all tenants together, and the sum of their seconds where time is counted."""

    kind = models.CharField(max_length=24, choices=Kind)
    what = models.CharField(max_length=8, choices=What)
    label = models.CharField(max_length=40)
    n = models.PositiveBigIntegerField()
    seconds = models.FloatField()

    class Meta:
        abstract = True


class TallyHour(Tally):
    """Attempts settled in one hour. Retained for 400 days."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    hour = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("hour", "kind", "what", "label", name="tally_hour_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.what} {self.label} in {self.hour}"


class TallyDay(Tally):
    """Attempts settled on one UTC day, so that a month is not summed from hours. Retained as long as the hours."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    day = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint("day", "kind", "what", "label", name="tally_day_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.what} {self.label} on {self.day}"


class TallyTotal(Tally):
    """Totals since the first attempt: a counter that only grows, also after hours are deleted.

    The newest `counted_until` of all rows is the time up to which attempts have been counted.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    counted_until = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("kind", "what", "label", name="tally_total_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.what} {self.label}"


class OpenCount(models.Model):
    """Number of items per open state and kind, as of `counted_at`, for states that are too large to count per request.

    Counts all tenants together.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    state = models.CharField(max_length=16, choices=State)
    kind = models.CharField(max_length=24, choices=Kind)
    n = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("state", "kind", name="open_count_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.state}"


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
