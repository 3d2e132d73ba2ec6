"""TaxonomyItem, ShopFacts, PageBinding with its drafts, CapacityRule, and Publication.

Public pages show `TaxonomyItem.published`, and the columns of rules; `titanmap.publishing` changes both.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now, Upper

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key


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
    """Demand for new jobs in a zone."""

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
    """First call to action of a page."""

    CALL = "call now", "Call now"
    REQUEST = "request", "Request the next available appointment"
    SCHEDULER = "scheduler", "Book online"


class Hours(models.TextChoices):
    ANY = "", "at any time"
    OPEN = "open", "in office hours"
    AFTER = "after hours", "after hours"


class DayKind(models.TextChoices):
    ANY = "", "on any day"
    HOLIDAY = "holiday", "on holidays"
    ORDINARY = "no holiday", "on days that are not holidays"


#: Families that public pages show: services that a visitor may choose, areas, and offers.
PUBLIC_FAMILIES = (Family.JOB_TYPE, Family.ZONE, Family.OFFER)


#: An amount of dollars or a percentage in a name.
_AMOUNT = re.compile(r"\$[0-9][0-9,]*(?:\.[0-9]{2})?|[0-9]+(?:\.[0-9]+)?%")


@dataclass(frozen=True)
class PublicItem:
    """Values of an item that public pages show. Those after the state are of an offer, as far as it has them."""

    name: str
    detail: str
    active: bool
    zone_state: str
    starts: str = ""
    ends: str = ""
    price: str = ""
    amount_off: str = ""
    percent_off: str = ""
    free: bool = False
    audience: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Read stored values. Those that a newer release published, and this one does not know, are left out."""
        return cls(**{name: value for name, value in values.items() if name in cls.__dataclass_fields__})

    @property
    def value(self) -> str:
        """Return the price or the saving of an offer in words, such as $79 or 10% off; empty without any."""
        if self.free:
            return "Free"
        if self.percent_off:
            return f"{self.percent_off}% off"
        amount = self.price or self.amount_off
        dollars = f"${Decimal(amount):,.2f}".removesuffix(".00") if amount else ""
        return f"{dollars} off" if self.amount_off else dollars

    @property
    def contradiction(self) -> str:
        """Return why the name must not be shown with the value: it states another one. Empty if it may."""
        stated = {amount.replace(",", "").removesuffix(".00") for amount in _AMOUNT.findall(self.name)}
        value = self.value.replace(",", "").removesuffix(" off")
        if not stated or not value or self.free or value in stated:
            return ""
        return f"The name of “{self.name}” states another value than {self.value}. Correct one of them, then publish."

    def is_current(self, today: date) -> bool:
        return self.active and (self.starts or "0") <= today.isoformat() <= (self.ends or "9")


#: Values of a published item that are columns, and those that are facts and are left out if there are none.
PUBLIC_COLUMNS = ("name", "detail", "active", "zone_state")
PUBLIC_FACTS = ("starts", "ends", "price", "amount_off", "percent_off", "free", "audience")


