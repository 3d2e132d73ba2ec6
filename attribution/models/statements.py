"""Sealed data: statements (closed months), restatements (later changes, chained by hash), and proof packets."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.files.models import File
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

#: The previous hash of a tenant's first statement.
NOTHING_BEFORE = "0" * 64
HEX = "^[0-9a-f]{64}$"

_FITS = """
    IF NEW.sha256 <> encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'the hash of % is not that of its rows', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
"""


class Sealed(TenantOwned, Identified):
    """Abstract base of append-only documents: the rows in canonical form, their hash, and the previous hash."""

    number = models.PositiveIntegerField(help_text="Consecutive, starting at 1.")
    previous_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, help_text="Hash of `body` as UTF-8 bytes.")
    body = models.TextField(help_text="Canonical JSON, one row per line; the first is the head.")
    reason = models.TextField()

    class Meta:
        abstract = True


class Statement(Sealed):
    """The result of one month, closed and sealed by a person. It names the hash of the previous statement.

    `counted` and `if_all_accepted` are copies of sealed values, for lists.
    """

    RETENTION = Retention.STATEMENT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    month = models.DateField(help_text="First day of the month.")
    counted = models.DecimalField(max_digits=14, decimal_places=2)
    if_all_accepted = models.DecimalField(max_digits=14, decimal_places=2)
    invoices = models.PositiveIntegerField()
    closed_at = models.DateTimeField(db_default=Now())
    closed_by = person_key()

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="statement_tenant_key"),
            models.UniqueConstraint("tenant", "number", name="statement_number_once"),
            models.UniqueConstraint("tenant", "month", name="statement_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="statement_month_is_a_first"),
            models.CheckConstraint(
                condition=Q(sha256__regex=HEX, previous_sha256__regex=HEX), name="statement_sha256_shape"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="statement_says_why"),
        )
        triggers: ClassVar = [
            *states.append_only(),
            pgtrigger.Trigger(
                name="statement_hangs_on_the_last",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "record")],
                func=f"""
                    {_FITS}
                    SELECT number, sha256, month INTO last FROM attribution_statement
                        WHERE tenant_id = NEW.tenant_id ORDER BY number DESC LIMIT 1;
                    IF NEW.number <> coalesce(last.number, 0) + 1
                        OR NEW.previous_sha256 <> coalesce(last.sha256, '{NOTHING_BEFORE}')
                        OR NEW.month <= last.month THEN
                        RAISE EXCEPTION 'a statement follows the last one of its tenant and names its hash'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constant SQL
            ),
        ]

    def __str__(self) -> str:
        return f"statement {self.number} of {self.month:%Y-%m}"


class Restatement(Sealed):
    """Signed changes to a closed month, with the file, run or decision that caused each. The month stays unchanged.

    The chain starts with the hash of the statement. `delta` is the signed change of the counted revenue.
    """

    RETENTION = Retention.STATEMENT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    statement = TenantForeignKey(Statement, related_name="restatements")
    delta = models.DecimalField(max_digits=14, decimal_places=2)
    invoices = models.PositiveIntegerField()
    signed_at = models.DateTimeField(db_default=Now())
    signed_by = person_key()

    class Meta:
        ordering = ("statement", "number")
        constraints = (
            models.UniqueConstraint("tenant", "id", name="restatement_tenant_key"),
            models.UniqueConstraint("tenant", "statement", "number", name="restatement_number_once"),
            models.CheckConstraint(condition=Q(invoices__gt=0), name="restatement_changes_something"),
            models.CheckConstraint(
                condition=Q(sha256__regex=HEX, previous_sha256__regex=HEX), name="restatement_sha256_shape"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="restatement_says_why"),
        )
        triggers: ClassVar = [
            *states.append_only(),
            pgtrigger.Trigger(
                name="restatement_hangs_on_the_last",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "record")],
                func=f"""
                    {_FITS}
                    SELECT number, sha256 INTO last FROM (
                        SELECT number, sha256 FROM attribution_restatement
                            WHERE tenant_id = NEW.tenant_id AND statement_id = NEW.statement_id
                        UNION ALL
                        SELECT 0, sha256 FROM attribution_statement
                            WHERE tenant_id = NEW.tenant_id AND id = NEW.statement_id
                    ) AS chain ORDER BY number DESC LIMIT 1;
                    IF NEW.number <> last.number + 1 OR NEW.previous_sha256 <> last.sha256 THEN
                        RAISE EXCEPTION 'a restatement follows the last one of its statement and names its hash'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - constant SQL
            ),
        ]

    def __str__(self) -> str:
        return f"restatement {self.number} of {self.statement}"


class Packet(TenantOwned, Identified):
    """A requested proof packet about a campaign and a period. Requests with equal inputs share one packet.

    `inputs` is everything that determines the content. The files are written in one transaction, which seals the
    packet, and are never made again.
    """

    RETENTION = Retention.PACKET
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    campaign = models.CharField(max_length=200, blank=True, help_text="Empty: all campaigns.")
    first_month = models.DateField(help_text="First day of the first closed month.")
    last_month = models.DateField(help_text="First day of the last closed month.")
    inputs = models.TextField(help_text="Canonical JSON: names, sentences and the hashes of the sealed documents.")
    inputs_sha256 = models.CharField(max_length=64)
    asked_by = person_key()
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

    RETENTION = Retention.PACKET
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

    RETENTION = Retention.PACKET
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    sha256 = models.CharField(max_length=64, primary_key=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(sha256__regex=HEX), name="packet_digest_shape"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return self.sha256
