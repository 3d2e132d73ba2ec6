"""Support runbooks: four on the API-readiness page with their steps, and six in the support center."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import LINES, PackRow, Role, Shown, StatusRow, filled, known


class Runbook(PackRow):
    """A procedure for when something goes wrong, and the promise it keeps."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "runbook"
    TITLE = "name"
    SHOWN = (Shown("trigger", "Trigger"), Shown("steps", "Steps", Role.STEPS), Shown("promise", "Promise", Role.RULE))

    name = models.CharField(max_length=160)
    trigger = models.TextField(help_text="Event that this runbook applies to.")
    promise = models.TextField(help_text="Guarantee to the customer while the runbook is carried out.")

    class Meta(PackRow.Meta):
        constraints = (filled("slug", "name", "trigger", "promise"),)

    def __str__(self) -> str:
        return self.name


class RunbookStep(models.Model):
    """A step of a runbook. The page numbers steps in the order of their positions."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    runbook = models.ForeignKey(Runbook, models.PROTECT, related_name="steps")
    slug = models.SlugField(max_length=60, help_text="Unique in its runbook. It cannot change later.")
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


class SupportRunbook(StatusRow):
    """Instructions for the person on call: what to do, what to say, and which evidence to collect."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "support"
    SHOWN = (
        Shown("severity", "Severity"),
        Shown("trigger", "Trigger"),
        Shown("impact", "Customer impact"),
        Shown("first_response", "First response"),
        Shown("steps", "Response steps", Role.STEPS),
        Shown("collect", "Evidence to collect", Role.LIST),
        Shown("never_claim", "Never claim"),
        Shown("safe_message", "Safe to tell the customer", Role.RULE),
    )

    class Severity(models.TextChoices):
        ONE = "sev 1", "sev 1: a lead is at risk, act at once"
        TWO = "sev 2", "sev 2: a feature is unavailable and manual mode replaces it; act today"
        THREE = "sev 3", "sev 3: a figure or a page is in doubt; act this week"

    severity = models.CharField(max_length=5, choices=Severity)
    trigger = models.TextField(help_text="Event that this runbook applies to.")
    impact = models.TextField("customer impact")
    first_response = models.TextField()
    steps = models.TextField("response steps", help_text=LINES)
    collect = models.TextField("evidence to collect", help_text=LINES)
    never_claim = models.TextField(help_text="Claims that must not be made during the incident.")
    safe_message = models.TextField(help_text="Text that can be sent to the customer unchanged.")

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "trigger", "steps", "safe_message"), *known())
