"""Key rotation during normal operation: rewrap data keys, or re-encrypt secrets with new data keys.

Both process rows in batches, one transaction each, and find the remaining rows by their content, so they can be
stopped and restarted at any time. Rows that cannot be decrypted are counted and left unchanged.
"""

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.process_keys import keeper
from pagetojob.platform.sealing.secret_values import Sealed
from pagetojob.platform.tenants import scope

from ..models import Connection, DataKey, DataPurpose, Secret
from .keys import about_key, new_key, unwrapped
from .secrets import about_secret

WRAP_BATCH = 500
#: Connections per batch. Small, because a disconnect waits for the lock of the batch.
SEAL_BATCH = 100
BY = "key rotation"


@dataclass(frozen=True)
class RotationProgress:
    """Progress of a rotation: number of rows done, failed and in total."""

    done: int
    failed: int
    total: int


@dataclass(frozen=True)
class KeyUse:
    """Number of live data keys and secrets that one key of the ring protects."""

    key_id: str
    standing: str
    data_keys: int
    secrets: int


def key_uses() -> list[KeyUse]:
    """Return the use of each key of the ring and of each other key that rows refer to. Two queries."""
    with scope.worker():
        keys = dict(DataKey.objects.filter(destroyed_at=None).values_list("kek_id").annotate(Count("pk")))
        secrets = dict(Secret.objects.filter(destroyed_at=None).values_list("data_key__kek_id").annotate(Count("pk")))
    ids = (*keeper().ids, *sorted(set(keys) - set(keeper().ids)))
    return [KeyUse(key_id, keeper().status(key_id), keys.get(key_id, 0), secrets.get(key_id, 0)) for key_id in ids]


def rewrap() -> Generator[RotationProgress]:
    """Rewrap all data keys with the current key of the ring. Yields progress after each batch.

    Secrets stay unchanged.
    """
    current = keeper().current
    left = Q(destroyed_at=None) & ~Q(kek_id=current)
    with scope.worker():
        total = DataKey.objects.filter(left).count()
    done = failed = last = 0
    while True:
        with transaction.atomic(), scope.worker():
            rows = list(DataKey.objects.select_for_update().filter(left, pk__gt=last).order_by("pk")[:WRAP_BATCH])
            if not rows:
                break
            wrapped = _wrap_all(rows)
            record(
                action="vault.rewrap",
                subject="vault:data keys",
                reason="Data keys were rewrapped with the current key of the key ring.",
                actor=BY,
                changes={"data keys": (None, len(wrapped)), "key": (None, current)},
            )
        last = rows[-1].pk
        done, failed = done + len(wrapped), failed + len(rows) - len(wrapped)
        yield RotationProgress(done, failed, total)


def reseal(*, made_before: datetime | None = None) -> Generator[RotationProgress]:
    """Re-encrypt the secrets of connections with new data keys, and destroy the old keys.

    Applies to connections whose data key is not wrapped by the current key, or was created before `made_before`.
    Yields progress, counted in connections, after each batch.
    """
    old = ~Q(kek_id=keeper().current)
    if made_before:
        old |= Q(created_at__lt=made_before)
    keys = DataKey.objects.filter(old, destroyed_at=None, purpose=DataPurpose.CONNECTION)
    with scope.worker():
        total = keys.values("connection_id").distinct().count()
    done = failed = last = 0
    while True:
        with transaction.atomic(), scope.worker():
            remaining = keys.filter(connection_id__gt=last).order_by("connection_id").values_list("connection_id")
            ids = [pk for (pk,) in remaining.distinct()[:SEAL_BATCH]]
            if not ids:
                break
            # Takes the same lock as `keep` and `disconnect`, in the order of the IDs.
            rows = list(Connection.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
            sealed = _reseal(rows)
        last = ids[-1]
        done, failed = done + sealed, failed + len(ids) - sealed
        yield RotationProgress(done, failed, total)


def _wrap_all(rows: list[DataKey]) -> list[int]:
    """Rewrap the keys that can be unwrapped, with one UPDATE. Returns their IDs."""
    fresh: dict[int, bytes] = {}
    for row in rows:
        try:
            key = unwrapped(row)
        except VaultError:
            continue
        fresh[row.pk] = keeper().wrap(key, about=about_key(row)).content()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE vault_datakey AS target SET wrapped = batch.wrapped, kek_id = %s
            FROM unnest(%s::bigint[], %s::bytea[]) AS batch (id, wrapped) WHERE target.id = batch.id
            """,
            [keeper().current, list(fresh), list(fresh.values())],
        )
    return list(fresh)


def _reseal(rows: Sequence[Connection]) -> int:
    """Re-encrypt all live secrets of each connection, or none if one fails. Returns the number of connections done.

    Four queries, plus the audit lines.
    """
    old = _by_connection(DataKey.objects.filter(connection__in=rows, destroyed_at=None))
    secrets = _by_connection(Secret.objects.filter(connection__in=rows, destroyed_at=None))
    fresh: list[DataKey] = []
    sealed: list[tuple[Secret, DataKey, Sealed]] = []
    done: list[Connection] = []
    for row in rows:
        try:
            turned = _with_new_key(old[row.pk], secrets[row.pk])
        except VaultError:
            continue
        done.append(row)
        if turned:
            fresh.append(turned[0])
            sealed += [(secret, turned[0], box) for secret, box in turned[1]]
    DataKey.objects.bulk_create(fresh)
    _put_back(sealed)
    gone = [key.pk for row in done for key in old[row.pk]]
    DataKey.objects.filter(pk__in=gone).update(wrapped=None, destroyed_at=Now())
    for row in done:
        changes = {"secrets": (None, len(secrets[row.pk]))}
        record_change("vault.reseal", row, actor=BY, reason="Re-encrypted with a newer key.", **changes)
    return len(done)


def _by_connection[Row: (DataKey, Secret)](rows: QuerySet[Row]) -> Mapping[int, list[Row]]:
    groups: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows.order_by("pk"):
        assert row.connection_id
        groups[row.connection_id].append(row)
    return groups


def _with_new_key(old: list[DataKey], secrets: list[Secret]) -> tuple[DataKey, list[tuple[Secret, Sealed]]] | None:
    """Return a new data key and each secret encrypted with it, or None without old keys. Writes nothing."""
    if not old:
        return None
    keys = {key.pk: unwrapped(key) for key in old}
    newest = max(old, key=lambda key: key.generation)
    row, key = new_key(
        tenant_id=newest.tenant_id,
        purpose=DataPurpose.CONNECTION,
        connection_id=newest.connection_id,
        generation=newest.generation + 1,
    )
    opened = [
        (secret, keys[secret.data_key_id].open(secret.sealed, about_secret(secret)))
        for secret in secrets
        if secret.sealed
    ]
    return row, [(secret, key.seal(plain, about_secret(secret))) for secret, plain in opened]


def _put_back(sealed: Sequence[tuple[Secret, DataKey, Sealed]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE vault_secret AS target SET sealed = batch.sealed, data_key_id = batch.data_key_id
            FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS batch (id, data_key_id, sealed)
            WHERE target.id = batch.id
            """,
            [
                [secret.pk for secret, _, _ in sealed],
                [key.pk for _, key, _ in sealed],
                [box.content() for _, _, box in sealed],
            ],
        )
