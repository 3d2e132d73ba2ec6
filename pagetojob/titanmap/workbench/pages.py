"""Page bindings with their versions and rollback, and the tester of capacity rules."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.forms import errors_on
from pagetojob.platform.paging import PAGE_SIZE, page_links, requested_page
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap.drafts import OPEN, open_draft
from pagetojob.titanmap.models import CallToAction, PageBinding, PageDraft
from pagetojob.titanmap.selectors import newest_versions
from pagetojob.titanmap.services import MapRefused, roll_back

from . import access, boards
from .forms import RollBackForm, TesterForm


@tenant_page(Ability.VIEW_QUEUE)
def pages(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    shown = requested_page(request, newest_versions(tenant).select_related(*PageBinding.MAPPED))
    opened = PageDraft.objects.filter(tenant=tenant, state__in=OPEN).order_by("-state", "slug")
    context = {
        "tenant": tenant,
        "rows": [(page, [item for role in page.MAPPED if (item := getattr(page, role))]) for page in shown],
        "drafts": opened[:PAGE_SIZE],
        "more_drafts": max(0, opened.count() - PAGE_SIZE),
        "authors": boards.authors_in_review(tenant),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        **page_links(shown),
    }
    return render(request, "titanmap/pages.html", context)


@tenant_page(Ability.VIEW_QUEUE)
def page(request: HttpRequest, tenant: Tenant, page: str) -> HttpResponse:
    return _page(request, tenant, page, RollBackForm())


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def page_roll_back(request: HttpRequest, tenant: Tenant, page: str) -> HttpResponse:
    """Restore an older version of a page as a new version."""
    form = RollBackForm(request.POST)
    access.versions_of(tenant, page)
    if form.is_valid():
        with errors_on(form, MapRefused):
            binding = roll_back(tenant=tenant, slug=page, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, f"{binding} is live. Requests keep the version they were made with.")
            return redirect("titanmap:page", tenant.slug, page)
    return _page(request, tenant, page, form)


def _page(request: HttpRequest, tenant: Tenant, slug: str, form: RollBackForm) -> HttpResponse:
    versions = access.versions_of(tenant, slug)
    first, second = request.GET.get("from", ""), request.GET.get("to", "")
    context = {
        "tenant": tenant,
        "newest": versions[0],
        "draft": open_draft(tenant, slug),
        "versions": boards.versions(versions),
        "first": first,
        "second": second,
        "between": boards.between(versions, first, second),
        "form": form,
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "titanmap/page.html", context, status=422 if form.errors else 200)


@tenant_page(Ability.VIEW_QUEUE)
def tester(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show what a visitor would see on a page at a given time. Read-only."""
    now = timezone.now().astimezone(tenant.shown_zone).replace(tzinfo=None)
    form = TesterForm(request.GET or None, tenant=tenant, now=now)
    context = {"tenant": tenant, "form": form}
    if form.is_bound and form.is_valid():
        at: datetime = form.cleaned_data["at"]
        binding = newest_versions(tenant).filter(slug=form.cleaned_data["page"]).select_related("zone").first()
        zone_state = form.cleaned_data["zone"] or (binding.zone.zone_state if binding and binding.zone else "")
        result = boards.evaluate_rules(
            tenant, page=binding, urgency=form.cleaned_data["urgency"], zone_state=zone_state, local=at
        )
        labels = dict(CallToAction.choices)
        context |= {
            "found": result,
            "primary": labels[result["choice"].primary],
            "secondary": labels.get(result["choice"].secondary, ""),
        }
    return render(request, "titanmap/tester.html", context, status=422 if form.errors else 200)
