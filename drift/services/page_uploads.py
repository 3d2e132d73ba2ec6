"""Read an uploaded or pasted page like a page of the site. Nothing that it links to is fetched."""

from django.db import transaction

from pagetojob.gates.services import why_off
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.map_errors import BadMap

from ..compare.index import Index
from ..errors import DriftRefused
from ..models import PageState, ReadingPage, Site, SiteReading, Source
from ..reading.errors import PageRefused
from ..reading.read import read_page
from . import finding_updates, pictures, snapshots
from .comparable_map import titan_map_of
from .reading import FLAG
from .stored_facts import serialize_facts


@transaction.atomic
def take_page(*, site: Site, page: str, body: bytes, actor: User, reason: str) -> SiteReading:
    """Read and compare one uploaded page, and return its reading. Needs the operator scope.

    Opens findings, and closes findings that exist on this page only. Other pages are not affected. Raises DriftRefused.
    """
    tenant = Tenant.objects.get(pk=site.tenant_id)
    if why := why_off(FLAG, tenant):
        raise DriftRefused(why)
    today = tenant.today()
    try:
        index = Index(titan_map_of(site), today)
        snapshot, _ = snapshots.store_snapshot(tenant=tenant, page=page, body=body)
        facts = read_page(body, today=today, page=page, known=index.known)
    except PageRefused as refused:
        raise DriftRefused(str(refused)) from None
    except BadMap as refused:
        raise DriftRefused(f"The site's additions to the Titan Map are not valid. {refused}") from None
    reading = SiteReading.objects.create(tenant=tenant, site=site, source=Source.UPLOAD)
    ReadingPage.objects.create(
        tenant=tenant, reading=reading, page=page, state=PageState.READ, snapshot=snapshot, facts=serialize_facts(facts)
    )
    finding_updates.update_findings(reading=reading, index=index, today=today)
    pictures.start_pictures(tenant.pk)
    record_change("drift.take_page", reading, actor=actor, reason=reason)
    return reading
