"""File and FileChunk. The bytes are stored encrypted in PostgreSQL, so backups and erasures include them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned

CHUNK_BYTES = 1_048_576


class Purpose(models.TextChoices):
    """Reason for storing a file. Determines who may read it and how long it is retained."""

    PROOF = "proof", "proof of work done manually"
    EVIDENCE = "evidence", "evidence for a gate or a readiness item"
    IMPORT = "import", "a customer's own export, to be imported"
    PHOTO = "photo", "a photo that a visitor attached to a request"
    PACKET = "packet", "a document that we created and delivered"
    PICTURE = "picture", "a picture of a page that we read"


class File(TenantOwned, Identified):
    """A stored file: its hash, its purpose, and its type as detected from the content."""

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS = frozenset({"name"})

    name = models.CharField(max_length=200, help_text="The sender's file name; never used as a path.")
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    purpose = models.CharField(max_length=10, choices=Purpose)
    stored_at = models.DateTimeField(db_default=Now(), editable=False)
    is_encrypted = models.BooleanField(db_default=False, editable=False, help_text="False until the run reached it.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="file_tenant_key"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="file_purpose_known"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="file_sha256_shape"),
        )
        indexes = (models.Index(fields=["tenant", "id"], condition=Q(is_encrypted=False), name="file_unencrypted"),)

    def __str__(self) -> str:
        return f"file {self.public_id}"


class FileChunk(TenantOwned):
    """1 MiB of a file's content; the last can be shorter. Chunks are read in order of `position`, starting at 0."""

    RETENTION = Retention.EXPORT
    PERSONAL_FIELDS = frozenset({"content"})

    file = TenantForeignKey(File, models.PROTECT, related_name="chunks")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "file", "position", name="file_chunk_once"),)

    def __str__(self) -> str:
        return f"chunk {self.position} of file {self.file_id}"
