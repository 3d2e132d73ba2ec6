"""Tenants that the public may see. Every public page, form, API and webhook asks this module."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from . import scope
from .lifecycle import PUBLIC, SERVED, Lifecycle
from .models import HostKind, PreviewLink, PublicHost, Tenant

PREVIEW_LIFETIME = timedelta(days=14)
_SALT = "tenants.preview"


@dataclass(frozen=True)
class Visit:
    """A tenant that a visitor may see. In a preview, each request is a test request."""

    tenant: Tenant

    @property
    def is_preview(self) -> bool:
        return self.tenant.state == Lifecycle.PREVIEW

    @property
    def is_paused(self) -> bool:
        return self.tenant.state == Lifecycle.PAUSED


def visit(slug: str, *, preview: str = "") -> Visit | None:
    """Return the tenant if its website is public, or if `preview` is the token of a link that is valid now.

    Runs one query; three more in the state preview, if there is a token.
    """
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None or not (is_public(tenant) or valid_preview(tenant, preview)):
        return None
    return Visit(tenant)


def is_public(tenant: Tenant) -> bool:
    """Return whether anyone may see the tenant: it is live or paused. No query."""
    return tenant.state in PUBLIC


def is_served(tenant: Tenant) -> bool:
    """Return whether secret links and webhooks of the tenant work: not while it is a draft or closed. No query."""
    return tenant.state in SERVED


def with_website() -> Q:
    """Return the condition for tenants whose hosts answer: served ones, and offboarded ones with a last page."""
    return Q(state__in=SERVED) | Q(state=Lifecycle.CLOSED, page_until__isnull=False)


def public_demo() -> Tenant | None:
    """Return the first public tenant that is marked as a demo, or None. Runs one query."""
    return Tenant.objects.filter(is_demo=True, state__in=PUBLIC).order_by("pk").first()


def slug_at(host: str) -> str:
    """Return the slug of the contractor whose website a host shows; empty for an unknown host. Runs one query.

    Each contractor has a subdomain from its slug. Its own domain counts once DNS proved it, until it is removed.
    """
    tenants = Tenant.objects.filter(with_website())
    label, _, suffix = host.partition(".")
    if settings.PUBLIC_SUFFIX and suffix == settings.PUBLIC_SUFFIX:
        tenants = tenants.filter(slug=label)
    else:
        proven = {"public_hosts__kind": HostKind.OWN_DOMAIN, "public_hosts__verified_at__isnull": False}
        tenants = tenants.filter(public_hosts__host=host, **proven)
    return tenants.values_list("slug", flat=True).first() or ""


def own_domain() -> Subquery:
    """Return an expression for a tenant-owned row: the first domain of the tenant that DNS proved."""
    hosts = PublicHost.objects.filter(tenant=OuterRef("tenant"), kind=HostKind.OWN_DOMAIN, verified_at__isnull=False)
    return Subquery(hosts.order_by("pk").values("host")[:1])


def preview_token(link: PreviewLink) -> str:
    """Return the secret part of the address of a preview."""
    return signing.dumps(str(link.public_id), salt=_SALT)


def valid_preview(tenant: Tenant, token: str) -> PreviewLink | None:
    """Return the link of a token if it shows this tenant now: in preview, not expired, not revoked. Three queries."""
    if tenant.state != Lifecycle.PREVIEW or not token:
        return None
    public_id = _read(token)
    if public_id is None:
        return None
    with scope.tenant(tenant.pk):
        links = PreviewLink.objects.filter(tenant=tenant, public_id=public_id, revoked_at__isnull=True)
        return links.filter(expires_at__gt=timezone.now()).first()


def _read(token: str) -> Any:
    try:
        return signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
