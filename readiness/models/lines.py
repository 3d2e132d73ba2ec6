"""Lines with an owner and a status: the checklist and the partner review materials."""

from django.db import models

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import STORED_STATUSES, Owner, PackRow, filled


class ReadinessLine(PackRow):
    """What is true today, who owes the next step, and what that step is."""

    title = models.CharField(max_length=160)
    owner = models.CharField(max_length=20, choices=Owner, help_text="Who owes the next step.")
    status = models.CharField(
        max_length=24,
        choices=STORED_STATUSES,
        help_text="The counters on the page count these at once. “Review due” is computed.",
    )
    current = models.TextField(
        "current state", help_text="What is true today, in words a customer or a partner may read."
    )
    next_step = models.TextField(help_text="One sentence. The page puts “Next:” before it.")

    class Meta(PackRow.Meta):
        abstract = True
        constraints = (
            filled("slug", "title", "current", "next_step"),
            models.CheckConstraint(
                condition=models.Q(owner__in=Owner.values), name="%(app_label)s_%(class)s_owner_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[value for value, _ in STORED_STATUSES]),
                name="%(app_label)s_%(class)s_status_storable",
            ),
        )

    def __str__(self) -> str:
        return self.title


class ChecklistItem(ReadinessLine):
    """One line of the approval and engineering checklist."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "checklist"


class PartnerMaterial(ReadinessLine):
    """One thing a partner reviewer asks to read."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "material"
