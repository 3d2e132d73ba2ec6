"""Keys derived from SECRET_KEY, one per use, and the secret links made with them. A key reveals nothing about others.

During a rotation SECRET_KEY_FALLBACKS holds earlier keys: they open and verify what is stored, and make nothing new
(docs/how-to/secret-key.md).
"""

import hashlib
import hmac
from collections.abc import Iterator

from django.conf import settings
from django.utils.http import urlsafe_base64_encode


def derived(use: str) -> bytes:
    """Return the 32-byte key for one use, from the current SECRET_KEY."""
    return _derive(settings.SECRET_KEY, use)


def derived_by_age(use: str) -> Iterator[bytes]:
    """Return the keys for one use that may have made a stored value, the newest first."""
    return (_derive(secret, use) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def link_token(use: str, public_id: object, digest: str = "") -> str:
    """Return the secret part of a link. It is not stored; store its digest.

    With the stored `digest`, returns the token of the link that was made, so that each delivery attempt sends the same
    link. If its key is gone, returns a token that opens nothing.
    """
    tokens = [_token(key, public_id) for key in derived_by_age(f"link:{use}")]
    return next((token for token in tokens if token_digest(token) == digest), tokens[0])


def token_digest(token: str | None) -> str:
    """Return the digest of a token or session key, as stored in the database."""
    return hashlib.sha256((token or "").encode("utf-8", "surrogatepass")).hexdigest()


def _token(key: bytes, public_id: object) -> str:
    return urlsafe_base64_encode(hmac.digest(key, str(public_id).encode(), hashlib.sha256))


def _derive(secret: str, use: str) -> bytes:
    return hmac.digest(secret.encode(), use.encode(), hashlib.sha256)
