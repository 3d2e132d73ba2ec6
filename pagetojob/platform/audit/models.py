"""AuditEntry: one line for one act of a person, or for one security event; and what shows tampering with it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Tenant


class AuditEntry(models.Model):
    """Never changed, never removed: the database refuses both.

    `tenant` is empty for acts that concern the house itself; only operators read those. Nothing has
    a foreign key to this table. Values of personal fields are kept as keyed hashes.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=60, help_text="The role held, or the machine's name.")
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
    """One change of one row of staff-edited content, written by the database itself: no path goes round it.

    `actor` is whoever `services.acting` named for the transaction; empty for loaders and machines.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    table = models.CharField(max_length=63)
    row = models.BigIntegerField(help_text="Primary key of the row.")
    operation = models.CharField(max_length=6, choices=[(word, word) for word in ("INSERT", "UPDATE", "DELETE")])
    before = models.JSONField(null=True, help_text="The whole row as it was; empty for a new one.")
    after = models.JSONField(null=True, help_text="The whole row as it became; empty for a removed one.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["table", "row", "-id"], name="rowchange_of_row"),)
        triggers: ClassVar = states.kept_until_purged()

    def __str__(self) -> str:
        return f"{self.operation} of {self.table} {self.row}"


class AuditSeal(models.Model):
    """The place of one line in the chain of the house, and in the chain of the log it stands in.

    The sealer writes one for each line within seconds. `line_hash` is over the line, `place_hash` goes on from
    the seal before it in the log of the same tenant, and `hash` from the seal before it in the house (see `chain`).
    Seals outlive the lines they seal.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.BigIntegerField(primary_key=True, help_text="Place in the house, from 1, without gaps.")
    log = models.CharField(max_length=3, choices=[("act", "act"), ("row", "change of a row")])
    line = models.BigIntegerField(help_text="Primary key of the AuditEntry or RowChange.")
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+", db_index=False)
    place = models.BigIntegerField(help_text="Place in the log of the tenant, from 1, without gaps.")
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
    """What `ptj_purge_audit` removed: the lines of all seals up to a number. Only that procedure writes here."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    up_to = models.BigIntegerField(primary_key=True, help_text="Number of the last seal whose line is gone.")
    before = models.DateTimeField(help_text="Lines older than this went.")
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-up_to",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"purge up to seal {self.up_to}"


class AuditCheck(models.Model):
    """One verification of the chain, and what it found."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    first = models.BigIntegerField(help_text="Number of the first seal looked at.")
    last = models.BigIntegerField(help_text="Number of the last seal looked at.")
    whole = models.BooleanField(help_text="Whether that was the end of the chain.")
    found = models.JSONField(default=list, help_text="Each finding: kind, number, line, sentence.")

    class Meta:
        ordering = ("-id",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"check of seals {self.first} to {self.last}"
