"""Origins listed in settings that we may call although they are on this machine or in a private network."""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .addresses import AddressRefused, Origin, read_origin


def listed_origins() -> frozenset[Origin]:
    """Return the simulator's two base URLs and LISTED_ORIGINS. Empty in production, where settings reject both.

    Raises ImproperlyConfigured for a value that is not a valid origin.
    """
    auth, api = settings.SERVICETITAN_STANDIN_AUTH_URL, settings.SERVICETITAN_STANDIN_API_URL
    return _read(auth, api, tuple(settings.LISTED_ORIGINS))


@lru_cache(maxsize=8)
def _read(auth: str, api: str, listed: tuple[str, ...]) -> frozenset[Origin]:
    """Parse the settings. Cached because every call needs the result."""
    urls = {"SERVICETITAN_STANDIN_AUTH_URL": [auth], "SERVICETITAN_STANDIN_API_URL": [api], "LISTED_ORIGINS": listed}
    return frozenset(_origin(name, url) for name, given in urls.items() for url in given if url)


def _origin(name: str, url: str) -> Origin:
    try:
        return read_origin(url)
    except AddressRefused as error:
        raise ImproperlyConfigured(f"{name} is not a valid origin. {error.sentence}") from None
