"""Models of retention: periods of a tenant, legal holds, what each purge removed, and requests of data subjects."""

from functools import reduce
from operator import or_
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform import masking
from pagetojob.platform.runs.models import Run
from pagetojob.platform.sealing.fields import SealedField
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from .periods import ADJUSTABLE

WITHIN_BOUNDS = reduce(
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
            models.CheckConstraint(condition=WITHIN_BOUNDS, name="retention_period_within_bounds"),
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


class SubjectKind(models.TextChoices):
    """A copy of the data, or its erasure."""

    EXPORT = "export", "a copy of the data"
    ERASURE = "erasure", "erasure"


class SubjectRequest(TenantOwned, Identified, Created):
    """A person's request for a copy or the erasure of their data at one tenant, with a deadline.

    The identifiers are emptied when the request ends. A person requests the erasure and another confirms it.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = frozenset({"name", "phone", "email", "reference"})
    IDENTIFIERS: ClassVar = ("name", "phone", "email", "reference")

    kind = models.CharField(max_length=10, choices=SubjectKind)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="E.164.")
    email = models.CharField(max_length=254, blank=True)
    reference = models.CharField(max_length=25, blank=True, help_text="Reference or spoken code of a lead.")
    opened_by = person_key()
    due_on = models.DateField(help_text="Day by which the person must have an answer.")
    searched_at = models.DateTimeField(null=True, editable=False)
    unread = models.JSONField(
        default=dict, editable=False, help_text="Number of files whose text is not read completely, by content type."
    )
    erasure_requested_by = person_key(null=True)
    erasure_requested_at = models.DateTimeField(null=True, editable=False)
    confirmed_by = person_key(null=True)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    receipt = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="subject_request_tenant_key"),
            models.CheckConstraint(condition=Q(kind__in=SubjectKind.values), name="subject_request_kind_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | ~Q(name="", phone="", email="", reference=""),
                name="subject_request_names_someone",
            ),
            models.CheckConstraint(
                condition=Q(erasure_requested_by=None, erasure_requested_at=None)
                | Q(erasure_requested_by__isnull=False, erasure_requested_at__isnull=False)
                & Q(kind=SubjectKind.ERASURE, searched_at__isnull=False),
                name="subject_erasure_after_search",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, erasure_requested_at__isnull=False)
                & ~Q(confirmed_by=F("erasure_requested_by")),
                name="subject_erasure_by_two",
            ),
        )
        indexes = (models.Index(fields=["due_on"], condition=Q(ended_at=None), name="subject_request_open"),)
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="erasure_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL
                        AND (OLD.confirmed_at IS NULL OR (NEW.confirmed_at, NEW.confirmed_by_id, NEW.name, NEW.phone,
                            NEW.email, NEW.reference) = (OLD.confirmed_at, OLD.confirmed_by_id, OLD.name, OLD.phone,
                            OLD.email, OLD.reference) OR NEW.ended_at IS NOT NULL)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'a subject request that was confirmed or has ended stays as it is'
                        USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"subject request {self.public_id}"


class SubjectMatch(TenantOwned):
    """A row in which the search found the person, by table and key. It contains no value of the row.

    `certain`: found by phone, email or reference, or it belongs to such a row; otherwise only the name is the same.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    request = TenantForeignKey(SubjectRequest, related_name="matches")
    table = models.CharField(max_length=63)
    row = models.CharField(max_length=64, help_text="Primary key.")
    certain = models.BooleanField()
    included = models.BooleanField(help_text="Exported and erased.")
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("table", "id")
        constraints = (models.UniqueConstraint("tenant", "request", "table", "row", name="subject_match_once"),)
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="list_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF (SELECT erasure_requested_at FROM retention_subjectrequest
                        WHERE id = coalesce(NEW.request_id, OLD.request_id)) IS NULL
                        OR TG_OP = 'UPDATE' AND current_user = 'pagetojob_owner'
                            AND (NEW.request_id, NEW."table", NEW."row", NEW.included)
                                = (OLD.request_id, OLD."table", OLD."row", OLD.included)
                    THEN
                        RETURN coalesce(NEW, OLD);
                    END IF;
                    RAISE EXCEPTION 'the list of an erasure stays as the first person saw it'
                        USING ERRCODE = 'check_violation';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row}"


class TenantExport(TenantOwned, Identified, Created):
    """An export of all data of a tenant, with its manifest once it has ended."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    run = TenantForeignKey(Run, related_name="+")
    requested_by = person_key()
    manifest = models.JSONField(null=True, editable=False, help_text="Counts and hashes of each member.")
    ended_at = models.DateTimeField(null=True, editable=False)
    downloaded_at = models.DateTimeField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False, help_text="When its content was removed.")
    key = SealedField(null=True, help_text="Data key of the parts; destroyed with them.")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="tenant_export_tenant_key"),
            models.UniqueConstraint("tenant", "run", name="tenant_export_run_once"),
        )

    def __str__(self) -> str:
        return f"export {self.public_id}"

    @property
    def is_ready(self) -> bool:
        """Return whether the export is complete and its content is still stored."""
        return self.ended_at is not None and self.removed_at is None

    @property
    def unreadable(self) -> int:
        """Return the number of files that could not be decrypted, so that it has no content of them."""
        return int((self.manifest or {}).get("unreadable", {}).get("files", 0))


class ExportPart(TenantOwned):
    """A piece of a member of an export, compressed and sealed.

    It declares no personal field: parts are removed two weeks later, and before that when a person is erased.
    """

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    export = TenantForeignKey(TenantExport, related_name="parts")
    position = models.PositiveIntegerField()
    member = models.CharField(max_length=120, help_text="Path in the archive.")
    rows = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "export", "position", name="export_part_once"),)

    def __str__(self) -> str:
        return f"part {self.position} of export {self.export_id}"


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
