"""Base classes of the pack's rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from django.db import models

from pagetojob.platform.tenants.people import person_key


class Owner(models.TextChoices):
    """Party responsible for the next step."""

    PAGETOJOB = "PageToJob", "PageToJob"
    CUSTOMER = "Customer", "Customer"
    SHARED = "Shared", "Shared"
    SERVICETITAN_ADMIN = "ServiceTitan admin", "ServiceTitan admin"
    OPERATIONS = "Operations", "Operations"


class Status(models.TextChoices):
    """Progress of a line. `review due` is computed from lapsed evidence and never stored."""

    READY_NOW = "ready now", "ready now"
    CUSTOMER_REQUIRED = "customer required", "customer required"
    ENGINEERING_REQUIRED = "engineering required", "engineering required"
    PARTNER_GATED = "partner gated", "partner gated"
    REVIEW_REQUIRED = "review required", "review required"
    REVIEW_DUE = "review due", "review due"


#: Statuses that a person can set. The database refuses all others.
STORED_STATUSES = [choice for choice in Status.choices if choice[0] != Status.REVIEW_DUE.value]


def filled(*fields: str) -> models.CheckConstraint:
    """Return a constraint that none of the text `fields` is empty."""
    condition = models.Q()
    for field in fields:
        condition &= ~models.Q(**{field: ""})
    return models.CheckConstraint(condition=condition, name="%(app_label)s_%(class)s_filled")


class Role(StrEnum):
    """Presentation of a field on the page."""

    TEXT = "text"  # a paragraph, with its label if it has one
    NEXT = "next"  # the next step
    RULE = "rule"  # a rule that always holds; highlighted
    LIST = "list"  # one item per line
    STEPS = "steps"  # one step per line, numbered


@dataclass(frozen=True, slots=True)
class Shown:
    """A model field as readers see it. Without a label, only the text is shown."""

    name: str
    label: str = ""
    role: Role = Role.TEXT


def entries(text: str) -> list[str]:
    """Return the non-blank lines of a text field that holds one item per line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


LINES = "Enter each item on a separate line."


class PackRow(models.Model):
    """A row of the pack, with a stable slug, a position in its list, and the time of its last change."""

    #: Prefix of the row's anchor on its page.
    ANCHOR: ClassVar[str]
    #: The field that names the row, and the fields displayed below it, in page order.
    TITLE: ClassVar[str] = "title"
    SHOWN: ClassVar[tuple[Shown, ...]] = ()

    slug = models.SlugField(
        max_length=60,
        unique=True,
        help_text="Part of the address that people link to. It cannot change once the row exists.",
    )
    position = models.PositiveSmallIntegerField(
        default=1000, help_text="Rows are shown from the smallest number to the largest."
    )
    from_pack = models.BooleanField(
        default=False,
        editable=False,
        help_text="It came with the pack: it can be reworded but not removed.",
    )
    updated_at = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        abstract = True
        ordering = ("position", "slug")

    @property
    def anchor(self) -> str:
        return f"{self.ANCHOR}-{self.slug}"


class StatusRow(PackRow):
    """A row with an owner and a status. `ready now` is displayed only while valid evidence supports it."""

    title = models.CharField(max_length=160)
    owner = models.CharField(max_length=20, choices=Owner, help_text="Owner of the next step.")
    status = models.CharField(
        max_length=24,
        choices=STORED_STATUSES,
        help_text="“Ready now” needs evidence; without it, or once it lapses, the page shows “review due”.",
    )
    reviewer = person_key(
        null=True, blank=True, help_text="Receives the emails 30, 14 and 3 days before the evidence lapses. Not public."
    )

    class Meta(PackRow.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.title


def known(*, blank: bool = False) -> tuple[models.CheckConstraint, ...]:
    """Return constraints that owner and status have known values; with `blank`, both may be empty."""
    owners = [*Owner.values, *([""] if blank else [])]
    statuses = [*(value for value, _ in STORED_STATUSES), *([""] if blank else [])]
    return (
        models.CheckConstraint(condition=models.Q(owner__in=owners), name="%(app_label)s_%(class)s_owner_known"),
        models.CheckConstraint(condition=models.Q(status__in=statuses), name="%(app_label)s_%(class)s_status_storable"),
    )
