"""Services and first pages from the templates of a trade. Needs the operator scope.

Services go through the staging of any other import; pages are drafts, which a person publishes.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import QuerySet

from pagetojob.gates.models import Flag
from pagetojob.gates.services import want
from pagetojob.importer.models import Upload, UploadState
from pagetojob.importer.uploads import ImportRefused, approve
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.titanmap import documents, drafts
from pagetojob.titanmap.importing import FLAG
from pagetojob.titanmap.map_document import take_document
from pagetojob.titanmap.map_errors import BadMap
from pagetojob.titanmap.models import DraftState, Family, PageBinding, PageDraft, PageKind, TaxonomyItem
from pagetojob.titanmap.services import BINDINGS, MapRefused

from ..errors import OnboardingRefused
from .trades import PageTemplate, TradeTemplate, starter_map

_OPEN = (UploadState.READY, UploadState.APPLYING)


@contextmanager
def refusals() -> Iterator[None]:
    """Raise OnboardingRefused for a refusal of the map or of an import."""
    try:
        yield
    except (MapRefused, ImportRefused, BadMap) as refused:
        raise OnboardingRefused(str(refused)) from refused


def _request_feature(flag: str, tenant: Tenant, by: User) -> None:
    """Request a feature that a step needs, as long as no visitor can see the website. Its gates and kill switch decide.

    On a public website, a person requests it on the page of gates.
    """
    unwanted = Flag.objects.filter(tenant=tenant, slug=flag, wanted=False)
    if drafts.is_hidden(tenant.pk) and unwanted.exists():
        want(flag=flag, tenant=tenant, on=True, actor=by, reason="setup")


def stage_services(*, tenant: Tenant, template: TradeTemplate, by: User) -> Upload:
    """Stage the services of a trade as an import. Nothing changes until it is approved. Raises OnboardingRefused."""
    _request_feature(FLAG, tenant, by)
    content = io.BytesIO(starter_map(template, name=tenant.name, time_zone=tenant.time_zone))
    with refusals():
        return take_document(tenant=tenant, content=content, name=f"starter-{template.slug}.json", actor=by)


def open_import(tenant: Tenant) -> Upload | None:
    """Return the newest import of a whole map that waits or is being applied. Runs one query."""
    rows = Upload.objects.filter(tenant=tenant, target=documents.SLUG, state__in=_OPEN)
    return rows.order_by("-pk").first()


def approve_services(*, tenant: Tenant, public_id: str, version: int, by: User, reason: str) -> None:
    """Apply a staged import as it was shown; a worker does it. Raises OnboardingRefused."""
    upload = open_import(tenant)
    if upload is None or str(upload.public_id) != public_id:
        raise OnboardingRefused("This import was handled in the meantime.")
    with refusals():
        approve(upload=upload, actor=by, reason=reason, version=version)


def page_texts(page: PageTemplate, *, name: str, area: str) -> tuple[str, str]:
    """Return headline and text of a first page with the name and the area of a business filled in."""
    headline, intro = page.headline, page.intro
    for blank, value in {"{name}": name, "{area}": area}.items():
        headline, intro = headline.replace(blank, value), intro.replace(blank, value)
    return headline, intro


def write_page(*, tenant: Tenant, page: PageTemplate, by: User, reason: str) -> PageDraft:
    """Write the draft of a first page. Raises OnboardingRefused, also if the page exists.

    A business unit or a booking provider of which there are several is left for a person to choose.
    """
    _request_feature(BINDINGS, tenant, by)
    headline, intro = page_texts(page, name=tenant.name, area=BusinessProfile.of(tenant.pk).service_area)
    items = TaxonomyItem.objects.filter(tenant=tenant, active=True)
    content = dict.fromkeys(PageBinding.MAPPED) | {
        "page_path": page.path,
        "kind": PageKind.SERVICE,
        "label": headline[:200],
        "headline": headline[:120],
        "intro": intro,
        "job_type": items.filter(family=Family.JOB_TYPE, name=page.job_type).first(),
        "business_unit": _only(items, Family.BUSINESS_UNIT),
        "booking_provider": _only(items, Family.BOOKING_PROVIDER),
    }
    with refusals():
        return drafts.write_draft(tenant=tenant, slug=page.slug, values=content, actor=by, reason=reason, based_on=0)


def _only(items: QuerySet[TaxonomyItem], family: Family) -> TaxonomyItem | None:
    rows = list(items.filter(family=family)[:2])
    return rows[0] if len(rows) == 1 else None


def publish_page(*, draft: PageDraft, by: User, reason: str) -> None:
    """Publish a draft, also one's own as long as no visitor can see the website. Raises OnboardingRefused."""
    with refusals():
        if draft.state == DraftState.DRAFT:
            drafts.send_for_review(draft=draft, actor=by)
        if draft.written_by_id == by.pk and not drafts.is_hidden(draft.tenant_id):
            return
        drafts.approve_draft(draft=draft, actor=by, reason=reason)
