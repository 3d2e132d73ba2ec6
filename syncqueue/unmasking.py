"""A short-lived permission to keep contact details shown on the item page while its forms are corrected.

It is given for a reason that the audit log already records, and belongs to one person and one item.
"""

from django.core import signing

from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from .models import SyncItem

_SALT = "syncqueue.unmasked"
VALID_SECONDS = 900


def permission(item: SyncItem, actor: User, reason: str) -> str:
    """Return the signed text for a hidden field; empty without a reason."""
    return signing.dumps([item.pk, actor.pk, reason], salt=_SALT) if reason else ""


def reason_of(text: str, *, item: SyncItem, actor: User) -> str:
    """Return the reason for which `actor` may still see the details of `item`; empty for anything else."""
    try:
        pk, person, reason = signing.loads(text, salt=_SALT, max_age=VALID_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(reason) if (pk, person) == (item.pk, actor.pk) and actor.can(Ability.UNMASK) else ""
