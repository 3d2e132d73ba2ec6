"""TaxonomyItem and PageBinding."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.kernel.tenants.models import TenantForeignKey, TenantOwned


class Family(models.TextChoices):
    JOB_TYPE = "job type", "job type"
    BUSINESS_UNIT = "business unit", "business unit"
    CAMPAIGN = "campaign", "campaign"
    ZONE = "zone", "zone"
    MEMBERSHIP = "membership", "membership"
    PRICEBOOK_SERVICE = "pricebook service", "pricebook service"
    BOOKING_PROVIDER = "booking provider", "booking provider"
    OFFER = "offer", "offer"


class TaxonomyItem(TenantOwned):
    """One thing the shop sells, or a place it sells it in. A row of the Titan Map."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    family = models.CharField(max_length=20, choices=Family)
    name = models.CharField(max_length=120)
    external_id = models.BigIntegerField(
        null=True, blank=True, help_text="Its ServiceTitan id, once a person or an import brought it."
    )
    active = models.BooleanField(default=True)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="taxonomy_item_tenant_key"),
            models.UniqueConstraint("tenant", "family", "name", name="taxonomy_item_once"),
            models.CheckConstraint(condition=Q(family__in=Family.values), name="taxonomy_family_known"),
        )

    def __str__(self) -> str:
        return self.name


page_path_validator = RegexValidator(r"^/[a-z0-9/-]*$", "A page path is like /ac-repair-phoenix.")


class PageBinding(TenantOwned):
    """A site page tied to items of the map. A new version is a new row; requests keep theirs."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    slug = models.SlugField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    page_path = models.CharField(max_length=200, validators=[page_path_validator])
    label = models.CharField(max_length=200)
    job_type = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    business_unit = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    campaign = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    zone = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    pricebook_service = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    booking_provider = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    #: The names of the keys above; the envelope and the pages go through them in this order.
    MAPPED = ("job_type", "business_unit", "campaign", "zone", "pricebook_service", "booking_provider")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="page_binding_tenant_key"),
            models.UniqueConstraint("tenant", "slug", "version", name="page_binding_version_once"),
        )
        indexes = (models.Index(fields=["tenant", "page_path", "-version"], name="page_binding_of_page"),)

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"
