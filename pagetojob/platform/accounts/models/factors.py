"""Second factors of a user."""

from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified
from pagetojob.platform.tenants.people import person_key


class Authenticator(Identified, Created):
    """Authenticator app of a user. Its key is encrypted, and each code works once."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = frozenset({"name"})

    user = person_key(db_index=True)
    name = models.CharField(max_length=60)
    sealed_key = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"authenticator {self.public_id}"


class Passkey(Identified, Created):
    """Passkey of a user: the public key. The private key never leaves the user's device."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = frozenset({"name"})

    user = person_key(db_index=True)
    name = models.CharField(max_length=60)
    credential_id = models.BinaryField(max_length=1023, editable=False)
    credential_digest = models.CharField(max_length=64, unique=True, editable=False)
    public_key = models.BinaryField(max_length=2048, editable=False)
    sign_count = models.BigIntegerField(default=0, editable=False)
    transports = models.JSONField(default=list, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"passkey {self.public_id}"


class RecoveryCode(models.Model):
    """One-time code for a user who lost all other factors. Only a keyed hash is stored."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    user = person_key(db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code {self.pk}"
