"""Tally: what became of tries, counted by the hour, so that a chart costs the same however many there were."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .item import Kind, State


class What(models.TextChoices):
    """What a row counts, and what its `label` then is."""

    OUTCOME = "outcome", "tries by what they led to"  # the attempt's outcome
    FAILURE = "failure", "tries that did not deliver, by cause"  # a key of `causes.CAUSES`, or a class of errors
    TOOK = "took", "tries by seconds from claim to settle"  # the upper bound of its bucket
    WAITED = "waited", "first tries by seconds since the item was owed"  # the same


class Tally(models.Model):
    """How many tries, and the sum of their seconds where time is counted. Of all tenants together."""

    kind = models.CharField(max_length=24, choices=Kind)
    what = models.CharField(max_length=8, choices=What)
    label = models.CharField(max_length=40)
    n = models.PositiveBigIntegerField()
    seconds = models.FloatField()

    class Meta:
        abstract = True


class TallyHour(Tally):
    """The tries settled in one hour. Kept for 400 days."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    hour = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("hour", "kind", "what", "label", name="tally_hour_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.what} {self.label} in {self.hour}"


class TallyDay(Tally):
    """The tries settled on one UTC day, so that a month is not put together from hours. Kept as long as they are."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    day = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint("day", "kind", "what", "label", name="tally_day_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.what} {self.label} on {self.day}"


class TallyTotal(Tally):
    """The same since the first try: a counter that only grows, whatever hours are forgotten.

    The newest `counted_until` of all rows says up to where tries have been counted.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    counted_until = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("kind", "what", "label", name="tally_total_once"),)

    def __str__(self) -> str:
        return f"{self.n} {self.kind} {self.what} {self.label}"


class OpenCount(models.Model):
    """How many items are in one open state, by kind, as of `counted_at`: only of states too deep to count at a look.

    Of all tenants together.
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
