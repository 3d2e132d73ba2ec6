"""The data keys of a tenant for values that are stored outside the vault: webhook requests, documents and exports."""

from contextlib import suppress

from django.db import connection, transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.sealing.encryption import Key
from pagetojob.platform.sealing.errors import RetiredKey, UnknownKey
from pagetojob.platform.sealing.tenant_box import TenantBox
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from ..models import DataKey, DataPurpose
from .keys import newest_key, unwrapped

#: The first of the two numbers of our advisory locks.
_LOCK_SPACE = {DataPurpose.INBOX: 0x696E6278, DataPurpose.FILES: 0x66696C65}  # "inbx", "file"


def inbox_box(tenant: Tenant, *, why: str, by: User | str) -> TenantBox:
    """Load the inbox keys of a tenant and write one audit line that the tenant can read. Creates the first key.

    `by` is the person who reads, or the name of a background process. Raises the errors of unwrapping.
    """
    with transaction.atomic(), scope.tenant(tenant.pk):
        rows = _live(tenant.pk, DataPurpose.INBOX)
        if not rows:
            rows = [_created(tenant.pk, DataPurpose.INBOX)[0]]
        keys = {row.generation: unwrapped(row) for row in rows}
        record(action="vault.open_inbox", subject=tenant, reason=why, tenant=tenant, actor=by)
    return TenantBox(tenant.pk, DataPurpose.INBOX, keys)


def file_box(tenant_id: int, *, creates_key: bool) -> TenantBox:
    """Load the keys for documents and exports; see `pagetojob.platform.sealing.tenant_box.file_box`.

    Writes no audit line: pages and background processes record who reads which document.
    """
    keys: dict[int, Key] = {}
    with scope.tenant(tenant_id):
        rows = _live(tenant_id, DataPurpose.FILES)
        for row in rows:
            with suppress(RetiredKey, UnknownKey):  # its files cannot be read, and others can
                keys[row.generation] = unwrapped(row)
        if creates_key and (not rows or max(row.generation for row in rows) not in keys):
            row, keys[row.generation] = _created(tenant_id, DataPurpose.FILES)
    return TenantBox(tenant_id, DataPurpose.FILES, keys)


def _live(tenant_id: int, purpose: DataPurpose) -> list[DataKey]:
    return list(DataKey.objects.filter(tenant=tenant_id, purpose=purpose, destroyed_at=None))


def _created(tenant_id: int, purpose: DataPurpose) -> tuple[DataKey, Key]:
    """Create a key, unless another process has just created one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [_LOCK_SPACE[purpose], tenant_id])
    return newest_key(tenant_id=tenant_id, purpose=purpose)
