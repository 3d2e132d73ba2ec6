"""The exact origins that settings let us call although they lie on this machine or in a private network."""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .addresses import AddressRefused, Origin, read_origin


def listed_origins() -> frozenset[Origin]:
    """The stand-in's two bases and LISTED_ORIGINS; empty in production, whose settings refuse both.

    Raises ImproperlyConfigured for one that the guard itself could not read.
    """
    auth, api = settings.SERVICETITAN_STANDIN_AUTH_URL, settings.SERVICETITAN_STANDIN_API_URL
    return _read(auth, api, tuple(settings.LISTED_ORIGINS))


@lru_cache(maxsize=8)
def _read(auth: str, api: str, listed: tuple[str, ...]) -> frozenset[Origin]:
    """Asked for every call, and the same for all."""
    urls = {"SERVICETITAN_STANDIN_AUTH_URL": [auth], "SERVICETITAN_STANDIN_API_URL": [api], "LISTED_ORIGINS": listed}
    return frozenset(_origin(name, url) for name, given in urls.items() for url in given if url)


def _origin(name: str, url: str) -> Origin:
    try:
        return read_origin(url)
    except AddressRefused as error:
        raise ImproperlyConfigured(f"{name} names no origin. {error.sentence}") from None
