"""Claim: a public claim that evidence must support first. Disclaimer: required text. All are global."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.people import person_key


class Statement(models.Model):
    """A public sentence with a stable slug and a position in its list."""

    ANCHOR: ClassVar[str]

    slug = models.SlugField(
        max_length=60,
        unique=True,
        help_text="Part of the address people link to. It cannot change once the row exists.",
    )
    position = models.PositiveSmallIntegerField(
        default=1000, help_text="Rows are shown from the smallest number to the largest."
    )
    from_pack = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField("last changed", auto_now=True)
    text = models.TextField()

    class Meta:
        abstract = True
        ordering = ("position", "slug")

    def __str__(self) -> str:
        return self.text

    @property
    def anchor(self) -> str:
        return f"{self.ANCHOR}-{self.slug}"


class Claim(Statement):
    """A public claim that may be published only when its gates are open.

    Its gates are defined in `registry`; the state of the claim is computed.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "claim"

    class Meta(Statement.Meta):
        verbose_name = "gated claim"
        constraints = (models.CheckConstraint(condition=~models.Q(slug="") & ~models.Q(text=""), name="claim_filled"),)


class Disclaimer(Statement):
    """A text that is required on every page that describes ServiceTitan readiness."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "disclaimer"

    class Meta(Statement.Meta):
        constraints = (
            models.CheckConstraint(condition=~models.Q(slug="") & ~models.Q(text=""), name="disclaimer_filled"),
        )


class SentenceApproval(models.Model):
    """A sentence on a gated topic: one person requests its approval, and another one gives it until a day."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    digest = models.CharField(max_length=64, unique=True, editable=False)
    claim = models.CharField(max_length=60, editable=False)
    sentence = models.TextField(help_text="The sentence as readers will see it.")
    requested_by = person_key(editable=False)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_by = person_key(null=True, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)
    expires_on = models.DateField("last day", null=True, editable=False)

    class Meta:
        ordering = ("-requested_at", "-id")
        constraints = (
            models.CheckConstraint(condition=models.Q(digest__regex="^[0-9a-f]{64}$"), name="approval_digest"),
            models.CheckConstraint(condition=~models.Q(sentence=""), name="approval_filled"),
            models.CheckConstraint(
                condition=models.Q(approved_by=None, approved_at=None, expires_on=None)
                | models.Q(approved_by__isnull=False, approved_at__isnull=False, expires_on__isnull=False),
                name="approval_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("requested_by")),
                name="approval_two_people",
            ),
        )

    def __str__(self) -> str:
        return self.sentence
