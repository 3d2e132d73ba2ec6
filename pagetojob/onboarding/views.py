"""Contractors at /ops/contractors/: their states, launch checklists, details, recipients and preview links."""

from uuid import UUID

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from pagetojob.platform.access import actor_of, operator_page, operators_only, tenant_for_operator
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on, errors_shown, posted
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.tenants.lifecycle import MOVES
from pagetojob.platform.tenants.models import NoticeRecipient, StateChange, Tenant
from pagetojob.platform.tenants.roles import Ability
from syncqueue.leads.models import Exclusion, Lead

from . import lifecycle, previews, recipients
from .checklist import checklist, missing_entries
from .contractors import prepare
from .errors import OnboardingRefused
from .facts import launch_facts
from .forms import RecipientForm, TransitionForm
from .setup.steps import BY_SLUG
from .setup.views import show


@operator_page(Ability.VIEW_QUEUE)
def contractors(request: HttpRequest) -> HttpResponse:
    """List the contractors with state, missing requirements and last lead. Eight queries plus authentication."""
    leads = Lead.objects.filter(tenant=OuterRef("pk"), excluded_as=Exclusion.NONE).order_by("-received_at")
    last_lead = Subquery(leads.values("received_at")[:1])
    page = requested_page(request, Tenant.objects.annotate(last_lead=last_lead).order_by("name", "pk"))
    facts = launch_facts(page)
    can_act = actor_of(request).can(Ability.ACT_ON_QUEUE)
    rows = [(tenant, len(missing_entries(facts[tenant.pk]))) for tenant in page]
    return render(request, "onboarding/list.html", {"rows": rows, "can_act": can_act, **page_links(page)})


@operator_page(Ability.VIEW_QUEUE)
def contractor(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, tenant_for_operator(slug), None)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def change_state(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a transition, if the tenant is still as the page showed it."""
    tenant, form = tenant_for_operator(slug), TransitionForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        if data["seen"] != tenant.version:
            form.add_error(None, f"{tenant.name} was changed in the meantime. Check its state and try again.")
            return _page(request, tenant, form)
        with errors_on(form, OnboardingRefused):
            changed = lifecycle.change_state(tenant=tenant, to=data["to"], by=actor_of(request), reason=data["reason"])
            messages.success(request, f"{changed.name} is now {changed.state}.")
            return redirect("onboarding:contractor", slug)
    return _page(request, tenant, form)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def create_rows(request: HttpRequest, slug: str) -> HttpResponse:
    """Create missing feature rows; existing ones stay unchanged."""
    prepare(tenant_for_operator(slug))
    messages.success(request, "The missing feature rows were created. They have their default settings.")
    return redirect("onboarding:contractor", slug)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def new_preview(request: HttpRequest, slug: str) -> HttpResponse:
    with errors_shown(request, OnboardingRefused):
        previews.create_preview(tenant=tenant_for_operator(slug), by=actor_of(request))
    return redirect("onboarding:contractor", slug)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def revoke_preview(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    with errors_shown(request, OnboardingRefused):
        previews.revoke_preview(tenant=tenant_for_operator(slug), public_id=public_id, by=actor_of(request))
        messages.success(request, "The preview link was revoked.")
    return redirect("onboarding:contractor", slug)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def notice_recipients(request: HttpRequest, slug: str) -> HttpResponse:
    """List the addresses that are notified, and add one."""
    tenant, form = tenant_for_operator(slug), RecipientForm(posted(request))
    if form.is_valid():
        with errors_on(form, OnboardingRefused):
            recipients.add_recipient(tenant=tenant, by=actor_of(request), **form.cleaned_data)
            messages.success(request, "The address was added. A test message with a link is being sent to it.")
            return redirect("onboarding:step", slug, "notices")
    rows = NoticeRecipient.objects.filter(tenant=tenant, removed_at__isnull=True).order_by("-active", "level", "pk")
    context = {"form": form, "rows": rows}
    return show(request, tenant, BY_SLUG["notices"], context, status=422 if form.errors else 200)


@require_POST
@operators_only(Ability.ACT_ON_QUEUE)
def recipient_act(request: HttpRequest, slug: str, public_id: UUID, act: str) -> HttpResponse:
    """Send a test message, or stop or resume notices to an address."""
    tenant, actor = tenant_for_operator(slug), actor_of(request)
    row = get_object_or_404(NoticeRecipient, tenant=tenant, public_id=public_id)
    if act == "test":
        recipients.request_test(recipient=row, by=actor)
        messages.success(request, "A test message is being sent.")
        return redirect("onboarding:step", slug, "notices")
    if act not in ("stop", "resume"):
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter a reason.")
        return redirect("onboarding:step", slug, "notices")
    with errors_shown(request, OnboardingRefused):
        recipients.set_active(recipient=row, active=act == "resume", by=actor, reason=form.cleaned_data["reason"])
        messages.success(request, "Notices to this address are on." if act == "resume" else "Notices are off.")
    return redirect("onboarding:step", slug, "notices")


def _page(request: HttpRequest, tenant: Tenant, form: TransitionForm | None) -> HttpResponse:
    """Show a contractor: its state, checklist, actions, preview links and log. Nine queries."""
    entries = checklist(launch_facts([tenant])[tenant.pk])
    can_act = actor_of(request).can(Ability.ACT_ON_QUEUE)
    context = {
        "tenant": tenant,
        "entries": entries,
        "missing": sum(not entry.is_done for entry in entries),
        "targets": [(to, label) for to, label in lifecycle.ACTIONS.items() if to in MOVES[tenant.state]],
        "form": form or TransitionForm(initial={"seen": tenant.version}),
        "previews": previews.active_previews(tenant) if can_act else [],
        "log": StateChange.objects.filter(tenant=tenant).select_related("by").only("before", "after", "reason", "at",
            "by__name", "tenant", "number")[:50],
        "can_act": can_act,
    }  # fmt: skip
    return render(request, "onboarding/contractor.html", context, status=422 if form else 200)
