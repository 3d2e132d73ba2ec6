"""Links to the preview of a website: they expire, and an operator can revoke them. Needs the operator scope."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.repeats import sent_before
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import PreviewLink, Tenant, User
from pagetojob.platform.tenants.public import PREVIEW_LIFETIME, preview_token

from .errors import OnboardingRefused

RETAINED_AFTER_END = timedelta(days=30)
#: Links of a tenant that work at the same time. The page shows all of them, so each can be revoked.
MOST_LINKS = 20


@transaction.atomic
def create_preview(*, tenant: Tenant, by: User, seen: int | None = None) -> PreviewLink:
    """Create a link that shows the website for two weeks; return the one that the same form created before, if any.

    `seen` is the number of links that the page showed. Raises OnboardingRefused outside the state preview, and if there
    are MOST_LINKS already.
    """
    locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if locked.state != Lifecycle.PREVIEW:
        raise OnboardingRefused("Only a website in preview has preview links.")
    if link := sent_before(_working(tenant), seen=seen, by_id=by.pk):
        return link
    if _working(tenant).count() >= MOST_LINKS:
        raise OnboardingRefused(f"{MOST_LINKS} preview links work already. Revoke one, then create another.")
    link = PreviewLink.objects.create(tenant=tenant, by=by, expires_at=timezone.now() + PREVIEW_LIFETIME)
    _record("onboarding.create_preview", link, tenant, by, "A preview link was created.")
    return link


@transaction.atomic
def revoke_preview(*, tenant: Tenant, public_id: UUID, by: User) -> None:
    """Revoke a link at once. Raises OnboardingRefused if it is already revoked."""
    link = PreviewLink.objects.select_for_update(no_key=True).filter(tenant=tenant, public_id=public_id).first()
    if link is None or link.revoked_at:
        raise OnboardingRefused("This link is already revoked.")
    PreviewLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    _record("onboarding.revoke_preview", link, tenant, by, "A preview link was revoked.")


def active_previews(tenant: Tenant) -> list[tuple[PreviewLink, str]]:
    """Return the links that work now, the newest first, with their addresses. Runs one query; none outside preview."""
    if tenant.state != Lifecycle.PREVIEW:
        return []
    return [
        (link, preview_address(tenant, link))
        for link in _working(tenant)
        .select_related("by")
        .only("expires_at", "by__name", "public_id", "created_at")[:MOST_LINKS]
    ]


def _working(tenant: Tenant) -> QuerySet[PreviewLink]:
    return PreviewLink.objects.filter(tenant=tenant, revoked_at__isnull=True, expires_at__gt=timezone.now())


def preview_address(tenant: Tenant, link: PreviewLink) -> str:
    return settings.PUBLIC_URL + reverse("intake:preview", args=[tenant.slug, preview_token(link)])


def forget_old_previews() -> int:
    """Delete links that ended a month ago, and return how many. Runs one statement."""
    ended = timezone.now() - RETAINED_AFTER_END
    with scope.worker():
        return PreviewLink.objects.filter(Q(expires_at__lt=ended) | Q(revoked_at__lt=ended)).delete()[0]


def _record(action: str, link: PreviewLink, tenant: Tenant, by: User, reason: str) -> None:
    record(action=action, subject=f"preview:{link.public_id}", reason=reason, tenant=tenant, actor=by)
