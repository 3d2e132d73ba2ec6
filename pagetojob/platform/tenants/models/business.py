"""A tenant's business: its contact details, its logo and its legal texts, as its public pages show them."""

from collections.abc import Iterable, Mapping

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from pagetojob.platform import states

from ..declarations import NO_PERSONAL_FIELDS, Retention
from .base import Created, Identified, TenantForeignKey, TenantOwned


class Trade(models.TextChoices):
    HEATING = "heating", "Heating"
    COOLING = "cooling", "Air conditioning"
    PLUMBING = "plumbing", "Plumbing"
    ELECTRICAL = "electrical", "Electrical"
    ROOFING = "roofing", "Roofing"
    GARAGES = "garages", "Garages"
    WATER_TREATMENT = "water treatment", "Water treatment"
    PEST_CONTROL = "pest control", "Pest control"
    LANDSCAPING = "landscaping", "Landscaping"
    POOLS = "pools", "Pools"
    CHIMNEYS = "chimneys", "Chimneys"
    OTHER = "other", "Other"


class Logo(TenantOwned, Identified, Created):
    """A business's logo, encoded again by us (`files.images`). Append-only; the profile names the current one."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    content_type = models.CharField(max_length=10, choices=[("image/png", "PNG"), ("image/jpeg", "JPEG")])
    content = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="logo_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(content_type__in=["image/png", "image/jpeg"]), name="logo_type_known"
            ),
        )
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"logo {self.public_id}"


class BusinessProfile(TenantOwned):
    """Contact details of a business, as used on its public pages."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    phone = models.CharField(max_length=40, blank=True, help_text="The main number, as printed on the website.")
    unusual_phone = models.CharField(
        max_length=40,
        blank=True,
        editable=False,
        help_text="A main number that an operator confirmed although no phone network has such numbers.",
    )
    other_phones = models.JSONField(
        default=list,
        blank=True,
        help_text='Further numbers: [{"label": "Emergencies", "number": "(602) 555-0101"}, …].',
    )
    trades = ArrayField(models.CharField(max_length=20, choices=Trade), default=list, blank=True)
    license_numbers = models.JSONField(
        default=list, blank=True, help_text='Contractor licenses: [{"label": "AZ ROC", "number": "123456"}, …].'
    )
    zip = models.CharField("ZIP code", max_length=10, blank=True, help_text="Of the office.")
    state = models.CharField(max_length=2, blank=True, help_text="The state of the office, such as AZ.")
    service_area = models.CharField(max_length=120, blank=True)
    color = models.CharField(
        max_length=7, blank=True, help_text="The color of buttons on the website, such as #0b5cad."
    )
    logo = TenantForeignKey(Logo, models.PROTECT, related_name="+", null=True, blank=True)
    hours = models.JSONField(
        default=dict,
        blank=True,
        help_text='Office hours in the tenant\'s time zone: {"mon": [["07:00", "18:00"]], …}. Empty if unknown.',
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", name="business_profile_once"),
            models.CheckConstraint(
                condition=models.Q(trades__contained_by=Trade.values), name="business_profile_trades_known"
            ),
            models.CheckConstraint(
                condition=models.Q(color="") | models.Q(color__regex="^#[0-9a-f]{6}$"), name="business_profile_color"
            ),
        )

    def __str__(self) -> str:
        return f"profile of tenant {self.tenant_id}"

    @classmethod
    def of(cls, tenant_id: int) -> "BusinessProfile":
        """Return the profile of a tenant; an unsaved, empty one if it has none. Runs one query."""
        return cls.objects.filter(tenant=tenant_id).first() or cls(tenant_id=tenant_id)

    @property
    def public_texts(self) -> dict[str, str]:
        """Return the words that someone typed and the website shows, by their field. The hours name holidays too."""
        return {
            "service area": self.service_area,
            "other phone numbers": _lines(self.other_phones),
            "license numbers": _lines(self.license_numbers),
        }


def _lines(entries: Iterable[Mapping[str, str]]) -> str:
    return "\n\n".join(f"{entry['label']}: {entry['number']}" for entry in entries)


class LegalKind(models.TextChoices):
    PRIVACY = "privacy", "Privacy policy"
    TERMS = "terms", "Terms of service"
    CONSENT = "consent", "Consent to be contacted"


class LegalText(TenantOwned, Identified, Created):
    """A version of a legal text of a tenant. A published version never changes; a new text is a new version."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=7, choices=LegalKind)
    version = models.PositiveIntegerField()
    text = models.TextField()
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("kind", "-version")
        constraints = (
            models.UniqueConstraint("tenant", "kind", "version", name="legal_text_once"),
            models.CheckConstraint(condition=models.Q(kind__in=LegalKind.values), name="legal_text_kind_known"),
            models.CheckConstraint(condition=~models.Q(text="") & models.Q(version__gt=0), name="legal_text_filled"),
        )
        triggers = (
            pgtrigger.Trigger(
                name="legal_text_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.published_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*"),
                func="RAISE EXCEPTION 'a published legal text never changes' USING ERRCODE = 'check_violation';",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
