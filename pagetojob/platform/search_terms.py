"""Encrypt search terms in addresses, so that Back and reload work and no log or history has a name in it."""

from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from .derived_keys import derived
from .sealing.encryption import Key, context
from .sealing.errors import VaultError
from .sealing.secret_values import Sealed

_PARAMETER = "for"


def address_of(page: str, term: str, *, reader: Model) -> str:
    """Return the address of the results. Only `reader`, a user or a membership, can open the term in it."""
    if not term:
        return page
    sealed = _key().seal(term.encode("utf-8", "replace"), _about(reader)).content()
    return f"{page}?{urlencode({_PARAMETER: urlsafe_base64_encode(sealed)})}"


def term_in(request: HttpRequest, *, reader: Model) -> str:
    """Return the term of the address. It is empty if it was changed or sealed for someone else."""
    try:
        sealed = Sealed(urlsafe_base64_decode(request.GET.get(_PARAMETER, "")))
        return _key().open(sealed, _about(reader)).content.decode()
    except (ValueError, VaultError):
        return ""


def _key() -> Key:
    return Key(derived("search term"))


def _about(reader: Model) -> bytes:
    return context(reader._meta.label, reader.pk)
