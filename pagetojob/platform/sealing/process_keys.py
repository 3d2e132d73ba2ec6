"""Key-encryption keys of this process, read from settings.

To use a key management service, return an object that implements `keyring.KeyKeeper` here.
"""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from pagetojob.environment import NO_SECRET

from .keyring import KeyRing, key_ring


@lru_cache(maxsize=4)
def _ring(keys: str, retired: str) -> KeyRing:
    return key_ring(keys, retired)


def keeper() -> KeyRing:
    """Return the key ring, which settings have validated. Raises ImproperlyConfigured in a process without it."""
    if settings.VAULT_KEYS == NO_SECRET:
        raise ImproperlyConfigured("VAULT_KEYS is none: this process does not use the vault.")
    return _ring(settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS)
