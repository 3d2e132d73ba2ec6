"""Origins listed in settings that we may call although they are on this machine or in a private network."""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .addresses import AddressRefused, Origin, read_origin


def listed_origins() -> frozenset[Origin]:
    """Return the addresses of the simulator and of the integration environment, and LISTED_ORIGINS.

    Empty in production, where settings reject all of them. Raises ImproperlyConfigured for a value that is not a valid
    origin.
    """
    return _read(tuple(getattr(settings, name) for name in _ADDRESSES), tuple(settings.LISTED_ORIGINS))


_ADDRESSES = tuple(
    f"SERVICETITAN_{environment}_{kind}_URL" for environment in ("STANDIN", "INTEGRATION") for kind in ("AUTH", "API")
)


@lru_cache(maxsize=8)
def _read(addresses: tuple[str, ...], listed: tuple[str, ...]) -> frozenset[Origin]:
    """Parse the settings. Cached because every call needs the result."""
    named = (*zip(_ADDRESSES, addresses, strict=True), *(("LISTED_ORIGINS", url) for url in listed))
    return frozenset(_origin(name, url) for name, url in named if url)


def _origin(name: str, url: str) -> Origin:
    try:
        return read_origin(url)
    except AddressRefused as error:
        raise ImproperlyConfigured(f"{name} is not a valid origin. {error.sentence}") from None
