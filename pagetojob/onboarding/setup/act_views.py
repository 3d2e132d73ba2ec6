"""Steps that are more than a form: services, first pages and launch, with their actions."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override

from pagetojob.importer.selectors import rows_of, tally
from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.forms import errors_shown, typed_number
from pagetojob.platform.paging import PAGE_SIZE, page_links, requested_page
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Membership, Tenant, User
from pagetojob.platform.tenants.public import is_public
from pagetojob.platform.tenants.roles import Ability, TenantRole
from pagetojob.titanmap import drafts, publishing
from pagetojob.titanmap.models import Family, PageDraft
from pagetojob.titanmap.selectors import newest_versions, service_names
from syncqueue.selectors.website import read_website
from syncqueue.services.site import read_site

from .. import lifecycle, previews
from ..errors import OnboardingRefused
from ..models import Embed
from . import launching, proposals
from .forms import REASON, OwnerForm
from .owners import OwnerInvitation, invitations_of, may_set_up
from .steps import BY_SLUG
from .trades import PageTemplate, TradeTemplate, templates_of, trade_templates
from .values import recorded
from .views import logo_address, show

#: Only our own pages may frame a draft.
_FRAMED: dict[str, Any] = settings.SECURE_CSP | {"frame-ancestors": [CSP.SELF]}
#: Rows of a staged import that the step lists.
_MOST = 50


@tenant_page(Ability.SET_UP)
def services(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Propose services, and show what waits to be approved or published."""
    upload = proposals.open_import(tenant)
    changes = publishing.unpublished_changes(tenant)
    context = {
        "templates": templates_of(BusinessProfile.of(tenant.pk).trades),
        "upload": upload,
        "new": [row.values["name"] for row in rows_of(upload, "new", limit=_MOST)] if upload else [],
        "chosen": tally(upload).chosen if upload else 0,
        "changes": changes,
        "listed": changes[:_MOST],
        "more": max(0, len(changes) - _MOST),
        "publishes_services": any(change.part == Family.JOB_TYPE for change in changes),
        "mark": publishing.mark_of(changes),
        "published": service_names(tenant),
    }
    return show(request, tenant, BY_SLUG["services"], context)


