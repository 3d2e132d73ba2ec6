"""Versions of the pack, files made from them, expiry notices and claim scans."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.gates.models import Evidence
from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created
from pagetojob.platform.tenants.people import person_key


class PackClock(models.Model):
    """Change counter of the pack. A database trigger raises `epoch` when a row of the pack, a claim or evidence
    changes.

    `published` is the epoch of the latest version. If the two differ, a new version is due.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    epoch = models.BigIntegerField(default=0)
    published = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"epoch {self.epoch}"


class PackVersion(Created):
    """A snapshot of the whole pack as canonical JSON, citable by number and SHA-256. Never changed or removed.

    The body contains ids, texts and statuses but no names of people, so erasing a person breaks no hash.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField(unique=True)
    sha256 = models.CharField(max_length=64)
    cause = models.TextField(help_text="Reason for this version.")
    author = person_key(null=True)
    body = models.TextField(help_text="Canonical JSON. The SHA-256 covers its UTF-8 bytes.")

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="packversion_sha256_shape"),
            models.CheckConstraint(condition=~Q(cause=""), name="packversion_has_cause"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"version {self.number}"


class PackFile(models.Model):
    """A file of one version, such as its PDF packet. Made once and never replaced; its hash is in the public log."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF packet"
        ZIP = "zip", "zip bundle"
        ATTESTATION = "cdx", "attestation (CycloneDX)"
        SBOM = "bom", "software bill of materials (CycloneDX)"

    version = models.ForeignKey(PackVersion, models.PROTECT, related_name="files")
    kind = models.CharField(max_length=3, choices=Kind)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Bytes.")
    content = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("version", "kind", name="packfile_once"),
            models.CheckConstraint(condition=Q(kind__in=["pdf", "zip", "cdx", "bom"]), name="packfile_kind_known"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.kind} of version {self.version_id}"


class PackText(models.Model):
    """A searchable text of the current version. A new version replaces those that differ."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    page = models.SlugField(max_length=60)
    anchor = models.CharField(max_length=140)
    page_title = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    text = models.TextField()
    position = models.PositiveIntegerField()
    found = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english")
        + SearchVector("text", weight="B", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ("position",)
        indexes = (GinIndex(fields=["found"], name="packtext_found"),)

    def __str__(self) -> str:
        return f"{self.page}#{self.anchor}"


class EvidenceNotice(models.Model):
    """An email that is due 30, 14 or 3 days before evidence lapses, or when it has lapsed. Sent at least once."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="+", db_index=False)
    days = models.PositiveSmallIntegerField()
    to = person_key(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="Earliest time to send.")
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True, help_text="Reason that it was not sent.")

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint("evidence", "days", name="evidencenotice_once"),)

    def __str__(self) -> str:
        return f"notice {self.days} days before {self.evidence_id}"


class ClaimScan(models.Model):
    """A run of the claim guard over all published texts, with the number checked and the overclaims found."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    at = models.DateTimeField(db_default=Now(), editable=False)
    looked_at = models.PositiveIntegerField(help_text="Number of texts checked.")
    found = models.JSONField(default=list, help_text="[{where, claim, phrase}], at most 200.")

    class Meta:
        ordering = ("-id",)
        triggers: ClassVar = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"scan of {self.at:%Y-%m-%d}"
