"""Keys derived from SECRET_KEY, one per use, and their operations."""

import base64
import hashlib
import hmac

from django.conf import settings

from pagetojob.platform.sealing.encryption import Key
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.secret_values import Sealed


class SealBroken(Exception):
    """Raised when a sealed value cannot be opened: it was changed or moved, or SECRET_KEY is different."""


def derived(use: str) -> bytes:
    """Return a 32-byte key for one use. A key reveals nothing about the others."""
    return hmac.new(settings.SECRET_KEY.encode(), f"accounts:{use}".encode(), hashlib.sha256).digest()


def keyed_hash(use: str, value: str) -> str:
    """Return 64 hex digits that are equal for equal values and cannot be reversed."""
    return hmac.new(derived(use), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def seal(secret: bytes, *, use: str, bound_to: str) -> str:
    """Encrypt and authenticate a secret. It can be opened only with the same `use` and `bound_to`."""
    box = Key(derived(use)).seal(secret, bound_to.encode())
    return base64.urlsafe_b64encode(box.content()).decode()


def unseal(text: str, *, use: str, bound_to: str) -> bytes:
    """Return the secret sealed by `seal`. Raises SealBroken, whose message contains no secret."""
    try:
        box = Sealed(base64.urlsafe_b64decode(text.encode()))
        return Key(derived(use)).open(box, bound_to.encode()).content
    except (VaultError, ValueError) as error:
        raise SealBroken("The key of this account cannot be read.") from error


def link_token(use: str, public_id: object) -> str:
    """Return the secret part of a mailed link. It is the same for every delivery attempt and is not stored."""
    digest = hmac.new(derived(f"link:{use}"), str(public_id).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_digest(token: str | None) -> str:
    """Return the digest of a token or session key, as stored in the database."""
    return hashlib.sha256((token or "").encode("utf-8", "surrogatepass")).hexdigest()