@tenant_page(Ability.SET_UP)
def pages(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Propose first pages, and show the drafts and the published pages."""
    published = newest_versions(tenant)
    opened = PageDraft.objects.filter(tenant=tenant, state__in=drafts.OPEN).order_by("page_path")
    taken = {*published.values_list("slug", flat=True), *opened.values_list("slug", flat=True)}
    shown = requested_page(request, published)
    context = {
        "published": shown,
        "drafts": opened[:PAGE_SIZE],
        "more_drafts": max(0, opened.count() - PAGE_SIZE),
        "hidden": drafts.is_hidden(tenant.pk),
        "templates": _unwritten(tenant, taken),
        **page_links(shown),
    }
    return show(request, tenant, BY_SLUG["pages"], context)


def _unwritten(tenant: Tenant, taken: Collection[str]) -> list[tuple[TradeTemplate, list[tuple[PageTemplate, str]]]]:
    """Return the templates of the tenant's trades, with the pages that have neither a version nor a draft."""
    profile = BusinessProfile.of(tenant.pk)

    def titled(page: PageTemplate) -> str:
        return proposals.page_texts(page, name=tenant.name, area=profile.service_area)[0]

    return [
        (template, [(page, titled(page)) for page in template.pages if page.slug not in taken])
        for template in templates_of(profile.trades)
    ]


@tenant_page(Ability.SET_UP)
def phone(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show a draft in the width of a phone, with the actions on it."""
    draft = get_object_or_404(PageDraft, tenant=tenant, public_id=public_id)
    context = {
        "draft": draft,
        "seen": drafts.mark_of(draft),
        "is_open": draft.state in drafts.OPEN,
        "title": title_of(draft),
        "hidden": drafts.is_hidden(tenant.pk),
    }
    return render(request, "onboarding/setup/phone.html", {"tenant": tenant} | context)


@xframe_options_sameorigin
@csp_override(_FRAMED)
@tenant_page(Ability.SET_UP)
def framed_page(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Render a draft as the website would, without the form."""
    draft = get_object_or_404(PageDraft, tenant=tenant, public_id=public_id)
    with scope.tenant(tenant.pk):
        site, website = read_site(tenant), read_website(tenant, besides=draft.page_path)
    paragraphs = draft.intro.split("\n")
    context = {
        # The address of the color answers 404 before the website is public.
        "site": site if is_public(tenant) else replace(site, color="", logo=""),
        "logo_data": logo_address(tenant, site.logo),
        "binding": draft,
        "title": draft.headline or site.name,
        "lead": paragraphs[0],
        "more": paragraphs[1:],
        "website": website,
        "is_home": draft.page_path == "/",
    }
    return render(request, "site/page.html", context)


def launch(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the last step. The operator scope cannot read invitations, so they are read before it opens."""
    return _launch(request, slug, invitations_of(slug) if may_set_up(request) else [])


@tenant_page(Ability.SET_UP)
def _launch(request: HttpRequest, tenant: Tenant, invitations: list[OwnerInvitation]) -> HttpResponse:
    owners = Membership.objects.filter(tenant=tenant, role=TenantRole.OWNER)
    context = {
        "previews": previews.active_previews(tenant),
        "has_owner": owners.exists(),
        "owner_form": OwnerForm(),
        "invitations": invitations,
        "embeds": Embed.objects.filter(tenant=tenant),
    }
    return show(request, tenant, BY_SLUG["launch"], context)


def _page(request: HttpRequest) -> str:
    """Return the slug of the page that was sent; the database refuses NUL."""
    return request.POST.get("page", "").replace("\x00", "")


def title_of(draft: PageDraft) -> str:
    return draft.headline or draft.label


def _stage(request: HttpRequest, tenant: Tenant, by: User) -> str:
    template = trade_templates().get(request.POST.get("trade", ""))
    if template is None:
        raise OnboardingRefused("Choose a trade.")
    proposals.stage_services(tenant=tenant, template=template, by=by)
    return f"{template.label}: check the services below, then add them."


def _approve(request: HttpRequest, tenant: Tenant, by: User) -> str:
    version = typed_number(request.POST.get("version"))
    if version is None:
        raise OnboardingRefused("This import was handled in the meantime.")
    proposals.approve_services(
        tenant=tenant, public_id=request.POST.get("upload", ""), version=version, by=by, reason=REASON
    )
    return "The services are being added. Reload this page in a few seconds."


def _publish(request: HttpRequest, tenant: Tenant, by: User) -> str:
    mark = request.POST.get("mark", "")
    if not mark:
        raise OnboardingRefused("Nothing was chosen.")
    with proposals.refusals():
        publishing.publish(tenant, by=by, reason=REASON, seen=mark)
    return "Published."


def _draft(request: HttpRequest, tenant: Tenant, by: User) -> str:
    template = trade_templates().get(request.POST.get("trade", ""))
    page = next((page for page in template.pages if page.slug == request.POST.get("page")), None) if template else None
    if page is None:
        raise OnboardingRefused("Choose a page.")
    with recorded("pages", tenant=tenant, by=by, reason=f"{REASON}: draft of {page.path}"):
        draft = proposals.write_page(tenant=tenant, page=page, by=by, reason=REASON)
    return f"The draft “{title_of(draft)}” was written. Check it on a phone, then publish it."


def _publish_page(request: HttpRequest, tenant: Tenant, by: User) -> str:
    rows = PageDraft.objects.filter(tenant=tenant, state__in=drafts.OPEN, slug=_page(request))
    draft = rows.first()
    if draft is None or drafts.mark_of(draft) != request.POST.get("seen", ""):
        raise OnboardingRefused("This draft was changed in the meantime. Check it again.")
    with recorded("pages", tenant=tenant, by=by, reason=f"{REASON}: publish {draft.page_path}"):
        proposals.publish_page(draft=draft, by=by, reason=REASON)
    if draft.state == "approved":
        return f"“{title_of(draft)}” was published."
    return f"“{title_of(draft)}” waits for a second person, because the website is public."


def _discard(request: HttpRequest, tenant: Tenant, by: User) -> str:
    draft = PageDraft.objects.filter(tenant=tenant, state__in=drafts.OPEN, slug=_page(request)).first()
    if draft is None:
        raise OnboardingRefused("This draft was handled in the meantime.")
    with proposals.refusals(), recorded("pages", tenant=tenant, by=by, reason=f"{REASON}: discard {draft.page_path}"):
        drafts.set_aside(draft=draft, actor=by, reason=REASON)
    return f"The draft “{title_of(draft)}” was discarded."


def _preview(request: HttpRequest, tenant: Tenant, by: User) -> str:
    launching.open_preview(tenant=tenant, by=by, reason=REASON)
    return "The preview link is below."


def _test(request: HttpRequest, tenant: Tenant, by: User) -> str:
    lead = launching.send_test_request(tenant=tenant, by=by)
    return f"Test request {lead.spoken_code} was sent. Reload this page in a few seconds to see if it was delivered."


def _go_live(request: HttpRequest, tenant: Tenant, by: User) -> str:
    if request.POST.get("seen") != str(tenant.version):
        raise OnboardingRefused(f"{tenant.name} was changed in the meantime. Check its state and try again.")
    lifecycle.change_state(tenant=tenant, to=Lifecycle.LIVE, by=by, reason=REASON)
    return f"{tenant.name} is live."


Act = Callable[[HttpRequest, Tenant, User], str]
_ACTS: dict[str, tuple[str, Act]] = {
    "stage": ("services", _stage),
    "approve": ("services", _approve),
    "publish": ("services", _publish),
    "draft": ("pages", _draft),
    "publish-page": ("pages", _publish_page),
    "discard": ("pages", _discard),
    "preview": ("launch", _preview),
    "test": ("launch", _test),
    "go-live": ("launch", _go_live),
}


@tenant_page(Ability.SET_UP, "POST")
def act(request: HttpRequest, tenant: Tenant, act: str) -> HttpResponse:
    """Do an action of a step, and show the step again with its result."""
    if act not in _ACTS:
        raise Http404
    step, service = _ACTS[act]
    with errors_shown(request, OnboardingRefused):
        messages.success(request, service(request, tenant, actor_of(request)))
    return redirect("onboarding:step", tenant.slug, step)
