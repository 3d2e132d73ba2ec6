"""Services for connections, secrets, key rotation and disconnecting."""

from .boxes import inbox_box
from .disconnection import confirm_revocation, disconnect, has_ended
from .secrets import WEBHOOK_KEYS, Use, decrypt, keep, unseal

__all__ = [
    "WEBHOOK_KEYS",
    "Use",
    "confirm_revocation",
    "decrypt",
    "disconnect",
    "has_ended",
    "inbox_box",
    "keep",
    "unseal",
]
