"""Requests on the hosts of contractors: a subdomain of ours, or their domain.

Such a host shows the website of its tenant and nothing else of the product. Its routes are in
`settings.CONTRACTOR_URLCONF`, where the converter `contractor` replaces the slug that the path of our host has.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from pagetojob.platform.postgresql import base as postgresql
from pagetojob.platform.postgresql.errors import UNAVAILABLE

from .models import HostKind, PublicHost, Tenant
from .public import slug_at

#: A host is read from the database once in this time, so a domain that is removed is served for this long.
CACHE_SECONDS = 5.0
_MOST_CACHED = 1000
_PATIENCE_SECONDS = 1.0
_cache: dict[str, tuple[float, str]] = {}
#: Slug of the contractor whose host was requested; empty on our own host.
_current: ContextVar[str] = ContextVar("contractor", default="")


def contractor_of(request: HttpRequest) -> str:
    """Return the slug of the contractor whose host was requested; empty on our own host."""
    return str(getattr(request, "contractor", ""))


def route_hosts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give the hosts of contractors their own routes, and refuse unknown hosts. Comes before all that read the host."""

    def middleware(request: HttpRequest) -> HttpResponse:
        host, port = split_domain_port(request._get_raw_host())  # type: ignore[attr-defined]
        if _is_ours(host):
            return get_response(request)
        slug = _slug_of(host)
        if not slug:
            raise DisallowedHost("The host is neither ours nor that of a contractor.")
        _prepare(request, slug, f"{host}:{port}" if port else host)
        token = _current.set(slug)
        try:
            return _limit_hsts(get_response(request))
        finally:
            _current.reset(token)

    return middleware


def _is_ours(host: str) -> bool:
    is_below_suffix = settings.PUBLIC_SUFFIX and host.endswith(f".{settings.PUBLIC_SUFFIX}")
    return not is_below_suffix and validate_host(host, settings.ALLOWED_HOSTS)


def _prepare(request: HttpRequest, slug: str, host: str) -> None:
    """Let Django see a valid host in its normal form, with the routes of a contractor."""
    request.contractor = slug  # type: ignore[attr-defined]
    request.urlconf = settings.CONTRACTOR_URLCONF
    request.get_host = lambda: host  # type: ignore[method-assign]


def _limit_hsts(response: HttpResponse) -> HttpResponse:
    """Limit HSTS to the host itself: other hosts of the contractor's domain are not ours."""
    if "Strict-Transport-Security" in response:
        response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return response


def _slug_of(host: str) -> str:
    """Return the slug of a host, up to a few seconds old; without a database, the last known one. At most one query."""
    cached = _cache.get(host)
    if cached and time.monotonic() - cached[0] < CACHE_SECONDS:
        return cached[1]
    try:
        with postgresql.patience(_PATIENCE_SECONDS):
            slug = slug_at(host)
    except UNAVAILABLE:
        if cached is None:
            raise
        slug = cached[1]
    if len(_cache) >= _MOST_CACHED:
        _cache.clear()
    _cache[host] = (time.monotonic(), slug)
    return slug


def forget() -> None:
    """Clear the cache, as in a new process."""
    _cache.clear()


class ContractorSlug:
    """Path converter that matches no text: on a contractor's host, the host names the tenant.

    A link to another tenant cannot be written there: `reverse` raises NoReverseMatch.
    """

    regex = ""

    def to_python(self, value: str) -> str:
        slug = _current.get()
        if not slug:
            raise ValueError("not on the host of a contractor")
        return slug

    def to_url(self, slug: str) -> str:
        if slug != _current.get():
            raise ValueError("not the contractor of this host")
        return ""


def website_address(slug: str, own_domain: str) -> str:
    """Return the address of a contractor's website, without a slash: its own domain, our subdomain, or our path."""
    ours = urlsplit(settings.PUBLIC_URL)
    port = f":{ours.port}" if ours.port else ""
    if own_domain:
        return f"{ours.scheme}://{own_domain}{port}"
    if settings.PUBLIC_SUFFIX:
        return f"{ours.scheme}://{slug}.{settings.PUBLIC_SUFFIX}{port}"
    return f"{settings.PUBLIC_URL}/sites/{slug}"


def address_of_website(tenant: Tenant) -> str:
    """Return the address at which visitors reach a tenant's website. Makes one query."""
    hosts = PublicHost.objects.filter(tenant=tenant, kind=HostKind.OWN_DOMAIN, verified_at__isnull=False)
    return website_address(tenant.slug, hosts.order_by("pk").values_list("host", flat=True).first() or "")
