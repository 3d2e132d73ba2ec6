"""Periods of a tenant, legal holds, and what each purge removed."""

from functools import reduce
from operator import or_
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform import masking
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from ..periods import ADJUSTABLE

_WITHIN_BOUNDS = reduce(
    or_, (Q(kind=kind, days__gte=period.least, days__lte=period.most) for kind, period in ADJUSTABLE.items())
)


class RetentionPeriod(TenantOwned):
    """The period of a class for one tenant, where it differs from the default."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in ADJUSTABLE])
    days = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "kind", name="retention_period_once"),
            models.CheckConstraint(condition=_WITHIN_BOUNDS, name="retention_period_within_bounds"),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"


class LegalHold(TenantOwned, Identified):
    """A legal hold: no purge removes data of the tenant, or of one person, until two people lift it.

    It protects from its request on. If no second person confirms the request within a week, it lapses.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = frozenset({"search_key"})

    search_key = models.CharField(
        max_length=254, blank=True, help_text="Normalized phone number or email of a person; empty: the whole tenant."
    )
    requested_by = person_key()
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_by = person_key(null=True)
    confirmed_at = models.DateTimeField(null=True)
    lift_requested_by = person_key(null=True)
    lift_requested_at = models.DateTimeField(null=True)
    lifted_by = person_key(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-requested_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("requested_by")),
                name="legal_hold_placed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(lift_requested_by=None, lift_requested_at=None)
                | Q(lift_requested_by__isnull=False, lift_requested_at__isnull=False, confirmed_at__isnull=False),
                name="legal_hold_lift_of_placed",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None, lifted_at=None)
                | Q(lifted_by__isnull=False, lifted_at__isnull=False, lift_requested_by__isnull=False)
                & ~Q(lifted_by=F("lift_requested_by")),
                name="legal_hold_lifted_by_two",
            ),
        )
        indexes = (models.Index(fields=["tenant"], condition=Q(lifted_at=None), name="legal_hold_open"),)
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="steps_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE'
                        AND (OLD.confirmed_at IS NULL
                            OR (NEW.confirmed_at, NEW.confirmed_by_id) = (OLD.confirmed_at, OLD.confirmed_by_id))
                        AND (OLD.lift_requested_at IS NULL OR (NEW.lift_requested_at, NEW.lift_requested_by_id)
                            = (OLD.lift_requested_at, OLD.lift_requested_by_id)
                            OR (OLD.lifted_at IS NULL AND NEW.lifted_at IS NULL
                                AND NEW.lift_requested_at > OLD.lift_requested_at
                                AND NEW.lift_requested_by_id <> OLD.lift_requested_by_id))
                        AND (OLD.lifted_at IS NULL
                            OR (NEW.lifted_at, NEW.lifted_by_id) = (OLD.lifted_at, OLD.lifted_by_id))
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'a step of a legal hold is recorded once and stays'
                        USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"legal hold {self.public_id}"

    @property
    def masked_person(self) -> str:
        """Return the masked phone number or email of the person; empty for a hold on the tenant."""
        if "@" in self.search_key:
            return masking.email(self.search_key)
        return masking.phone(self.search_key) if self.search_key else ""


class PurgeReceipt(TenantOwned):
    """The number of rows of one table that a purge removed or emptied. Written only by the database's purge functions.

    It contains counts and no values.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    run = TenantForeignKey(Run, related_name="+")
    kind = models.CharField(max_length=20)
    table = models.CharField(max_length=63)
    removed = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("kind", "table")
        constraints = (models.UniqueConstraint("tenant", "run", "kind", "table", name="purge_receipt_once"),)

    def __str__(self) -> str:
        return f"{self.removed} of {self.table}"
