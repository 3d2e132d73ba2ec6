"""Claim: a public claim that evidence must support first. Disclaimer: required text. Both are global."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention


class Statement(models.Model):
    """A public sentence with a stable slug and a position in its list."""

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

    @property
    def anchor(self) -> str:
        return f"{self.ANCHOR}-{self.slug}"


class Disclaimer(Statement):
    """A text that is required on every page that describes ServiceTitan readiness."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "disclaimer"

    class Meta(Statement.Meta):
        constraints = (
            models.CheckConstraint(condition=~models.Q(slug="") & ~models.Q(text=""), name="disclaimer_filled"),
        )

    @property
    def anchor(self) -> str:
        return f"{self.ANCHOR}-{self.slug}"
