"""Seals and keyed hashes of accounts, with keys derived from SECRET_KEY."""

import base64
import hashlib
import hmac
from contextlib import suppress

from pagetojob.platform.derived_keys import derived, derived_by_age
from pagetojob.platform.sealing.encryption import Key
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.secret_values import Sealed


class SealBroken(Exception):
    """Raised when a sealed value cannot be opened: it was changed or moved, or its SECRET_KEY is gone."""


def keyed_hash(use: str, value: str) -> str:
    """Return 64 hex digits that are equal for equal values and cannot be reversed."""
    return _keyed_hash(derived(f"accounts:{use}"), value)


def is_keyed_hash(digest: str, use: str, value: str) -> bool:
    """Return whether `keyed_hash` gave this digest for the value, now or with an earlier SECRET_KEY."""
    keys = derived_by_age(f"accounts:{use}")
    return any(hmac.compare_digest(digest, _keyed_hash(key, value)) for key in keys)


def _keyed_hash(key: bytes, value: str) -> str:
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def seal(secret: bytes, *, use: str, bound_to: str) -> str:
    """Encrypt and authenticate a secret. It can be opened only with the same `use` and `bound_to`."""
    box = Key(derived(f"accounts:{use}")).seal(secret, bound_to.encode())
    return base64.urlsafe_b64encode(box.content()).decode()


def unseal(text: str, *, use: str, bound_to: str) -> bytes:
    """Return the secret sealed by `seal`. Raises SealBroken, whose message contains no secret."""
    for key in derived_by_age(f"accounts:{use}"):
        with suppress(VaultError, ValueError):
            return Key(key).open(Sealed(base64.urlsafe_b64decode(text.encode())), bound_to.encode()).content
    raise SealBroken("The key of this account cannot be read.")


def is_sealed_with_current_key(text: str, *, use: str, bound_to: str) -> bool:
    """Return False for a value sealed with an earlier SECRET_KEY, which has to be sealed again."""
    try:
        Key(derived(f"accounts:{use}")).open(Sealed(base64.urlsafe_b64decode(text.encode())), bound_to.encode())
    except (VaultError, ValueError):
        return False
    return True
