"""Sessions of users, and counters of sign-in attempts."""

import hashlib
import uuid
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention


class Session(AbstractBaseSession):
    """Session of one browser. The key is a digest of the cookie, so reading this table lets no one sign in.

    `expire_date` is the earlier of the idle timeout and the maximum lifetime.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = frozenset({"device"})

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    signed_in_at = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    device = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(session_key__regex="^[0-9a-f]{64}$"), name="key_is_digest"),
        )

    def __str__(self) -> str:
        return f"session {self.public_id}"

    @property
    def public_id(self) -> uuid.UUID:
        """Return the id shown in the user's list of sessions; it reveals nothing about the key."""
        return uuid.UUID(bytes=hashlib.sha256(f"public:{self.session_key}".encode()).digest()[:16])

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


class SignInTry(models.Model):
    """Sign-in attempts counted per bucket: account and address, address, or account. Bucket names are keyed hashes."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    bucket = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    open_at = models.DateTimeField(help_text="No attempt is accepted before this time.")
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.tries} attempts"
