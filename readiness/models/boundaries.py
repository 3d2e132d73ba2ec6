"""Data boundaries: how a family of data is used today and later, and the rule that always applies."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import PackRow, Role, Shown, filled


class DataBoundary(PackRow):
    """A family of data: how it is used today, how it may be used later, and the rule that always applies."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "boundary"
    TITLE = "family"
    SHOWN = (Shown("current", "Current"), Shown("future", "Future"), Shown("rule", "Rule", Role.RULE))

    family = models.CharField("data family", max_length=160)
    current = models.TextField(help_text="Use of the data today.")
    future = models.TextField(help_text="Possible use once every gate is open.")
    rule = models.TextField(help_text="Rule that applies today and later.")

    class Meta(PackRow.Meta):
        verbose_name_plural = "data boundaries"
        constraints = (filled("slug", "family", "current", "future", "rule"),)

    def __str__(self) -> str:
        return self.family
