"""Support runbooks with their steps."""

from django.db import models

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import PackRow, filled


class Runbook(PackRow):
    """What we do when something goes wrong, and the promise that keeps."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "runbook"

    name = models.CharField(max_length=160)
    trigger = models.TextField(help_text="What must have happened for this to apply.")
    promise = models.TextField(help_text="What the customer can rely on while it is carried out.")

    class Meta(PackRow.Meta):
        constraints = (filled("slug", "name", "trigger", "promise"),)

    def __str__(self) -> str:
        return self.name


class RunbookStep(models.Model):
    """One step. Steps are numbered on the page in the order of their positions."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    runbook = models.ForeignKey(Runbook, models.PROTECT, related_name="steps")
    slug = models.SlugField(max_length=60, help_text="Once in its runbook. It cannot change later.")
    position = models.PositiveSmallIntegerField(default=1000)
    text = models.TextField()
    from_pack = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        ordering = ("position", "slug")
        constraints = (
            models.UniqueConstraint("runbook", "slug", name="readiness_runbookstep_once"),
            filled("slug", "text"),
        )

    def __str__(self) -> str:
        return self.slug
