"""Format of site keys. Pure, except for the randomness of `draw`.

A site key is visible in the page that uses it, so it identifies a site but proves nothing. The database stores only its
digest and its first characters.
"""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"site_[A-Za-z0-9_-]{32,64}")
PREFIX_LENGTH = 10


def draw() -> str:
    """Return a new key: `site_` and 43 characters, 256 random bits."""
    return f"site_{secrets.token_urlsafe(32)}"


def digest(key: str) -> str | None:
    """Return the digest that is stored and searched for a key; None if the text cannot be a key.

    A plain hash is enough, because a key with 256 random bits cannot be guessed.
    """
    return hashlib.sha256(key.encode()).hexdigest() if _SHAPE.fullmatch(key) else None


def prefix(key: str) -> str:
    """Return the first characters of a key, which help people tell keys apart."""
    return key[:PREFIX_LENGTH]
