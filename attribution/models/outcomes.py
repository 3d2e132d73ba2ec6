"""Outcomes from the shop's own exports: the files, and their jobs, invoices, payments, bookings and customers.

Rows refer to each other by the IDs of the shop's system, not by our keys: an export of invoices may arrive before the
export of its jobs. An invoice without a known job is shown and not counted.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform.files.models import File
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

#: The only supported currency. Every money row stores it, so that adding a second one later is unambiguous.
CURRENCY = "USD"


class OutcomeKind(models.TextChoices):
    JOBS = "jobs", "jobs"
    INVOICES = "invoices", "invoices"
    PAYMENTS = "payments", "payments"
    BOOKINGS = "bookings", "bookings"
    CUSTOMERS = "customers", "customers"


class OutcomeFile(TenantOwned, Identified):
    """An imported export. Its rows refer to it, and the period it covers limits what can be proven.

    `fields` maps a field to its column headings. `changes` lists rows that existed with other values: [{"id": "77",
    "row": 12, "fields": ["total"]}], limited to the first thousand.
    """

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=10, choices=OutcomeKind)
    file = TenantForeignKey(File, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="Hash of the file's bytes.")
    sheet = models.CharField(max_length=120, blank=True, help_text="Sheet of a workbook.")
    covers_from = models.DateField(null=True, help_text="First day, in the tenant's time zone; empty for customers.")
    covers_to = models.DateField(null=True, help_text="Last day, included.")
    rows = models.PositiveIntegerField(help_text="Without the headings.")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    changes = models.JSONField(default=list)
    remarks = models.JSONField(default=list, help_text='Unusual but accepted rows: [{"row": 3, "sentence": "…"}].')
    fields = models.JSONField(default=dict)
    taken_by = person_key(null=True, db_index=True)
    taken_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="outcome_file_tenant_key"),
            models.CheckConstraint(condition=Q(kind__in=OutcomeKind.values), name="outcome_file_kind_known"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="outcome_file_sha256_shape"),
            models.CheckConstraint(
                condition=Q(covers_from__isnull=True, covers_to__isnull=True) | Q(covers_from__lte=F("covers_to")),
                name="outcome_file_covers_a_span",
            ),
        )
        indexes = (models.Index(fields=["tenant", "kind", "-id"], name="outcome_file_newest"),)

    @property
    def skipped(self) -> int:
        """Return the number of rows that are no data, such as totals."""
        return self.rows - self.added - self.changed - self.unchanged

    def __str__(self) -> str:
        return f"{self.kind} file {self.public_id}"


class OutcomeRow(TenantOwned):
    """Abstract base of the rows of an export: the shop's own ID and the source of the values.

    A newer file wins, column by column; columns it does not have keep their value. `file` and `row` refer to the last
    file that changed a value. `changed_at` is the last change of a value that linking uses.
    """

    PERSONAL_FIELDS: ClassVar[frozenset[str]]

    external_id = models.BigIntegerField(help_text="ID in the shop's system.")
    file = TenantForeignKey(OutcomeFile, related_name="+")
    row = models.PositiveIntegerField(help_text="Row number as in a spreadsheet, headings included.")
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.external_id}"


def _keys(
    name: str, *by: str, changed: bool = False
) -> tuple[tuple[models.BaseConstraint, ...], tuple[models.Index, ...]]:
    """Return the two unique keys of an outcome table, named `NAME_…`, and an index for each of its references."""
    unique = models.UniqueConstraint("tenant", "external_id", name=f"{name}_once")
    indexes = [models.Index(fields=["tenant", column], name=f"{name}_by_{column.split('_')[0]}") for column in by]
    if changed:
        indexes.append(models.Index(fields=["tenant", "changed_at"], name=f"{name}_changed"))
    return (models.UniqueConstraint("tenant", "id", name=f"{name}_tenant_key"), unique), tuple(indexes)


class PersonFields(models.Model):
    """Contact fields as the shop typed them."""

    PERSON: ClassVar = ("name", "phone", "email", "street", "unit", "city", "state", "zip")

    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=200, blank=True, help_text="All of them, separated by slashes.")
    email = models.CharField(max_length=500, blank=True, help_text="All of them, separated by slashes.")
    street = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=40, blank=True)
    zip = models.CharField(max_length=20, blank=True)

    class Meta:
        abstract = True


class OutcomeCustomer(OutcomeRow, PersonFields):
    """A customer of the shop."""

    RETENTION = Retention.OUTCOME
    PERSONAL_FIELDS = frozenset(PersonFields.PERSON)

    since = models.DateField(null=True, help_text="When the shop added the customer, in the tenant's time zone.")

    class Meta:
        constraints, indexes = _keys("outcome_customer")


class OutcomeBooking(OutcomeRow):
    """A booking in the shop's system: the step between a lead and a job."""

    RETENTION = Retention.OUTCOME
    PERSONAL_FIELDS = frozenset({"summary", "reference"})

    job_external_id = models.BigIntegerField(null=True)
    lead_named = models.CharField(max_length=64, blank=True, help_text="ID of a lead, if the export has one.")
    reference = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    status = models.CharField(max_length=40, blank=True)
    booked_at = models.DateTimeField(null=True)

    class Meta:
        constraints, indexes = _keys("outcome_booking", "job_external_id")


