"""Encryption of received webhook requests, which are stored outside the vault, with a tenant's inbox data key."""

from django.db import connection, transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.sealing.encryption import Key, Plain, context
from pagetojob.platform.sealing.errors import SealTruncated
from pagetojob.platform.sealing.secret_values import HIDDEN, Sealed
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from ..models import DataKey, DataPurpose
from .keys import newest_key, unwrapped

_GENERATION = 4
_LOCK_SPACE = 0x696E6278  # "inbx": the first of the two numbers of our advisory locks


class InboxBox:
    """Encrypts and decrypts requests of one tenant. Its repr does not reveal the keys."""

    __slots__ = ("_keys", "_newest", "_tenant_id")

    def __init__(self, tenant_id: int, keys: dict[int, Key]) -> None:
        self._tenant_id, self._keys, self._newest = tenant_id, keys, max(keys)

    def seal(self, content: bytes, *, about: object) -> bytes:
        """Encrypt `content` for the row identified by `about`, with the newest key."""
        box = self._keys[self._newest].seal(Plain(content), self._about(about)).content()
        return self._newest.to_bytes(_GENERATION) + box

    def open(self, box: bytes, *, about: object) -> bytes:
        """Decrypt. Raises SealTruncated or SealBroken."""
        key = self._keys.get(int.from_bytes(box[:_GENERATION]))
        if key is None:
            raise SealTruncated
        return key.open(Sealed(box[_GENERATION:]), self._about(about)).content

    def _about(self, about: object) -> bytes:
        return context("inbox", self._tenant_id, DataPurpose.INBOX, about)

    def __repr__(self) -> str:
        return HIDDEN


def inbox_box(tenant: Tenant, *, why: str, by: User | str) -> InboxBox:
    """Load the inbox keys of a tenant and write one audit line that the tenant can read. Creates the first key.

    `by` is the person who reads, or the name of a background process. Raises the errors of unwrapping.
    """
    with transaction.atomic(), scope.tenant(tenant.pk):
        rows = list(DataKey.objects.filter(tenant=tenant, purpose=DataPurpose.INBOX, destroyed_at=None))
        if not rows:
            with connection.cursor() as cursor:  # two processes must not create the first key concurrently
                cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [_LOCK_SPACE, tenant.pk])
            rows = [newest_key(tenant=tenant, purpose=DataPurpose.INBOX)[0]]
        keys = {row.generation: unwrapped(row) for row in rows}
        record(
            action="vault.open_inbox",
            subject=tenant,
            reason=why,
            tenant=tenant,
            actor=by if isinstance(by, User) else None,
            actor_label="" if isinstance(by, User) else by,
        )
    return InboxBox(tenant.pk, keys)
