"""Contractors, the changes of their lifecycle, their people, and links to a website before it is live."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform import states

from ..declarations import NO_PERSONAL_FIELDS, Retention
from ..lifecycle import MOVES, Lifecycle
from ..people import person_key
from ..roles import TenantRole
from ..time_zones import usable_zone, zone_name, zone_problem
from .base import Created, Identified, TenantOwned
from .user import User, validate_time_zone


class Tenant(Identified, Created, states.Stateful):
    """A contractor. Readable before a scope is open, so it contains no secrets.

    `state` decides who may see its website (see `lifecycle`). Only the services of onboarding change it.
    """

    MOVES = MOVES

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, help_text="The trading name shown on its website.")
    time_zone = models.CharField(max_length=40, validators=[validate_time_zone])
    is_demo = models.BooleanField(default=False, help_text="Public demo pages show only this tenant.")
    second_factor_required = models.BooleanField(
        "second step required",
        default=False,
        db_default=False,
        help_text="Its people must add a second step before they see anything of it.",
    )
    gates_epoch = models.BigIntegerField(default=0, editable=False)
    page_until = models.DateField(
        null=True,
        editable=False,
        help_text="After an offboarding, the last day on which its website shows the phone.",
    )
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    state = models.CharField(
        max_length=7, choices=Lifecycle, default=Lifecycle.DRAFT, db_default=Lifecycle.DRAFT, editable=False
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=Lifecycle.values), name="tenant_state_known"),
        )
        # A closed tenant stays closed, but its gates, its name and its switches may still change, and a last page ends.
        triggers = states.guard(
            MOVES,
            start=Lifecycle.DRAFT,
            erasable=("slug", "name", "time_zone", "is_demo", "second_factor_required", "gates_epoch", "page_until"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_offboarded(self) -> bool:
        """Return whether two people confirmed the deletion of its data: what is added now would never be deleted."""
        return self.page_until is not None

    @property
    def zone_name(self) -> str:
        """Return the common name of the contractor's time zone, such as `Pacific time (Los Angeles)`."""
        return zone_name(self.time_zone)

    @property
    def zone_problem(self) -> str:
        """Return that this system does not know the contractor's time zone; empty if it does."""
        return zone_problem(self.time_zone)

    @property
    def shown_zone(self) -> ZoneInfo:
        """Return the zone in which people read its times and its days end: UTC if its own is not known."""
        return usable_zone(self.time_zone)

    def today(self) -> date:
        """Return today's date in `shown_zone`. No query."""
        return timezone.localdate(timezone=self.shown_zone)

    @property
    def first_month(self) -> date:
        """Return the first day of the month in which the contractor was added, in its time zone. No query."""
        return timezone.localdate(self.created_at, self.shown_zone).replace(day=1)

    def in_words(self, at: datetime) -> str:
        """Return a time with its day as the contractor reads it, such as `July 1, 2027, 7:00 PM MST`. No query."""
        return f"{at.astimezone(self.shown_zone):%B %-d, %Y, %-I:%M %p %Z}"


class StateChange(TenantOwned):
    """A transition of a tenant's lifecycle: who made it, when and why. Append-only."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField(help_text="The tenant's version after the transition.")
    before = models.CharField(max_length=7, choices=Lifecycle)
    after = models.CharField(max_length=7, choices=Lifecycle)
    by = person_key()
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint("tenant", "number", name="state_change_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="state_change_has_reason"),
            models.CheckConstraint(
                condition=models.Q(before__in=Lifecycle.values, after__in=Lifecycle.values), name="state_change_known"
            ),
        )
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class Membership(models.Model):
    """A person's role in one tenant. Readable before a scope is open, so it contains only ids."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=TenantRole)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "user", name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=TenantRole.values), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"membership {self.pk}"


class PreviewLink(TenantOwned, Identified, Created):
    """A link that shows the website of a tenant before it is live. It expires and can be revoked."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    by = person_key()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["tenant", "-id"], name="preview_link_newest"),)

    def __str__(self) -> str:
        return f"preview link {self.pk}"
