"""The end of a contract, and what it deleted."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key


class Offboarding(TenantOwned, Identified, Created):
    """The end of a contract: after two people confirm it, its data is deleted except rows that stay for a reason.

    The website shows `page_phone` until `page_until`; the day is also on the tenant, for readers without a scope.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    requested_by = person_key()
    export = models.UUIDField(null=True, help_text="Public id of the export that was handed over; null: waived.")
    export_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the manifest.")
    page_until = models.DateField(help_text="Last day on which the website shows the phone number.")
    page_phone = models.CharField(max_length=40, blank=True)
    confirmed_by = person_key(null=True)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    keys_destroyed = models.JSONField(default=list, editable=False, help_text="Public ids of the data keys.")
    deleting_in = models.BigIntegerField(
        default=0, editable=False, help_text="Transaction that guard triggers let delete rows (tenants/triggers.py)."
    )
    ended_at = models.DateTimeField(null=True, editable=False)
    receipt = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="offboarding_tenant_key"),
            models.UniqueConstraint(fields=["tenant"], condition=Q(withdrawn_at=None), name="offboarding_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, withdrawn_at=None)
                & ~Q(confirmed_by=F("requested_by")),
                name="offboarding_by_two",
            ),
            models.CheckConstraint(
                condition=Q(export=None, export_sha256="") | Q(export__isnull=False) & ~Q(export_sha256=""),
                name="offboarding_export_or_waiver",
            ),
        )
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="offboarding_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND (OLD.confirmed_at IS NULL
                        OR to_jsonb(NEW) - CASE WHEN OLD.ended_at IS NULL
                                THEN ARRAY['keys_destroyed', 'deleting_in', 'ended_at', 'receipt']
                                ELSE ARRAY['page_phone'] END
                            = to_jsonb(OLD) - CASE WHEN OLD.ended_at IS NULL
                                THEN ARRAY['keys_destroyed', 'deleting_in', 'ended_at', 'receipt']
                                ELSE ARRAY['page_phone'] END)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'an offboarding that was confirmed, withdrawn or has ended stays as it is'
                        USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"offboarding {self.public_id}"


class OffboardedTable(TenantOwned):
    """The number of rows that an offboarding deleted from a table. Written only by the database's functions.

    `rows_sha256` chains the keys of the rows, the highest first: each link hashes the previous link and a key.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    offboarding = TenantForeignKey(Offboarding, related_name="tables")
    table = models.CharField(max_length=63)
    rows = models.PositiveBigIntegerField()
    rows_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("table",)
        constraints = (models.UniqueConstraint("tenant", "offboarding", "table", name="offboarded_table_once"),)

    def __str__(self) -> str:
        return f"{self.rows} of {self.table}"
