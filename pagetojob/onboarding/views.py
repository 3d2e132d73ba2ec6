"""Contractors at /ops/contractors/: their states, launch checklists, details, recipients and preview links."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform import phones
from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import confirmed_to_post
from pagetojob.platform.credentials.forms import reason_given
from pagetojob.platform.forms import errors_on, errors_shown, posted
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.repeats import seen_in
from pagetojob.platform.tenants.lifecycle import MOVES, Lifecycle
from pagetojob.platform.tenants.models import NoticeRecipient, StateChange, Tenant
from pagetojob.platform.tenants.roles import Ability
from syncqueue.notices.recipients import RecipientRefused, request_test

from . import lifecycle, previews, recipients
from .checklist import checklist
from .contractor_list import lines_of, response_times, search, with_reserved_slugs
from .contractors import add_missing_rows
from .errors import OnboardingRefused
from .facts import launch_facts
from .forms import AssignForm, ListForm, NoteForm, RecipientForm, TransitionForm
from .models import Embed, FormCheck, QuietPage
from .notes import last_assignments, notes_of, notes_written
from .setup.steps import BY_SLUG
from .setup.values import recorded
from .setup.views import show


@operator_page(Ability.VIEW_CONTRACTORS)
def contractors(request: HttpRequest) -> HttpResponse:
    """List the contractors with state and health, those that need attention first. Thirteen queries."""
    form, actor = ListForm(request.GET), actor_of(request)
    form.is_valid()
    chosen = {name: form.cleaned_data.get(name, "") for name in form.fields}
    assignee = str(actor.pk) if chosen["assignee"] == "me" else chosen["assignee"]
    page = requested_page(request, search(words=chosen["q"], state=chosen["state"], assignee=assignee))
    filters = urlencode({name: value for name, value in chosen.items() if value})
    context = {
        "lines": lines_of(list(page)),
        "reserved": with_reserved_slugs(),
        "form": form,
        "is_filtered": bool(filters),
        "can_act": actor.can(Ability.SET_UP),
        **page_links(page, f"&{filters}" if filters else ""),
    }
    return render(request, "onboarding/list.html", context)


@tenant_page(Ability.VIEW_CONTRACTORS)
def contractor(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    return show_contractor(request, tenant, None)


@tenant_page(Ability.SET_UP, "POST")
def change_state(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Make a transition, if the tenant is still as the page showed it."""
    form = TransitionForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        if data["seen"] != tenant.version:
            form.add_error(None, f"{tenant.name} was changed in the meantime. Check its state and try again.")
            return show_contractor(request, tenant, form)
        with errors_on(form, OnboardingRefused):
            changed = lifecycle.change_state(tenant=tenant, to=data["to"], by=actor_of(request), reason=data["reason"])
            messages.success(request, lifecycle.RESULTS[Lifecycle(changed.state)].format(name=changed.name))
            return redirect("onboarding:contractor", tenant.slug)
    return show_contractor(request, tenant, form)


@tenant_page(Ability.SET_UP, "POST")
def create_rows(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Create missing feature rows; existing ones stay unchanged."""
    added = add_missing_rows(tenant=tenant, by=actor_of(request))
    words = (
        "The missing feature rows were created. They have their default settings."
        if added
        else "No feature row was missing."
    )
    messages.success(request, words)
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "POST")
def new_preview(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    with errors_shown(request, OnboardingRefused):
        seen = seen_in(request.POST.get("seen", ""))
        previews.create_preview(tenant=tenant, by=actor_of(request), seen=seen)
        messages.success(request, "The preview link is shown below.")
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "POST")
def revoke_preview(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    with errors_shown(request, OnboardingRefused):
        previews.revoke_preview(tenant=tenant, public_id=public_id, by=actor_of(request))
        messages.success(request, "The preview link was revoked.")
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "GET", "HEAD", "POST")
@confirmed_to_post
def notice_recipients(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """List the addresses that are notified, and add one, which requires a recent password: it gets personal data."""
    form = RecipientForm(posted(request))
    if form.is_valid():
        change = {"tenant": tenant, "by": actor_of(request), "reason": form.cleaned_data["reason"]}
        with errors_on(form, OnboardingRefused):
            with recorded("notices", **change):
                recipients.add_recipient(email=form.cleaned_data["email"], label=form.cleaned_data["label"], **change)
            messages.success(request, "The address was added. A test message with a link is being sent to it.")
            return redirect("onboarding:step", tenant.slug, "notices")
    rows = NoticeRecipient.objects.filter(tenant=tenant, removed_at__isnull=True).order_by("-active", "level", "pk")
    context = {"form": form, "rows": rows}
    return show(request, tenant, BY_SLUG["notices"], context, status=422 if form.errors else 200)


@tenant_page(Ability.SET_UP, "POST")
def recipient_act(request: HttpRequest, tenant: Tenant, public_id: UUID, act: str) -> HttpResponse:
    """Send a test message, or stop or resume notices to an address."""
    actor = actor_of(request)
    row = get_object_or_404(NoticeRecipient, tenant=tenant, public_id=public_id)
    if act == "test":
        with errors_shown(request, RecipientRefused):
            request_test(recipient=row, by=actor)
            messages.success(request, "A test message is being sent.")
        return redirect("onboarding:step", tenant.slug, "notices")
    if act not in ("stop", "resume"):
        raise Http404
    if not (reason := reason_given(request)):
        return redirect("onboarding:step", tenant.slug, "notices")
    with errors_shown(request, OnboardingRefused):
        with recorded("notices", tenant=tenant, by=actor, reason=reason):
            recipients.set_active(recipient=row, active=act == "resume", by=actor, reason=reason)
        messages.success(request, "Notices to this address are on." if act == "resume" else "Notices are off.")
    return redirect("onboarding:step", tenant.slug, "notices")


def show_contractor(
    request: HttpRequest, tenant: Tenant, form: TransitionForm | None, note_form: NoteForm | None = None
) -> HttpResponse:
    """Show a contractor: its state, checklist, health, notes, actions, preview links and log. Seventeen queries."""
    facts = launch_facts([tenant])[tenant.pk]
    entries = checklist(facts)
    actor = actor_of(request)
    can_act = actor.can(Ability.SET_UP)
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
        "actor": actor,
        "form_check": FormCheck.objects.filter(tenant=tenant).first(),
        "quiet_pages": _quiet_pages(tenant),
        "response": response_times({tenant.pk: facts}).get(tenant.pk),
        "notes": notes_of(tenant),
        "embeds": Embed.objects.filter(tenant=tenant),
        "note_form": note_form or NoteForm(initial={"seen": notes_written(tenant)}),
        **_phone(facts.phone),
        **_assignment(tenant, can_act=can_act),
    }  # fmt: skip
    return render(request, "onboarding/contractor.html", context, status=422 if form or note_form else 200)


def _phone(typed: str) -> dict[str, str]:
    return {"phone": typed, "tel": phones.e164(typed)}


def _assignment(tenant: Tenant, *, can_act: bool) -> dict[str, Any]:
    rows = last_assignments(tenant)
    present = rows[0] if rows else None
    initial = {
        "assignee": present.assignee.public_id if present and present.assignee else None,
        "seen": present.number if present else 0,
    }
    return {"assignment": present, "assign_form": AssignForm(initial=initial) if can_act else None}


def _quiet_pages(tenant: Tenant) -> QuerySet[QuietPage]:
    rows = QuietPage.objects.filter(tenant=tenant).select_related("checked_by")
    return rows.only("page_path", "since", "expected", "noticed_at", "checked_at", "public_id", "tenant",
        "checked_by__name")  # fmt: skip
