"""Load rows for a request. Permissions are those of the queue: anyone who may act there may act here."""

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from pagetojob.platform.accounts.errors import TryLater
from pagetojob.platform.accounts.services.throttle import Bucket, Limit, take
from pagetojob.platform.client_address import client_address, network
from pagetojob.platform.files.images import EXTENSIONS
from pagetojob.platform.files.models import File
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.public import visit

from .models import Answer, DemoPage, Finding, FindingPicture, RulePause, Site, SiteReading

#: Limit of wrong links and answers from an address. `answer_wait.html` names the ten minutes.
ATTEMPTS = Limit(free=30, first=timedelta(minutes=10), longest=timedelta(minutes=10), forgive=timedelta(minutes=1))


def finding_for_operator(public_id: UUID, *, is_locked: bool = False) -> Finding:
    """Return a finding, inside the operator scope, or raise a 404. A locked one stays as it is until the scope ends."""
    rows = Finding.objects.select_related("tenant", "snapshot")
    rows = rows.select_for_update(no_key=True, of=("self",)) if is_locked else rows
    return get_object_or_404(rows, public_id=public_id)


def site_for_operator(slug: str) -> Site:
    """Return the site of a tenant, inside the operator scope, or raise a 404."""
    return get_object_or_404(Site.objects.select_related("tenant"), tenant__slug=slug)


def reading_for_operator(public_id: UUID) -> SiteReading:
    """Return a reading, inside the operator scope, or raise a 404."""
    return get_object_or_404(SiteReading.objects.select_related("tenant", "site", "run"), public_id=public_id)


def pause_for_operator(pk: int) -> RulePause:
    """Return a rule pause, inside the operator scope, or raise a 404."""
    return get_object_or_404(RulePause.objects.select_related("tenant"), pk=pk)


def photo_for_operator(public_id: UUID) -> File:
    """Return the photo of an answer by its public id, inside the operator scope.

    Raise a 404 for any other file, and for a photo that was erased.
    """
    ours = Answer.objects.filter(photo__isnull=False, photo__chunks__isnull=False).values("photo_id")
    return get_object_or_404(File, public_id=public_id, pk__in=ours, content_type__in=list(EXTENSIONS))


def picture_for_operator(public_id: UUID) -> FindingPicture:
    """Return a picture of a finding, inside the operator scope, or raise a 404."""
    rows = FindingPicture.objects.select_related("snapshot", "file")
    return get_object_or_404(rows, public_id=public_id)


def demo_tenant(slug: str) -> Tenant:
    """Return a public tenant that is marked as a demo. Raise a 404 for any other tenant."""
    visiting = visit(slug)
    if visiting is None or not visiting.tenant.is_demo:
        raise Http404
    return visiting.tenant


def demo_page(tenant: Tenant, path: str) -> DemoPage:
    """Return a page of the demo tenant's site, inside its scope, or raise a 404."""
    return get_object_or_404(DemoPage, tenant=tenant, path=path.strip("/"))


def exceeds_attempt_limit(request: HttpRequest) -> bool:
    """Count an attempt from this address and return whether it exceeds the limit."""
    try:
        take([Bucket.of("review link", network(client_address(request)), limit=ATTEMPTS)])
    except TryLater:
        return True
    return False
