"""AES-256-GCM encryption with associated data. No I/O, and no stack frame here contains a bare secret.

Format of sealed bytes: one format byte, a random 12-byte nonce, then ciphertext and tag.
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
    """Encode associated data. Each part is prefixed with its length, so different parts give different bytes."""
    encoded = [str(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


class Key:
    """A 32-byte key that encrypts and decrypts, and never reveals itself."""

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
        """Encrypt `content` with associated data `about`, which `open` needs as well."""
        nonce = secrets.token_bytes(_NONCE)
        plain = content.content if isinstance(content, Plain) else content
        return Sealed(_FORMAT + nonce + self._cipher.encrypt(nonce, plain, about))

    def open(self, sealed: Sealed, about: bytes) -> "Plain":
        """Decrypt. Raises SealTruncated or SealBroken, which never quote the content."""
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
        """Decrypt, or return None, so that the caller's error has no cause and no frame of the library."""
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
        raise TypeError("keys cannot be pickled")


class Plain:
    """Decrypted bytes in transit to the caller. Never reveals itself."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("decrypted bytes cannot be pickled")
