"""Keys derived from SECRET_KEY, one for each use, and what is made with them."""

import base64
import hashlib
import hmac

from django.conf import settings

from pagetojob.platform.sealing.encryption import Key
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.secret_values import Sealed


class SealBroken(Exception):
    """What was sealed cannot be opened: it was changed, moved, or SECRET_KEY is another one now."""


def derived(use: str) -> bytes:
    """32 bytes for one use. Knowing one of them tells nothing of another."""
    return hmac.new(settings.SECRET_KEY.encode(), f"accounts:{use}".encode(), hashlib.sha256).digest()


def keyed_hash(use: str, value: str) -> str:
    """64 hex digits by which equal values are found again, and nothing can be read back."""
    return hmac.new(derived(use), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def seal(secret: bytes, *, use: str, bound_to: str) -> str:
    """Encrypt and authenticate; it opens only for the same use and the same `bound_to`."""
    box = Key(derived(use)).seal(secret, bound_to.encode())
    return base64.urlsafe_b64encode(box.content()).decode()


def unseal(text: str, *, use: str, bound_to: str) -> bytes:
    """The secret of `seal`. Raises SealBroken, which quotes nothing."""
    try:
        box = Sealed(base64.urlsafe_b64decode(text.encode()))
        return Key(derived(use)).open(box, bound_to.encode()).content
    except (VaultError, ValueError) as error:
        raise SealBroken("The key of this account cannot be read.") from error


def link_token(use: str, public_id: object) -> str:
    """The secret part of a mailed link: the same at each try to mail it, and stored nowhere."""
    digest = hmac.new(derived(f"link:{use}"), str(public_id).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
