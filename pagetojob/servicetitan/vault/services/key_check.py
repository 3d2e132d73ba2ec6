"""Find data keys that cannot be unwrapped: all that they encrypt cannot be read."""

from dataclasses import dataclass
from functools import lru_cache

from pagetojob.platform.postgresql.base import fetch_value
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.keyring import KeyKeeper
from pagetojob.platform.sealing.process_keys import keeper

from ..models import DataKey
from .keys import unwrapped

#: A hash over all that unwrapping reads, so that the keys are tried only after one has changed.
_VERSION = """
SELECT sha256(convert_to(coalesce(string_agg(
    concat_ws(' ', id, tenant_id, purpose, public_id, generation, kek_id, encode(wrapped, 'hex')), ',' ORDER BY id
), ''), 'UTF8'))
FROM vault_datakey WHERE destroyed_at IS NULL
"""


@dataclass(frozen=True)
class UnusableKey:
    """A data key, the short name of its tenant, its purpose in words, and the reason."""

    id: int
    tenant: str
    purpose: str
    reason: str


def unusable_keys() -> list[UnusableKey]:
    """Return the data keys that cannot be unwrapped. In the worker scope. Unwraps all of them, after one query."""
    rows = DataKey.objects.filter(destroyed_at=None).select_related("tenant").order_by("tenant__slug", "id")
    unusable = []
    for row in rows.iterator():
        try:
            unwrapped(row)
        except VaultError as error:
            unusable.append(UnusableKey(row.pk, row.tenant.slug, row.get_purpose_display(), type(error).__name__))
    return unusable


def unusable_key_count() -> int:
    """Return their number. In the worker scope. Makes one query, and those of `unusable_keys` after a change."""
    return _count(bytes(fetch_value(_VERSION)), keeper())


@lru_cache(maxsize=1)
def _count(_version: bytes, _ring: KeyKeeper) -> int:
    return len(unusable_keys())
