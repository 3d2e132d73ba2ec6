"""Upload, RememberedHeading and ImportRow: an uploaded file, the fields of its headings, and the effect of each row."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.files.models import File
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key


class UploadState(models.TextChoices):
    UPLOADED = "uploaded", "columns to confirm"
    READING = "reading", "being read"
    READY = "ready", "ready for approval"
    APPLYING = "applying", "being applied"
    APPLIED = "applied", "applied"
    UNDOING = "undoing", "being undone"
    UNDONE = "undone", "undone"
    REFUSED = "refused", "refused"
    DISCARDED = "discarded", "discarded"


S = UploadState
#: The complete state machine. Only `states.move` writes `state`.
MOVES: states.Moves = {
    S.UPLOADED: {S.READING, S.DISCARDED},
    S.READING: {S.READY, S.REFUSED, S.DISCARDED},
    S.READY: {S.APPLYING, S.DISCARDED},
    S.APPLYING: {S.APPLIED, S.READY, S.REFUSED},
    S.APPLIED: {S.APPLYING, S.UNDOING},
    S.UNDOING: {S.UNDONE, S.APPLIED},
    S.UNDONE: set(),
    S.REFUSED: set(),
    S.DISCARDED: set(),
}


class Upload(TenantOwned, Identified, Created, states.Stateful):
    """A file on its way into a target: uploaded, mapped, staged, approved, applied, and possibly undone."""

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    MOVES: ClassVar = MOVES

    target = models.CharField(max_length=60, help_text="The slug of a registered target.")
    state = models.CharField(max_length=10, choices=S, default=S.UPLOADED, editable=False)
    file = TenantForeignKey(File, models.PROTECT, related_name="+")
    form = models.CharField(max_length=20, help_text="UTF-8, Windows-1252, XLSX …")
    delimiter = models.CharField(max_length=12, blank=True)
    sheets = models.JSONField(default=list, blank=True)
    sheet = models.CharField(max_length=200, blank=True)
    heading_row = models.PositiveIntegerField(help_text="The row number shown in a spreadsheet.")
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, blank=True, help_text="Columns of each field, from 1, as confirmed.")
    notes = models.JSONField(
        default=dict, blank=True, help_text="Facts about the whole file: the days that it covers, remarks."
    )
    problem = models.TextField(blank=True, help_text="Reason why the whole file was rejected, or its run stopped.")
    run = TenantForeignKey(Run, models.PROTECT, related_name="+", null=True, blank=True)
    uploaded_by = person_key(null=True, db_index=True)
    applied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="upload_tenant_key"),
            models.CheckConstraint(condition=Q(state__in=S.values), name="upload_state_known"),
        )
        indexes = (models.Index(fields=["tenant", "target", "-created_at"], name="upload_of_target"),)
        triggers: ClassVar = states.guard(MOVES, start=S.UPLOADED)

    def __str__(self) -> str:
        return f"upload {self.public_id}"


class RememberedHeading(TenantOwned):
    """The field that a person last matched to a heading in a tenant's files; empty if its column is not imported."""

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    target = models.CharField(max_length=60)
    heading = models.CharField(max_length=200, help_text="In the form of `fields.heading_key`.")
    field = models.CharField(max_length=60, blank=True)
    confirmed_by = person_key(null=True, db_index=True)
    confirmed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "target", "heading", name="remembered_heading_once"),)

    def __str__(self) -> str:
        return f"{self.heading} of {self.target}"


class RowOutcome(models.TextChoices):
    """Effect of a staged row, or the reason why it has none."""

    NEW = "new", "new"
    CHANGED = "changed", "changed"
    SAME = "same", "unchanged"
    PROBLEM = "problem", "needs review"
    ASIDE = "aside", "skipped"


class ImportRow(TenantOwned):
    """A staged row of an uploaded file. `values` are in the target's form; unmapped columns are not stored."""

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS = frozenset({"values", "before", "key", "other_key"})

    upload = TenantForeignKey(Upload, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField(help_text="The row number shown in a spreadsheet.")
    key = models.CharField(max_length=250, blank=True, help_text="Key by which the target identifies rows.")
    other_key = models.CharField(max_length=250, blank=True, help_text="Second key, for targets with two.")
    values = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=RowOutcome)
    problem = models.CharField(max_length=400, blank=True)
    column = models.CharField(max_length=120, blank=True, help_text="Column with the problem.")
    subject_id = models.BigIntegerField(null=True, blank=True, help_text="Id of the target's row.")
    before = models.JSONField(
        null=True, blank=True, help_text="Content of that row before the import; null for a new row."
    )
    chosen = models.BooleanField(default=True, help_text="False if a person excluded the row.")
    applied = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="import_row_tenant_key"),
            models.UniqueConstraint("tenant", "upload", "number", name="import_row_once"),
            models.CheckConstraint(condition=Q(outcome__in=RowOutcome.values), name="import_row_outcome_known"),
        )
        indexes = (
            models.Index(fields=["tenant", "upload", "key"], name="import_row_key"),
            models.Index(fields=["tenant", "upload", "other_key"], name="import_row_other_key"),
            models.Index(fields=["tenant", "upload", "outcome", "number"], name="import_row_outcome"),
            models.Index(fields=["tenant", "upload", "subject_id"], name="import_row_subject"),
        )

    def __str__(self) -> str:
        return f"row {self.number} of upload {self.upload_id}"
