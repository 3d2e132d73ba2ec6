"""Models of the audit log: its entries, and the seals, purges and checks that reveal tampering."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.people import person_key


class AuditEntry(models.Model):
    """An action by a person, or a security event. The database refuses every update and deletion.

    `tenant` is empty for actions that concern PageToJob itself; only operators read those. No table has a foreign key
    to this one. Values of personal fields are stored as keyed hashes.
    """

    RETENTION = Retention.AUDIT_ENTRY
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = person_key(null=True)
    actor_label = models.CharField(max_length=60, help_text="The person's role, or the machine's name.")
    action = models.CharField(max_length=60, help_text="A dotted name, such as syncqueue.manual_complete.")
    subject = models.CharField(max_length=120, help_text="Kind and public id of the row acted on.")
    reason = models.TextField()
    changes = models.JSONField(default=dict, help_text="Field name to [before, after].")
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["tenant", "-id"], name="audit_of_tenant"),
            models.Index(fields=["subject", "-id"], name="audit_of_subject"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["action", "-id"], name="audit_of_action"),
            BrinIndex(fields=["at"], name="audit_at", pages_per_range=32),
        )
        triggers: ClassVar = states.kept_until_purged()

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class RowChange(models.Model):
    """A change to one row of content edited by staff. A database trigger writes it, so it cannot be bypassed.

    `actor` is the person named with `services.acting` for the transaction; empty for loaders and machines.
    """

    RETENTION = Retention.AUDIT_ENTRY
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    table = models.CharField(max_length=63)
    row = models.BigIntegerField(help_text="Primary key of the row.")
    operation = models.CharField(max_length=6, choices=[(word, word) for word in ("INSERT", "UPDATE", "DELETE")])
    before = models.JSONField(null=True, help_text="The complete row before the change; empty for a new row.")
    after = models.JSONField(null=True, help_text="The complete row after the change; empty for a removed row.")
    actor = person_key(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["table", "row", "-id"], name="rowchange_of_row"),)
        triggers: ClassVar = states.kept_until_purged()

    def __str__(self) -> str:
        return f"{self.operation} of {self.table} {self.row}"


class AuditSeal(models.Model):
    """Position of one audit line in the global chain and in the chain of its tenant.

    The sealer writes one seal per line within seconds. `line_hash` covers the line. `place_hash` continues the previous
    seal in the same tenant's log, and `hash` continues the previous seal of the global chain (see `chain`). Seals are
    kept after their lines are purged.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.BigIntegerField(primary_key=True, help_text="Position in the global chain, from 1, without gaps.")
    log = models.CharField(max_length=3, choices=[("act", "act"), ("row", "change of a row")])
    line = models.BigIntegerField(help_text="Primary key of the AuditEntry or RowChange.")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+", db_index=False)
    place = models.BigIntegerField(help_text="Position in the tenant's log, from 1, without gaps.")
    line_hash = models.CharField(max_length=64)
    place_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint("log", "line", name="audit_seal_once"),
            models.UniqueConstraint(fields=["tenant", "place"], name="audit_seal_place_once", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(number__gt=0, place__gt=0), name="audit_seal_from_one"),
        )
        indexes = (models.Index(fields=["log", "-number"], name="audit_seal_of_log"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"seal {self.number}"


class AuditPurge(models.Model):
    """A purge by `ptj_purge_audit`: it removed the lines of all seals up to a number.

    Only that procedure writes to this table.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    up_to = models.BigIntegerField(primary_key=True, help_text="Number of the last seal whose line is gone.")
    before = models.DateTimeField(help_text="Lines older than this were removed.")
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-up_to",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"purge up to seal {self.up_to}"


class AuditCheck(models.Model):
    """A verification of the audit chain, with its findings."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    first = models.BigIntegerField(help_text="Number of the first seal checked.")
    last = models.BigIntegerField(help_text="Number of the last seal checked.")
    whole = models.BooleanField(help_text="True if the check reached the end of the chain.")
    found = models.JSONField(default=list, help_text="Each finding: kind, number, line, sentence.")

    class Meta:
        ordering = ("-id",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"check of seals {self.first} to {self.last}"
