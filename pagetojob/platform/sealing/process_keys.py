"""The keeper of key-encryption keys this process works with: the ring of the environment.

A key management service takes its place here: an object that fits `keyring.KeyKeeper`.
"""

from functools import lru_cache

from django.conf import settings

from .keyring import KeyRing, key_ring


@lru_cache(maxsize=4)
def _ring(keys: str, retired: str) -> KeyRing:
    return key_ring(keys, retired)


def keeper() -> KeyRing:
    """Settings have checked the text, so this raises nothing."""
    return _ring(settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS)
