"""Check of typed addresses: can they receive email? Pure, except for Django's validator."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

#: From RFC 5321; no server accepts longer ones.
LONGEST_EMAIL, LONGEST_LOCAL_PART = 254, 64
_GMAIL = {"gmail.com", "googlemail.com"}


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


def mailbox(typed: str) -> str:
    """Return a text that is equal for addresses of one mailbox: most servers ignore a part after +, Gmail also dots."""
    name, at, host = typed.strip().lower().rpartition("@")
    host, name = host.rstrip("."), name.partition("+")[0] or name
    if host in _GMAIL:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}{at}{host}"
