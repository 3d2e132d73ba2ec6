"""Data keys: made, wrapped by the key ring, unwrapped for the moment of a use. Call inside a transaction."""

import uuid
from contextlib import suppress

from django.db.models import Max, Q

from pagetojob.platform.sealing.encryption import Key, context
from pagetojob.platform.sealing.errors import Destroyed, RetiredKey, UnknownKey
from pagetojob.platform.sealing.process_keys import keeper
from pagetojob.platform.tenants.models import Tenant

from ..models import Connection, DataKey, DataPurpose


def about_key(row: DataKey) -> bytes:
    """Associated data of a wrapped data key: it unwraps in its own row and in no other."""
    return context("data key", row.tenant_id, row.purpose, row.public_id, row.generation)


def unwrapped(row: DataKey) -> Key:
    """The key of a row. Raises Destroyed, or what the keeper raises."""
    if row.wrapped is None:
        raise Destroyed
    return keeper().unwrap(row.kek_id, row.wrapped, about=about_key(row))


def fresh_key(*, tenant_id: int, purpose: DataPurpose, connection_id: int | None) -> tuple[DataKey, Key]:
    """Make the next data key of its kind, wrapped by the current key of the ring. Two queries.

    Whoever calls holds the row of the connection, or what else keeps others from making one at once.
    """
    kin = DataKey.objects.filter(Q(connection_id=connection_id) if connection_id else Q(connection=None))
    kin = kin.filter(tenant_id=tenant_id, purpose=purpose)
    newest: int = kin.aggregate(newest=Max("generation"))["newest"] or 0
    row, key = new_key(tenant_id=tenant_id, purpose=purpose, connection_id=connection_id, generation=newest + 1)
    row.save(force_insert=True)
    return row, key


def new_key(*, tenant_id: int, purpose: DataPurpose, connection_id: int | None, generation: int) -> tuple[DataKey, Key]:
    """A data key wrapped by the current key of the ring, not yet saved."""
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


def newest_key(*, tenant: Tenant, purpose: DataPurpose, connection: Connection | None = None) -> tuple[DataKey, Key]:
    """The data key that seals what is new, made on first use. One query, or three.

    A next one is made when the newest stands under a key that is retired or gone: what it sealed stays shut, and
    is kept anew. Raises what else unwrapping raises.
    """
    rows = DataKey.objects.filter(tenant=tenant, purpose=purpose, connection=connection, destroyed_at=None)
    row = rows.order_by("-generation").first()
    if row:
        with suppress(RetiredKey, UnknownKey):
            return row, unwrapped(row)
    return fresh_key(tenant_id=tenant.pk, purpose=purpose, connection_id=connection.pk if connection else None)