class Job(OutcomeRow, PersonFields):
    """A job, the work order in ServiceTitan: opened when the office entered it, completed when the work was done."""

    RETENTION = Retention.OUTCOME
    PERSONAL_FIELDS = frozenset({*PersonFields.PERSON, "summary", "reference"})

    number = models.CharField(max_length=40, blank=True, help_text="As printed, with leading zeros.")
    project = models.CharField(max_length=60, blank=True, db_default="", help_text="Number of the work it is part of.")
    original_external_id = models.BigIntegerField(null=True, help_text="The job that it continues.")
    customer_external_id = models.BigIntegerField(null=True)
    booking_external_id = models.BigIntegerField(null=True)
    lead_named = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=40, blank=True)
    job_type = models.CharField(max_length=120, blank=True)
    business_unit = models.CharField(max_length=120, blank=True)
    campaign = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    uncharged = models.BooleanField(default=False, help_text="Recall or warranty visit: shown, never counted.")

    class Meta:
        constraints, indexes = _keys(
            "outcome_job", "customer_external_id", "booking_external_id", "opened_at", changed=True
        )


class Invoice(OutcomeRow):
    """An invoice or, with a negative total, a credit. A void invoice is shown and never counted."""

    RETENTION = Retention.OUTCOME
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.CharField(max_length=40, blank=True, help_text="As printed, with leading zeros.")
    job_external_id = models.BigIntegerField(null=True)
    customer_external_id = models.BigIntegerField(null=True)
    invoiced_on = models.DateField(null=True, help_text="In the tenant's time zone.")
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default=CURRENCY)
    status = models.CharField(max_length=40, blank=True)
    voided = models.BooleanField(default=False)

    class Meta:
        constraints, indexes = _keys("outcome_invoice", "job_external_id", "invoiced_on")
        constraints += (models.CheckConstraint(condition=Q(currency=CURRENCY), name="outcome_invoice_currency"),)


class Payment(OutcomeRow):
    """The part of a payment applied to one invoice. A payment for two invoices is two rows."""

    RETENTION = Retention.OUTCOME
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    invoice_external_id = models.BigIntegerField(null=True)
    paid_on = models.DateField(null=True, help_text="In the tenant's time zone.")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default=CURRENCY)
    method = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=40, blank=True)
    voided = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="outcome_payment_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "external_id", "invoice_external_id"],
                name="outcome_payment_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(currency=CURRENCY), name="outcome_payment_currency"),
        )
        _, indexes = _keys("outcome_payment", "invoice_external_id")