class TaxonomyItem(TenantOwned, Identified):
    """An item of the Titan Map: something the shop sells, or a place where it sells."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    family = models.CharField(max_length=20, choices=Family)
    name = models.CharField(max_length=120)
    external_id = models.BigIntegerField(
        null=True, blank=True, help_text="Its ServiceTitan id, if a person or an import provided it."
    )
    active = models.BooleanField(default=True)
    detail = models.CharField(max_length=200, blank=True)
    zone_state = models.CharField(max_length=14, choices=ZoneState, blank=True, help_text="Set for zones only.")

    facts = models.JSONField(
        default=dict, blank=True, help_text="Prices, dates, places and synonyms; see `titanmap.facts`."
    )
    published = models.JSONField(
        null=True, blank=True, editable=False, help_text="Values that public pages show; empty until it is published."
    )
    #: A column instead of an expression index: with row-level security, an index on `lower(name)` is not used.
    lowered = models.GeneratedField(expression=Lower("name"), output_field=models.TextField(), db_persist=True)

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
        indexes = (
            models.Index(fields=["tenant", "family", "lowered"], name="taxonomy_item_by_name"),
            models.Index(
                fields=["tenant", "family", "external_id"],
                condition=Q(external_id__isnull=False),
                name="taxonomy_item_by_id",
            ),
        )

    @property
    def public(self) -> PublicItem:
        """Return what public pages show of the item. An item that was never published is not offered."""
        return PublicItem.of(self.published or {**self.to_publish(), "active": False})

    @property
    def is_unpublished(self) -> bool:
        """Return whether public pages would show it differently after publishing."""
        if self.family not in PUBLIC_FAMILIES or (self.published is None and not self.active):
            return False
        return self.published != self.to_publish()

    def to_publish(self) -> dict[str, Any]:
        """Return the approved values that public pages show once they are published."""
        columns = {name: getattr(self, name) for name in PUBLIC_COLUMNS}
        return columns | {name: self.facts[name] for name in PUBLIC_FACTS if name in self.facts}

    def __str__(self) -> str:
        return self.name


class ShopFacts(TenantOwned):
    """Facts about the shop as a whole, except for the phone and hours stored in `BusinessProfile`."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    facts = models.JSONField(default=dict, blank=True, help_text="See `titanmap.facts.SHOP`.")
    pending_hours = models.JSONField(
        null=True, blank=True, editable=False, help_text="Imported office hours that are not published yet."
    )

    class Meta:
        constraints = (models.UniqueConstraint("tenant", name="shop_facts_once"),)

    def __str__(self) -> str:
        return f"facts of tenant {self.tenant_id}"


page_path_validator = RegexValidator(r"^/[a-z0-9/-]*$", "Enter a page path such as /ac-repair-phoenix.")


class PageContent(TenantOwned, Created):
    """Content of one version of a page binding, shared by published versions and drafts."""

    slug = models.SlugField(max_length=80)
    page_path = models.CharField(max_length=200, validators=[page_path_validator])
    kind = models.CharField(max_length=10, choices=PageKind, default=PageKind.SERVICE)
    label = models.CharField(max_length=200, help_text="Internal name of the page.")
    headline = models.CharField(max_length=120, blank=True, help_text="The page's heading, as visitors see it.")
    intro = models.TextField(blank=True, help_text="Introduction written for this page, in plain paragraphs.")
    job_type = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    business_unit = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    campaign = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    zone = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    pricebook_service = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    booking_provider = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)
    offer = TenantForeignKey(TaxonomyItem, related_name="+", null=True, blank=True)

    #: Names of the foreign keys above, in the order used by the envelope and the pages.
    MAPPED: ClassVar = (
        "job_type",
        "business_unit",
        "campaign",
        "zone",
        "pricebook_service",
        "booking_provider",
        "offer",
    )
    #: All fields of a version except its slug.
    CONTENT_FIELDS: ClassVar = ("page_path", "kind", "label", "headline", "intro", *MAPPED)

    class Meta:
        abstract = True


class PageBinding(PageContent):
    """Link from a website page to items of the map. Each version is a new row; requests keep the version they used.

    Every row is approved. A version that still waits for a second person is a PageDraft and has no effect.
    """

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="page_binding_tenant_key"),
            models.UniqueConstraint("tenant", "slug", "version", name="page_binding_version_once"),
            models.CheckConstraint(condition=Q(kind__in=PageKind.values), name="page_binding_kind_known"),
        )
        indexes = (
            models.Index(fields=["tenant", "page_path", "-version"], name="page_binding_of_page"),
            GinIndex(
                OpClass(Upper("label"), name="gin_trgm_ops"),
                OpClass(Upper("page_path"), name="gin_trgm_ops"),
                name="page_binding_part",
            ),
        )

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class DraftState(models.TextChoices):
    DRAFT = "draft", "draft"
    REVIEW = "in review", "in review"
    APPROVED = "approved", "approved"
    ASIDE = "set aside", "set aside"


D = DraftState
#: The complete state machine of a draft. Only `states.move` writes `state`.
DRAFT_MOVES: states.Moves = {
    D.DRAFT: {D.REVIEW, D.ASIDE},
    D.REVIEW: {D.APPROVED, D.DRAFT, D.ASIDE},
    D.APPROVED: set(),
    D.ASIDE: set(),
}


