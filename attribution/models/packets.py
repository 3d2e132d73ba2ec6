"""Proof packets: the packet, its files, and the hashes by which a file can be checked."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.files.models import File
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned

from .statements import HEX


class Packet(TenantOwned, Identified):
    """A requested proof packet about a campaign and a period. Requests with equal inputs share one packet.

    `inputs` is everything that determines the content. The files are written in one transaction, which seals the
    packet, and are never made again.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    campaign = models.CharField(max_length=200, blank=True, help_text="Empty: all campaigns.")
    first_month = models.DateField(help_text="First day of the first closed month.")
    last_month = models.DateField(help_text="First day of the last closed month.")
    inputs = models.TextField(help_text="Canonical JSON: names, sentences and the hashes of the sealed documents.")
    inputs_sha256 = models.CharField(max_length=64)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="packet_tenant_key"),
            models.UniqueConstraint("tenant", "inputs_sha256", name="packet_inputs_once"),
            models.CheckConstraint(condition=Q(inputs_sha256__regex=HEX), name="packet_sha256_shape"),
            models.CheckConstraint(
                condition=Q(first_month__day=1, last_month__day=1, first_month__lte=F("last_month")),
                name="packet_period_is_months",
            ),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"packet {self.public_id}"


class PacketPart(models.TextChoices):
    """The files of a packet."""

    PAGE = "page", "page"
    PDF = "pdf", "PDF"
    CSV = "csv", "CSV"
    DATA = "data", "data"
    ZIP = "zip", "ZIP of all files"


class PacketFile(TenantOwned):
    """A file of a packet, stored with its hash."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    packet = TenantForeignKey(Packet, related_name="files")
    part = models.CharField(max_length=4, choices=PacketPart)
    file = TenantForeignKey(File, related_name="+")
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint("tenant", "packet", "part", name="packet_file_once"),
            models.CheckConstraint(condition=Q(part__in=PacketPart.values), name="packet_file_part_known"),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.part} of packet {self.packet_id}"


class PacketDigest(models.Model):
    """The hash of a sealed file, and nothing else. Anyone may ask whether a hash is one of ours."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    sha256 = models.CharField(max_length=64, primary_key=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(sha256__regex=HEX), name="packet_digest_shape"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return self.sha256
