"""Drafts: changes of a row that an editor proposes and no reader sees."""

from django.db import models
from django.db.models import Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created
from pagetojob.platform.tenants.people import person_key


class Draft(Created):
    """Proposed values of a row and its children. A person reviews them in the row's form, and saving publishes them."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    class Outcome(models.TextChoices):
        WAITING = "", "waits for review"
        PUBLISHED = "published", "published"
        DISCARDED = "discarded", "discarded"

    kind = models.CharField(max_length=60, help_text="Model of the row, as app.model.")
    row = models.BigIntegerField()
    title = models.CharField(max_length=200, help_text="Name of the row when the draft was made.")
    values = models.JSONField(help_text="Proposed values by “table:row”, then by field.")
    reason = models.CharField(max_length=500)
    author = person_key()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default=Outcome.WAITING)
    closed_at = models.DateTimeField(null=True)
    closed_by = person_key(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(outcome__in=["", "published", "discarded"]), name="draft_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None, closed_by=None)
                | (~Q(outcome="") & Q(closed_at__isnull=False, closed_by__isnull=False)),
                name="draft_closed_by_someone",
            ),
        )

    def __str__(self) -> str:
        return f"draft of “{self.title}”"
