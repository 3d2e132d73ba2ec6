"""Links to a request, and the addresses to which mail servers return a notice. Both name a notice and are signed."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from pagetojob.platform.derived_keys import derived, derived_by_age

#: A link opens nothing after this time.
LINK_LIFETIME = timedelta(days=30)
_LINK, _BOUNCE = "notices:link", "notices:bounce"
_MARK_BYTES = 12
_ID_BYTES = 16


def link_to(public_id: UUID) -> str:
    """Return the address that opens the request of a notice. Short enough for a text message."""
    code = public_id.bytes + _mark(derived(_LINK), public_id)
    return f"{settings.PUBLIC_URL}/r/{urlsafe_base64_encode(code)}"


def notice_of_link(code: str) -> UUID | None:
    """Return the notice that a link names; None for one that is not ours."""
    try:
        raw = urlsafe_base64_decode(code)
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MARK_BYTES or not _is_genuine(_LINK, raw):
        return None
    return UUID(bytes=raw[:_ID_BYTES])


def bounce_address(public_id: UUID) -> str:
    """Return the address to which servers return a notice that they cannot deliver; empty if none is configured."""
    local, _, domain = settings.BOUNCE_ADDRESS.partition("@")
    if not domain:
        return ""
    code = (public_id.bytes + _mark(derived(_BOUNCE), public_id)).hex()
    return f"{local}+{code}@{domain}"


@dataclass(frozen=True)
class BounceCode:
    """The notice that a bounce address names, and whether its mark is ours."""

    notice: UUID
    is_genuine: bool


def read_bounce_code(address: str) -> BounceCode | None:
    """Return what a bounce address names; None for any other address."""
    local, _, domain = parseaddr(address)[1].rpartition("@")
    ours, _, our_domain = settings.BOUNCE_ADDRESS.partition("@")
    name, _, code = local.partition("+")
    if not our_domain or name.lower() != ours.lower() or domain.lower() != our_domain.lower():
        return None
    try:
        raw = bytes.fromhex(code)
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MARK_BYTES:
        return None
    return BounceCode(UUID(bytes=raw[:_ID_BYTES]), _is_genuine(_BOUNCE, raw))


def _is_genuine(use: str, raw: bytes) -> bool:
    public_id, given = UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:]
    good = [hmac.compare_digest(_mark(key, public_id), given) for key in derived_by_age(use)]
    return any(good)


def _mark(key: bytes, public_id: UUID) -> bytes:
    return hmac.digest(key, public_id.bytes, hashlib.sha256)[:_MARK_BYTES]
