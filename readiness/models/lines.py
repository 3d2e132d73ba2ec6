"""Checklist items and partner review materials of the API-readiness page."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import Role, Shown, StatusRow, filled, known


class ReadinessLine(StatusRow):
    """The current state of an item, the owner of its next step, and that step."""

    SHOWN = (Shown("current"), Shown("next_step", "Next", Role.NEXT))

    current = models.TextField("current state", help_text="The situation today, worded for customers and partners.")
    next_step = models.TextField(help_text="A sentence. The page shows “Next:” before it.")

    class Meta(StatusRow.Meta):
        abstract = True
        constraints = (filled("slug", "title", "current", "next_step"), *known())


class ChecklistItem(ReadinessLine):
    """An item of the approval and engineering checklist."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "checklist"


class PartnerMaterial(ReadinessLine):
    """A document that a partner reviewer asks to read."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "material"
