"""The shape of a site key. Pure but for the randomness of `draw`.

A site key stands in the page that uses it, so it names a site and proves nothing more. The database
holds its digest and its first characters only.
"""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"site_[A-Za-z0-9_-]{32,64}")
PREFIX_LENGTH = 10


def draw() -> str:
    """A new key: `site_` and 43 characters, 256 random bits."""
    return f"site_{secrets.token_urlsafe(32)}"


def digest(key: str) -> str | None:
    """What is stored of a key, and looked up; None for a text that cannot be one.

    A plain hash is enough, since a key of 256 random bits cannot be guessed.
    """
    return hashlib.sha256(key.encode()).hexdigest() if _SHAPE.fullmatch(key) else None


def prefix(key: str) -> str:
    """Its first characters, by which people tell it from others."""
    return key[:PREFIX_LENGTH]
