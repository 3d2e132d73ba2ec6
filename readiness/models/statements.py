"""Single sentences: claims we do not make yet, and disclaimers every readiness page carries."""

from django.db import models

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import PackRow, filled


class Statement(PackRow):
    """One sentence in public words."""

    text = models.TextField()

    class Meta(PackRow.Meta):
        abstract = True
        constraints = (filled("slug", "text"),)

    def __str__(self) -> str:
        return self.text


class GatedClaim(Statement):
    """A claim the page names as not made."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "claim"


class Disclaimer(Statement):
    """Language required on every page that describes ServiceTitan readiness."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "disclaimer"
