"""FactReading: a person read the source of an external fact on a day."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified
from pagetojob.platform.tenants.people import person_key


class Verdict(models.TextChoices):
    CONFIRMED = "confirmed", "The source confirms this"
    CHANGED = "changed", "The source differs, or no longer contains it"


class FactReading(Identified, Created):
    """A reading of the source. Rows are added and never changed; the newest one counts."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    fact = models.SlugField(max_length=60)
    verdict = models.CharField(max_length=10, choices=Verdict)
    read_on = models.DateField()
    source = models.CharField(max_length=300)
    note = models.CharField(max_length=500)
    by = person_key()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["fact", "-id"], name="factreading_newest"),)
        constraints = (
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="factreading_verdict_known"),
            models.CheckConstraint(condition=~Q(source="") & ~Q(note=""), name="factreading_filled"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.fact}: {self.verdict}"
