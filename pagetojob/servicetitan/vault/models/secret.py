"""DataKey: encrypts secrets. Secret: an encrypted value of a connection."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.sealing.fields import SealedField
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned

from .connection import Connection

_STAYS_DESTROYED = """
    IF OLD.destroyed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'what was destroyed in % stays destroyed', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def _stays_destroyed(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(name=name, when=pgtrigger.Before, operation=pgtrigger.Update, func=_STAYS_DESTROYED)


class DataPurpose(models.TextChoices):
    """Purpose of a data key. Each connection has separate keys, so that they can be destroyed with it."""

    CONNECTION = "connection", "secrets of a connection"
    INBOX = "inbox", "requests in quarantine"
    FILES = "files", "files"


class DataKey(TenantOwned, Identified, Created):
    """An encryption key for one tenant and purpose, stored wrapped by a key of the key ring.

    Destroying it is permanent.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    purpose = models.CharField(max_length=10, choices=DataPurpose)
    connection = TenantForeignKey(Connection, null=True, related_name="data_keys")
    generation = models.PositiveIntegerField(help_text="Sequence number per tenant, purpose and connection.")
    wrapped = SealedField(null=True)
    kek_id = models.CharField("wrapped by", max_length=20, help_text="ID of the wrapping key in the key ring.")
    destroyed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="datakey_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "purpose", "connection", "generation"],
                nulls_distinct=False,
                name="datakey_generation_once",
            ),
            models.CheckConstraint(condition=Q(purpose__in=DataPurpose.values), name="datakey_purpose_known"),
            models.CheckConstraint(
                condition=filled_only_if("connection", purpose=DataPurpose.CONNECTION), name="datakey_of_a_connection"
            ),
            models.CheckConstraint(
                condition=Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | Q(wrapped__isnull=False, destroyed_at__isnull=True),
                name="datakey_destroyed_whole",
            ),
        )
        indexes = (models.Index(fields=["kek_id", "id"], condition=Q(destroyed_at=None), name="datakey_of_kek"),)
        triggers: ClassVar = [_stays_destroyed("datakey_stays_destroyed")]

    def __str__(self) -> str:
        return f"data key {self.public_id}"


class SecretKind(models.TextChoices):
    APP_KEY = "app key", "app key"
    CLIENT_ID = "client id", "client id"
    CLIENT_SECRET = "client secret", "client secret"
    ACCESS_TOKEN = "access token", "access token"
    # Three slots, so that the next, the current and a retired key of one sender can be stored together.
    WEBHOOK_KEY = "webhook key", "webhook key"
    WEBHOOK_KEY_2 = "webhook key 2", "webhook key, second slot"
    WEBHOOK_KEY_3 = "webhook key 3", "webhook key, third slot"


class Secret(TenantOwned, Identified):
    """The encrypted current value of one kind of secret for one connection.

    A newer value replaces it and increments the generation.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    connection = TenantForeignKey(Connection, related_name="secrets")
    data_key = TenantForeignKey(DataKey, related_name="secrets")
    kind = models.CharField(max_length=14, choices=SecretKind)
    generation = models.PositiveIntegerField(
        help_text="Sequence number of the values of this kind for this connection."
    )
    sealed = SealedField(null=True)
    fingerprint = models.CharField(
        max_length=40, help_text="Keyed hash that distinguishes values and cannot be reversed."
    )
    expires_at = models.DateTimeField(null=True, help_text="Access tokens only.")
    kept_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="secret_tenant_key"),
            models.UniqueConstraint("connection", "kind", name="secret_kind_once"),
            models.CheckConstraint(condition=Q(kind__in=SecretKind.values), name="secret_kind_known"),
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, destroyed_at__isnull=False)
                | Q(sealed__isnull=False, destroyed_at__isnull=True),
                name="secret_destroyed_whole",
            ),
            models.CheckConstraint(
                condition=filled_only_if("expires_at", kind=SecretKind.ACCESS_TOKEN), name="secret_expiry_of_tokens"
            ),
            models.CheckConstraint(condition=Q(fingerprint__regex="^hmac:[0-9a-f]{24}$"), name="secret_fingerprint"),
        )
        indexes = (models.Index(fields=["data_key"], name="secret_of_key"),)
        triggers: ClassVar = [_stays_destroyed("secret_stays_destroyed")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"
