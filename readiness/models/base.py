"""What all rows of the pack have in common."""

from typing import ClassVar

from django.db import models
from django.urls import reverse


class Owner(models.TextChoices):
    """Who owes the next step."""

    PAGETOJOB = "PageToJob", "PageToJob"
    CUSTOMER = "Customer", "Customer"
    SHARED = "Shared", "Shared"
    SERVICETITAN_ADMIN = "ServiceTitan admin", "ServiceTitan admin"
    OPERATIONS = "Operations", "Operations"


class Status(models.TextChoices):
    """How far a line is. `review due` is computed from lapsed evidence and never stored."""

    READY_NOW = "ready now", "ready now"
    CUSTOMER_REQUIRED = "customer required", "customer required"
    ENGINEERING_REQUIRED = "engineering required", "engineering required"
    PARTNER_GATED = "partner gated", "partner gated"
    REVIEW_REQUIRED = "review required", "review required"
    REVIEW_DUE = "review due", "review due"


#: What a person may set. The database refuses anything else.
STORED_STATUSES = [choice for choice in Status.choices if choice[0] != Status.REVIEW_DUE.value]


def filled(*fields: str) -> models.CheckConstraint:
    """Database rule: none of the text `fields` is empty."""
    condition = models.Q()
    for field in fields:
        condition &= ~models.Q(**{field: ""})
    return models.CheckConstraint(condition=condition, name="%(app_label)s_%(class)s_filled")


class PackRow(models.Model):
    """A row of the pack: a stable slug, a place in its list, and when it last changed."""

    #: Begins the row's anchor on its page.
    ANCHOR: ClassVar[str]

    slug = models.SlugField(
        max_length=60,
        unique=True,
        help_text="Part of the address people link to. It cannot change once the row exists.",
    )
    position = models.PositiveSmallIntegerField(
        default=1000, help_text="Rows are shown from the smallest number to the largest."
    )
    from_pack = models.BooleanField(
        default=False,
        editable=False,
        help_text="It came with the pack: it can be reworded, not removed.",
    )
    updated_at = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        abstract = True
        ordering = ("position", "slug")

    def get_absolute_url(self) -> str:
        return f"{reverse('readiness:api-readiness')}#{self.anchor}"

    @property
    def anchor(self) -> str:
        return f"{self.ANCHOR}-{self.slug}"
