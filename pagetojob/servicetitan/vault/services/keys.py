"""Data keys: create, wrap with the key ring, and unwrap for use. Call inside a transaction."""

import uuid
from contextlib import suppress

from django.db.models import Max, Q

from pagetojob.platform.sealing.encryption import Key, context
from pagetojob.platform.sealing.errors import Destroyed, RetiredKey, UnknownKey
from pagetojob.platform.sealing.process_keys import keeper

from ..models import Connection, DataKey, DataPurpose


def about_key(row: DataKey) -> bytes:
    """Return the associated data of a wrapped data key, which binds it to its row."""
    return context("data key", row.tenant_id, row.purpose, row.public_id, row.generation)


def unwrapped(row: DataKey) -> Key:
    """Return the unwrapped key of a row. Raises Destroyed, or the errors of the keeper."""
    if row.wrapped is None:
        raise Destroyed
    return keeper().unwrap(row.kek_id, row.wrapped, about=about_key(row))


def fresh_key(*, tenant_id: int, purpose: DataPurpose, connection_id: int | None) -> tuple[DataKey, Key]:
    """Create and save the next data key of its kind, wrapped by the current key of the ring. Two queries.

    The caller must hold a lock, such as the row of the connection, against concurrent creation.
    """
    kin = DataKey.objects.filter(Q(connection_id=connection_id) if connection_id else Q(connection=None))
    kin = kin.filter(tenant_id=tenant_id, purpose=purpose)
    newest: int = kin.aggregate(newest=Max("generation"))["newest"] or 0
    row, key = new_key(tenant_id=tenant_id, purpose=purpose, connection_id=connection_id, generation=newest + 1)
    row.save(force_insert=True)
    return row, key


def new_key(*, tenant_id: int, purpose: DataPurpose, connection_id: int | None, generation: int) -> tuple[DataKey, Key]:
    """Return an unsaved data key, wrapped by the current key of the ring."""
    row = DataKey(
        tenant_id=tenant_id,
        purpose=purpose,
        connection_id=connection_id,
        generation=generation,
        kek_id=keeper().current,
        public_id=uuid.uuid4(),
    )
    key = Key.fresh()
    row.wrapped = keeper().wrap(key, about=about_key(row))
    return row, key


def newest_key(*, tenant_id: int, purpose: DataPurpose, connection: Connection | None = None) -> tuple[DataKey, Key]:
    """Return the data key for new secrets, created on first use. Runs one query, or three.

    Also creates one if the newest is wrapped by a retired or missing key. Secrets under the old data key remain
    unreadable and must be stored again. Raises all other errors of unwrapping.
    """
    rows = DataKey.objects.filter(tenant=tenant_id, purpose=purpose, connection=connection, destroyed_at=None)
    row = rows.order_by("-generation").first()
    if row:
        with suppress(RetiredKey, UnknownKey):
            return row, unwrapped(row)
    return fresh_key(tenant_id=tenant_id, purpose=purpose, connection_id=connection.pk if connection else None)
