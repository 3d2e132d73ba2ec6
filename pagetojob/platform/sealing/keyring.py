"""Key-encryption keys by ID, and the interface for a key management service. No I/O.

Data keys are stored wrapped by one of these keys. The first one is current and wraps new data keys.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from .encryption import KEY_BYTES, Key, context
from .errors import RetiredKey, UnknownKey
from .secret_values import Sealed

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


class KeyKeeper(Protocol):
    """Wraps and unwraps data keys. `KeyRing` does so in memory; another implementation could call a service."""

    @property
    def current(self) -> str:
        """Return the ID of the key that wraps new data keys."""

    def status(self, key_id: str) -> str:
        """Return the status of a key: current, older, retired or unknown."""

    def wrap(self, data_key: Key, *, about: bytes) -> Sealed:
        """Wrap a data key with the current key."""

    def unwrap(self, key_id: str, wrapped: Sealed, *, about: bytes) -> Key:
        """Unwrap a data key. Raises RetiredKey, UnknownKey, SealBroken, SealTruncated or KeyMalformed."""


class KeyRingError(ValueError):
    """The text of a key ring is invalid. The message does not quote it."""


class KeyRing:
    """Key-encryption keys in memory."""

    def __init__(self, keys: Mapping[str, Key], retired: frozenset[str]) -> None:
        self._keys = dict(keys)
        self._retired = retired

    @property
    def current(self) -> str:
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        """Return all key IDs: current, then older, then retired."""
        return (*self._keys, *sorted(self._retired))

    def status(self, key_id: str) -> str:
        if key_id in self._retired:
            return "retired"
        if key_id not in self._keys:
            return "unknown"
        return "current" if key_id == self.current else "older"

    def wrap(self, data_key: Key, *, about: bytes) -> Sealed:
        return self._keys[self.current].wrap(data_key, about + context(self.current))

    def unwrap(self, key_id: str, wrapped: Sealed, *, about: bytes) -> Key:
        if key_id in self._retired:
            raise RetiredKey
        if key_id not in self._keys:
            raise UnknownKey
        return self._keys[key_id].unwrap(wrapped, about + context(key_id))


def key_ring(keys: str, retired: str = "") -> KeyRing:
    """Parse `id:base64,id:base64` (the first is the current key) and `id,id` of retired keys.

    Raises KeyRingError, which names the position in the list and never quotes the text.
    """
    read = _read(keys, retired)
    del keys  # a dump of this frame must not show them
    if isinstance(read, str):
        raise KeyRingError(read)
    return read


def _read(keys: str, retired: str) -> KeyRing | str:
    """Return the key ring, or an error message. Never raises, so no traceback contains a frame with keys."""
    ring_keys: dict[str, Key] = {}
    for place, entry in enumerate(_entries(keys), start=1):
        key_id, colon, encoded = entry.partition(":")
        problem = _problem(key_id, colon, encoded, ring_keys)
        if problem:
            return f"{problem} (entry {place})."
        ring_keys[key_id] = Key(base64.b64decode(encoded, validate=True))
    retired_ids = frozenset(_entries(retired))
    if not ring_keys:
        return "contains no key."
    if not all(_ID.fullmatch(key_id) for key_id in retired_ids):
        return "contains an invalid ID of a retired key."
    if retired_ids & set(ring_keys):
        return "still contains a retired key; remove it from the list of keys."
    return KeyRing(ring_keys, retired_ids)


def _entries(text: str) -> Iterable[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _problem(key_id: str, colon: str, encoded: str, known: Mapping[str, Key]) -> str:
    if not colon or not _ID.fullmatch(key_id):
        return "must be a list of id:base64, with IDs of at most 20 lower-case letters, digits and dashes"
    if key_id in known:
        return "contains an ID twice"
    try:
        whole = len(base64.b64decode(encoded, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        whole = False
    return "" if whole else f"must contain keys of {KEY_BYTES} random bytes in base64"