class PageDraft(PageContent, Identified, states.Stateful):
    """Unpublished version of a page binding, being written or waiting for a second person's approval."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    MOVES: ClassVar = DRAFT_MOVES

    state = models.CharField(max_length=10, choices=D, default=D.DRAFT, editable=False)
    based_on = models.PositiveIntegerField(
        default=0, help_text="The version that the draft is based on; 0 for a new page."
    )
    reason = models.CharField(max_length=500, help_text="Reason for the change, shown to the approver.")
    written_by = person_key(db_index=True)
    decided_by = person_key(null=True, db_index=True)
    became = models.PositiveIntegerField(null=True, editable=False, help_text="The version that the draft became.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="page_draft_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "slug"], condition=Q(state__in=(D.DRAFT, D.REVIEW)), name="page_draft_open_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PageKind.values) & Q(state__in=D.values), name="page_draft_words_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=D.APPROVED) | Q(decided_by__isnull=False, became__isnull=False),
                name="page_draft_decided",
            ),
        )
        indexes = (models.Index(fields=["tenant", "state", "slug"], name="page_draft_of_state"),)
        triggers: ClassVar = (
            *states.guard(DRAFT_MOVES, start=D.DRAFT),
            pgtrigger.Trigger(
                name="page_draft_second_person",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'approved' AND NEW.state = 'approved' AND NEW.decided_by_id = NEW.written_by_id"
                ),
                # The author may publish pages of a website that no visitor can see yet.
                func="""
                    IF NOT EXISTS (
                        SELECT FROM tenants_tenant WHERE id = NEW.tenant_id AND state IN ('draft', 'preview')
                    ) THEN
                        RAISE EXCEPTION
                            'page_draft_second_person: the author cannot approve a page of a public website'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )

    def __str__(self) -> str:
        return f"draft of {self.slug}"


#: A day of any year, as stored in `season_from` and `season_to`.
SEASON_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


class CapacityRule(TenantOwned):
    """Rule that decides a page's call to action and whether dispatch reviews the request first.

    Rules are evaluated in order of `position`; the first one whose conditions all hold decides. An empty condition
    always holds. Only `titanmap.capacity.choose` interprets rules.
    """

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    position = models.PositiveSmallIntegerField(default=100, help_text="Lower numbers are evaluated first.")
    name = models.CharField(max_length=120)
    page_slug = models.SlugField(max_length=80, blank=True, help_text="Slug of one page; empty for any page.")
    urgency = models.CharField(max_length=10, choices=Urgency, blank=True)
    hours = models.CharField(max_length=12, choices=Hours, blank=True)
    zone_state = models.CharField(max_length=14, choices=ZoneState, blank=True)
    day_kind = models.CharField(max_length=10, choices=DayKind, blank=True)
    season_from = models.CharField(max_length=5, blank=True, help_text="First day of the yearly season, such as 06-01.")
    season_to = models.CharField(
        max_length=5, blank=True, help_text="Its last day. If earlier than the first day, the season spans New Year."
    )
    primary = models.CharField(max_length=10, choices=CallToAction)
    secondary = models.CharField(max_length=10, choices=CallToAction, blank=True)
    needs_review = models.BooleanField(default=False, help_text="Dispatch reviews the request before handoff.")
    sentence = models.CharField(max_length=200, help_text="Explanation shown to visitors.")
    active = models.BooleanField(default=True)
    pending = models.JSONField(
        null=True, blank=True, editable=False, help_text="Imported values that are not published yet."
    )

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
            models.CheckConstraint(
                condition=Q(day_kind__in=DayKind.values)
                & (Q(season_from="", season_to="") | Q(season_from__regex=SEASON_DAY, season_to__regex=SEASON_DAY)),
                name="capacity_rule_days_known",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Publication(TenantOwned, Identified):
    """A publishing of the map: what public pages showed before and after, by whom and why.

    `changes` is a list of {"part", "id", "name", "before", "after"}; `before` is null for an item that was not public.
    """

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField()
    changes = models.JSONField(default=list)
    reason = models.CharField(max_length=500)
    undoes = models.PositiveIntegerField(null=True, help_text="Number of the publication that this one takes back.")
    published_by = person_key(db_index=True)
    published_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint("tenant", "number", name="publication_once"),)

    def __str__(self) -> str:
        return f"publication {self.number}"
