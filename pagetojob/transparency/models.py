"""The log: submissions, entries with their place, nodes of the tree, signed checkpoints, and public keys.

Every table is append-only and holds hashes and public names, never a value of a tenant or a person.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention


class EntryKind(models.TextChoices):
    PACK_VERSION = "pack-version", "version of the readiness pack"
    PACK_FILE = "pack-file", "file of a version of the readiness pack"
    MONTH = "sealed-month", "sealed month"
    RESTATEMENT = "restatement", "restatement"
    PACKET = "packet", "proof packet"
    RECEIPT = "receipt", "receipt"
    VALIDATION_RUN = "validation-run", "sandbox validation run"
    EVIDENCE_FILE = "evidence-file", "evidence of a test run"
    AUDIT_CHECKPOINT = "audit-checkpoint", "head of the audit log"
    PROGRAM = "verify-program", "version of verify.py"


class LogSubmission(models.Model):
    """Something that must be in the log. Written in the transaction that made it; the same thing counts once.

    `name` is public, such as the number of a version. For everything that belongs to a tenant it is empty, or the
    digest of a file name with a random ID, which only readers of the file can compare (`verify.name_digest`).
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=20, choices=EntryKind)
    name = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("kind", "sha256", "name", name="log_submission_once"),
            models.CheckConstraint(condition=models.Q(kind__in=EntryKind.values), name="log_submission_kind_known"),
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="log_submission_hash"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.kind} {self.name or self.sha256[:12]}"


class LogEntry(models.Model):
    """A submission with its place in the log. `text` is the JSON whose hash is the leaf."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    index = models.BigIntegerField(primary_key=True, help_text="Position in the log, from 0, without gaps.")
    submission = models.OneToOneField(LogSubmission, models.PROTECT, related_name="entry")
    text = models.TextField()

    class Meta:
        ordering = ("-index",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"entry {self.index}"


class LogNode(models.Model):
    """The hash of a complete subtree: of 2^level entries, the first of which is `position` times as many."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    pk = models.CompositePrimaryKey("level", "position")
    level = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"node {self.level}/{self.position}"


class LogCheckpoint(models.Model):
    """The signed state of the log at a size."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    size = models.BigIntegerField(primary_key=True)
    text = models.TextField(help_text="The three lines that are signed.")
    signatures = models.TextField(help_text="Signature lines of the log, one for each of its keys.")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-size",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"


class Cosignature(models.Model):
    """A witness's signature under a checkpoint."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    checkpoint = models.ForeignKey(LogCheckpoint, models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=120)
    key_id = models.CharField(max_length=8)
    line = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint("checkpoint", "witness", "key_id", name="cosignature_once"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.witness} under {self.checkpoint_id}"


class CheckpointTimestamp(models.Model):
    """A timestamp authority's token that a checkpoint existed at `dated_at`."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    checkpoint = models.OneToOneField(LogCheckpoint, models.PROTECT, primary_key=True, related_name="timestamp")
    token = models.BinaryField(help_text="Timestamp token (RFC 3161) in DER.")
    dated_at = models.DateTimeField(help_text="Time that the authority states.")

    class Meta:
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"timestamp of {self.checkpoint_id}"


class LogKey(models.Model):
    """A public key with which the log has signed, written when it first does."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    text = models.CharField(max_length=200, unique=True, help_text="name+hash+base64")
    since = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("id",)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return self.text
