"""TaxonomyItem, PageBinding and CapacityRule."""

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


class ZoneState(models.TextChoices):
    """Whether demand is wanted in a zone."""

    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    EMERGENCY_ONLY = "emergency only", "emergency only"
    EXPANSION = "expansion", "expansion"


class Urgency(models.TextChoices):
    EMERGENCY = "emergency", "Emergency: as soon as possible"
    SOON = "soon", "In the next few days"
    FLEXIBLE = "flexible", "No hurry"


class PageKind(models.TextChoices):
    SERVICE = "service", "service page"
    AREA = "area", "area page"
    OFFER = "offer", "offer page"
    CAMPAIGN = "campaign", "campaign page"


class CallToAction(models.TextChoices):
    """What a page asks a visitor to do first."""

    CALL = "call now", "Call now"
    REQUEST = "request", "Request the next available appointment"
    SCHEDULER = "scheduler", "Book online"


class Hours(models.TextChoices):
    ANY = "", "at any time"
    OPEN = "open", "in office hours"
    AFTER = "after hours", "after hours"


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
    zone_state = models.CharField(
        max_length=14, choices=ZoneState, blank=True, help_text="Of a zone; empty on everything else."
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="taxonomy_item_tenant_key"),
            models.UniqueConstraint("tenant", "family", "name", name="taxonomy_item_once"),
            models.CheckConstraint(condition=Q(family__in=Family.values), name="taxonomy_family_known"),
            models.CheckConstraint(
                condition=Q(zone_state="") | Q(family=Family.ZONE, zone_state__in=ZoneState.values),
                name="taxonomy_zone_state_of_zone",
            ),
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
    kind = models.CharField(max_length=10, choices=PageKind, default=PageKind.SERVICE)
    label = models.CharField(max_length=200, help_text="What we call the page among ourselves.")
    headline = models.CharField(max_length=120, blank=True, help_text="The page's own heading, as visitors read it.")
    intro = models.TextField(blank=True, help_text="What a person wrote for this page, in plain paragraphs.")
    job_type = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    business_unit = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    campaign = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    zone = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    pricebook_service = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    booking_provider = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    offer = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    #: The names of the keys above; the envelope and the pages go through them in this order.
    MAPPED = ("job_type", "business_unit", "campaign", "zone", "pricebook_service", "booking_provider", "offer")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="page_binding_tenant_key"),
            models.UniqueConstraint("tenant", "slug", "version", name="page_binding_version_once"),
            models.CheckConstraint(condition=Q(kind__in=PageKind.values), name="page_binding_kind_known"),
        )
        indexes = (models.Index(fields=["tenant", "page_path", "-version"], name="page_binding_of_page"),)

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class CapacityRule(TenantOwned):
    """Which call to action a page shows, and whether dispatch looks at the request first.

    Rules are read in order of `position`; the first whose conditions all hold decides. An empty condition
    holds always. `titanmap.capacity.choose` is the reading; nothing else interprets a rule.
    """

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    position = models.PositiveSmallIntegerField(default=100, help_text="Lower is read first.")
    name = models.CharField(max_length=120)
    page_slug = models.SlugField(max_length=80, blank=True, help_text="The binding of one page; empty: any page.")
    urgency = models.CharField(max_length=10, choices=Urgency, blank=True)
    hours = models.CharField(max_length=12, choices=Hours, blank=True)
    zone_state = models.CharField(max_length=14, choices=ZoneState, blank=True)
    primary = models.CharField(max_length=10, choices=CallToAction)
    secondary = models.CharField(max_length=10, choices=CallToAction, blank=True)
    needs_review = models.BooleanField(default=False, help_text="Dispatch looks at the request before hand-off.")
    sentence = models.CharField(max_length=200, help_text="Why, in words a visitor may read.")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint("tenant", "id", name="capacity_rule_tenant_key"),
            models.UniqueConstraint("tenant", "name", name="capacity_rule_once"),
            models.CheckConstraint(
                condition=Q(primary__in=CallToAction.values)
                & Q(secondary__in=["", *CallToAction.values])
                & Q(urgency__in=["", *Urgency.values])
                & Q(hours__in=Hours.values)
                & Q(zone_state__in=["", *ZoneState.values]),
                name="capacity_rule_words_known",
            ),
        )

    def __str__(self) -> str:
        return self.name
