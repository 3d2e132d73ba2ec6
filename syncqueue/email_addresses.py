"""Check of typed addresses: can they receive email? Pure, except for Django's validator."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

#: From RFC 5321; no server accepts longer ones.
LONGEST_EMAIL, LONGEST_LOCAL_PART = 254, 64


def usable_email(typed: str) -> str:
    """Return the address without surrounding space if it can receive email; empty otherwise.

    Local addresses are refused: our mail server would deliver `root@localhost` to a local user.
    """
    address = typed.strip()
    try:
        validate_email(address)
    except ValidationError:
        return ""
    short = len(address) <= LONGEST_EMAIL and address.index("@") <= LONGEST_LOCAL_PART
    named = "." in address.rpartition("@")[2] and not address.endswith("]")
    return address if short and named and address.isascii() and '"' not in address else ""
