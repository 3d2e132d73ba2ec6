"""Encryption of values that are stored outside the vault, with the data keys of a tenant."""

from collections.abc import Mapping

from django.utils.module_loading import import_string

from .encryption import Key, Plain, context
from .errors import Destroyed
from .secret_values import HIDDEN, Sealed

_GENERATION = 4
#: The vault stores the data keys, and is above the code that stores files.
_FILE_BOX = "pagetojob.servicetitan.vault.services.boxes.file_box"


class TenantBox:
    """Encrypts and decrypts values of one tenant for one purpose. Its repr does not reveal the keys.

    Values start with the generation of their key.
    """

    __slots__ = ("_keys", "_purpose", "_tenant_id")

    def __init__(self, tenant_id: int, purpose: str, keys: Mapping[int, Key]) -> None:
        self._tenant_id, self._purpose, self._keys = tenant_id, purpose, keys

    def seal(self, content: bytes, *, about: object) -> bytes:
        """Encrypt `content` for the row identified by `about`, with the newest key."""
        newest = max(self._keys)
        box = self._keys[newest].seal(Plain(content), self._about(about)).content()
        return newest.to_bytes(_GENERATION) + box

    def open(self, box: bytes, *, about: object) -> bytes:
        """Decrypt. Raises Destroyed if the key is not there, SealTruncated or SealBroken."""
        key = self._keys.get(int.from_bytes(box[:_GENERATION]))
        if key is None:
            raise Destroyed
        return key.open(Sealed(box[_GENERATION:]), self._about(about)).content

    def wrap(self, key: Key, *, about: object) -> Sealed:
        """Encrypt a key for a single row, such as that of an export, with the newest key."""
        newest = max(self._keys)
        wrapped = self._keys[newest].wrap(key, self._about(about))
        return Sealed(newest.to_bytes(_GENERATION) + wrapped.content())

    def unwrap(self, wrapped: Sealed, *, about: object) -> Key:
        """Decrypt such a key. Raises the errors of `open`."""
        return Key(self.open(wrapped.content(), about=about))

    def _about(self, about: object) -> bytes:
        return context(self._purpose, self._tenant_id, self._purpose, about)

    def __repr__(self) -> str:
        return HIDDEN


def file_box(tenant_id: int, *, creates_key: bool) -> TenantBox:
    """Load the keys for documents and exports of a tenant, in its own scope; with `creates_key`, make a missing one.

    Five short statements. Raises the errors of unwrapping for the key that would encrypt.
    """
    box: TenantBox = import_string(_FILE_BOX)(tenant_id, creates_key=creates_key)
    return box
