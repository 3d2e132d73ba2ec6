"""Signs of a seller or of a machine in the name, the email address and the phone number."""

import re

from .links import ODD_TLDS
from .request import Request
from .words import WORDS

_FREE_MAIL = re.compile(rf"(?:{'|'.join(WORDS['free_mail'])})\.")
_DISPOSABLE = frozenset(WORDS["disposable"])
_SELLER_WORDS = frozenset(WORDS["seller"])
_LONG_SELLER = tuple(word for word in WORDS["seller"] if len(word) > 3)
_DEPARTMENT = frozenset(WORDS["department"])


def has_free_mail(r: Request) -> bool:
    return bool(_FREE_MAIL.match(r.domain) or _FREE_MAIL.search("." + r.domain, 1)) and not has_odd_domain(r)


def has_odd_domain(r: Request) -> bool:
    tld = r.domain.rpartition(".")[2]
    odd = tld in ODD_TLDS and tld not in {"studio", "media", "ru", "cn", "in"} and "." in r.domain
    return odd or any(part in _DISPOSABLE for part in r.domain.split("."))


def has_own_domain(r: Request) -> bool:
    return "." in r.domain and not has_free_mail(r) and not r.domain.endswith((".gov", ".edu", ".us", ".mil"))


def is_seller(r: Request) -> bool:
    """Return whether the address names a line of business that sells to businesses."""
    name = r.domain.partition(".")[0] if not has_free_mail(r) else ""
    local = r.fields["email"].lower().partition("@")[0]
    parts = set(re.split(r"[^a-z]+", f"{name} {local}"))
    return bool(parts & _SELLER_WORDS) or any(word in name for word in _LONG_SELLER)


def has_trade_domain(r: Request) -> bool:
    return has_own_domain(r) and any(trade in r.domain.partition(".")[0] for trade in WORDS["trades"])


def is_toll_free(r: Request) -> bool:
    return r.phone_digits.removeprefix("1")[:3] in {"800", "833", "844", "855", "866", "877", "888"} and len(
        r.phone_digits
    ) in {10, 11}


def is_foreign_phone(r: Request) -> bool:
    digits, typed = r.phone_digits, r.fields["phone"].strip()
    return (
        (typed.startswith("+") or digits.startswith("00")) and not typed.startswith(("+1", "+ 1")) and len(digits) > 8
    )


def is_impossible_phone(r: Request) -> bool:
    """Return whether a phone number is no North American one, without being written as foreign."""
    digits = r.phone_digits.removeprefix("1") if len(r.phone_digits) == 11 else r.phone_digits
    if not r.fields["phone"].strip() or is_foreign_phone(r) or "ext" in r.fields["phone"].lower():
        return False
    if digits and len(set(digits)) == 1:
        return True
    odd = len(digits) != 10 or digits[0] in "01" or digits[3] in "01" or len(set(digits)) < 3
    return odd and not (len(digits) == 7 or (any(c.isalpha() for c in r.fields["phone"]) and len(digits) > 5))


def is_department(r: Request) -> bool:
    return bool(_DEPARTMENT & {word.lower() for word in r.name_words}) and not r.fields["street"]
