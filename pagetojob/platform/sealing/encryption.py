"""AES-256-GCM with associated data. Pure: keys and bytes in, sealed bytes out; no frame here holds a bare secret.

Sealed bytes: one byte for the format, a random nonce of 12, then ciphertext and tag.
"""

import secrets
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import KeyMalformed, SealBroken, SealTruncated
from .secret_values import HIDDEN, Sealed

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE, _TAG = 12, 16


def context(*parts: object) -> bytes:
    """Associated data: every part with its length in front, so that no two lists of parts give the same bytes."""
    encoded = [str(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


class Key:
    """A key of 32 bytes that can seal and open, and shows nothing of itself."""

    __slots__ = ("_cipher", "_raw")

    def __init__(self, raw: bytes) -> None:
        whole = len(raw) == KEY_BYTES
        self._raw = raw if whole else b""
        del raw  # a dump of this frame must not show it
        if not whole:
            raise KeyMalformed
        self._cipher = AESGCM(self._raw)

    @classmethod
    def fresh(cls) -> "Key":
        return cls(secrets.token_bytes(KEY_BYTES))

    def seal(self, content: "bytes | Plain", about: bytes) -> Sealed:
        """Seal `content` to what it is about: `open` needs the same associated data."""
        nonce = secrets.token_bytes(_NONCE)
        plain = content.content if isinstance(content, Plain) else content
        return Sealed(_FORMAT + nonce + self._cipher.encrypt(nonce, plain, about))

    def open(self, sealed: Sealed, about: bytes) -> "Plain":
        """The content. Raises SealTruncated or SealBroken, without a word of what was read."""
        box = sealed.content()
        if len(box) < len(_FORMAT) + _NONCE + _TAG:
            raise SealTruncated
        if not box.startswith(_FORMAT):
            raise SealBroken
        opened = self._opened(box, about)
        if opened is None:
            raise SealBroken
        return opened

    def _opened(self, box: bytes, about: bytes) -> "Plain | None":
        """None rather than an error, so that the error raised carries no cause and no frame of the library."""
        try:
            return Plain(self._cipher.decrypt(box[1 : 1 + _NONCE], box[1 + _NONCE :], about))
        except InvalidTag:
            return None

    def wrap(self, other: "Key", about: bytes) -> Sealed:
        return self.seal(Plain(other._raw), about)

    def unwrap(self, sealed: Sealed, about: bytes) -> "Key":
        return Key(self.open(sealed, about).content)

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is not pickled")


class Plain:
    """Opened bytes on their way to whoever asked; shows nothing of itself."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("opened bytes are not pickled")
