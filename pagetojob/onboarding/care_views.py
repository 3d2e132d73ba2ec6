"""Actions on a contractor's page that help operators share the work: notes, assignee, quiet pages."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import notes, quiet_pages
from .errors import OnboardingRefused
from .forms import AssignForm, NoteForm, SeenForm
from .models import QuietPage
from .views import show_contractor


@tenant_page(Ability.SET_UP, "POST")
def add_note(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return show_contractor(request, tenant, None, form)
    note = notes.add_note(tenant=tenant, by=actor_of(request), **form.cleaned_data)
    messages.success(request, "The note was added." if note else "This note was added already.")
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "POST")
def undo_note(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    with errors_shown(request, OnboardingRefused):
        notes.undo_note(tenant=tenant, public_id=public_id, by=actor_of(request))
        messages.success(request, "The note was undone.")
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "POST")
def assign(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Make a person responsible, if the assignment is still as the page showed it."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a person of the list.")
        return redirect("onboarding:contractor", tenant.slug)
    data = form.cleaned_data
    with errors_shown(request, OnboardingRefused):
        notes.assign(tenant=tenant, assignee=data["assignee"], seen=data["seen"], by=actor_of(request))
        name = data["assignee"].name if data["assignee"] else "No one"
        messages.success(request, f"{name} is responsible for {tenant.name}.")
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "POST")
def undo_assignment(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = SeenForm(request.POST)
    with errors_shown(request, OnboardingRefused):
        seen = form.cleaned_data["seen"] if form.is_valid() else 0
        notes.undo_assignment(tenant=tenant, seen=seen, by=actor_of(request))
        messages.success(request, "The assignment was undone.")
    return redirect("onboarding:contractor", tenant.slug)


@tenant_page(Ability.SET_UP, "POST")
def check_quiet_page(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """End the alarm of a quiet page, with what was found."""
    row = get_object_or_404(QuietPage, tenant=tenant, public_id=public_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter your finding.")
        return redirect("onboarding:contractor", tenant.slug)
    with errors_shown(request, OnboardingRefused):
        quiet_pages.mark_checked(page=row, by=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "Checked. The alarm returns if it brings a request and is quiet again.")
    return redirect("onboarding:contractor", tenant.slug)
