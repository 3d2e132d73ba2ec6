"""Setup at /ops/contractors/new and /ops/contractors/<slug>/setup/<step>."""

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import ask_to_confirm
from pagetojob.platform.forms import errors_on, errors_shown, posted
from pagetojob.platform.tenants.models import Logo, Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.titanmap.selectors import service_names

from ..checklist import booking_entries, checklist
from ..contractors import create, similar_contractors
from ..errors import OnboardingRefused
from ..facts import launch_facts
from . import values
from .branding import BadBranding, clean_logo
from .forms import FORMS, REASON, NewForm, UndoForm
from .legal_templates import templates_for
from .steps import BY_SLUG, Step, next_step, progress_of

#: A cleaned logo, or the sentence that explains why there is none.
SentLogo = tuple[str, bytes] | str


@operator_page(Ability.SET_UP, "GET", "HEAD", "POST")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for the first facts, and create a draft."""
    form = NewForm(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        similar = similar_contractors(data["name"])
        if not similar or form.differs_from(similar):
            with errors_on(form, OnboardingRefused):
                tenant = create(
                    name=data["name"], zip_code=data["zip"], place=form.place, trades=data["trades"],
                    phone=data["phone"], unusual_phone=data["unusual_phone"], by=actor_of(request),
                )  # fmt: skip
                messages.success(request, f"{tenant.name} was added as a draft. Nothing about it is public.")
                return redirect("onboarding:business", tenant.slug)
    return render(request, "onboarding/setup/new.html", {"form": form}, status=422 if form.errors else 200)


@tenant_page(Ability.SET_UP)
def resume(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Continue at the first step that is not complete."""
    steps = _progress(tenant)
    first = next((entry.step for entry in steps if not entry.is_done), steps[-1].step)
    return redirect("onboarding:step", tenant.slug, first.slug)


def business(request: HttpRequest, slug: str) -> HttpResponse:
    """Show and change the business. An uploaded logo is decoded before any transaction begins."""
    logo: SentLogo = ""
    upload = request.FILES.get("new_logo") if _may_act(request) else None
    if upload is not None:
        try:
            logo = clean_logo(upload, upload.size or 0)
        except BadBranding as error:
            logo = str(error)
    return _business(request, slug, logo)


def _may_act(request: HttpRequest) -> bool:
    """Return whether the sender may change contractors, so that no stranger has a file decoded."""
    return request.method == "POST" and isinstance(request.user, User) and request.user.can(Ability.SET_UP)


@tenant_page(Ability.SET_UP, "GET", "HEAD", "POST")
def _business(request: HttpRequest, tenant: Tenant, logo: SentLogo) -> HttpResponse:
    return form_step(request, tenant, BY_SLUG["business"], logo)


@tenant_page(Ability.SET_UP, "GET", "HEAD", "POST")
def step(request: HttpRequest, tenant: Tenant, step: str) -> HttpResponse:
    """Show and store a step. Another word, such as `acts` of the address of an action, leads to the first open step."""
    if step not in FORMS:
        return redirect("onboarding:setup", tenant.slug)
    return form_step(request, tenant, BY_SLUG[step])


def form_step(request: HttpRequest, tenant: Tenant, step: Step, logo: SentLogo = "") -> HttpResponse:
    """Show and store a step that is a single form."""
    present = values.STORED[step.slug].read(tenant)
    form = _form(step, tenant, present, request)
    if isinstance(logo, str) and logo:
        form.add_error("new_logo", logo)
    if form.is_valid():
        given, actor = form.values(), actor_of(request)
        if logo and not isinstance(logo, str):
            content_type, content = logo
            stored = Logo.objects.create(tenant=tenant, content_type=content_type, content=content)
            given["logo"] = str(stored.public_id)
        try:
            changed = values.save(
                step.slug, tenant=tenant, values=given, seen=form.seen_state(), by=actor,
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
        except values.ChangedInTheMeantime as error:
            form = _form(step, tenant, values.STORED[step.slug].read(tenant)).with_conflicts(form, str(error))
        except OnboardingRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{step.title}: saved." if changed else f"{step.title}: nothing changed.")
            following = next_step(step.slug)
            return redirect("onboarding:step", tenant.slug, following.slug if following else step.slug)
    context = {"form": form, "logo": logo_address(tenant, present.get("logo", ""))}
    return show(request, tenant, step, context, status=422 if form.errors else 200)


def _form(step: Step, tenant: Tenant, present: dict[str, Any], request: HttpRequest | None = None) -> Any:
    data, files = (request.POST, request.FILES) if request and request.method == "POST" else (None, None)
    form = FORMS[step.slug](data, files, state=present)
    if step.slug == "legal":
        for kind, text in templates_for(tenant.name).items():
            form.initial[kind] = form.initial.get(kind) or text
    return form


@tenant_page(Ability.SET_UP, "POST")
def undo(request: HttpRequest, tenant: Tenant, step: str) -> HttpResponse:
    """Restore the values before the last change of a step."""
    form = UndoForm(request.POST)
    if step not in values.STORED or step not in BY_SLUG:
        raise Http404
    # It may restore an address that was removed, and that receives personal data.
    if step == "notices" and (asking := ask_to_confirm(request)):
        return asking
    with errors_shown(request, OnboardingRefused):
        number = form.cleaned_data["number"] if form.is_valid() else 0
        values.undo(step, tenant=tenant, number=number, by=actor_of(request), reason=f"{REASON}: undo")
        messages.success(request, f"{BY_SLUG[step].title}: the last change was undone.")
    return redirect("onboarding:step", tenant.slug, step)


def logo_address(tenant: Tenant, public_id: str) -> str:
    """Return a logo as a data URI; empty without one. At most one query."""
    row = Logo.objects.filter(tenant=tenant, public_id=public_id).first() if public_id else None
    return f"data:{row.content_type};base64,{b64encode(row.content).decode()}" if row else ""


def show(
    request: HttpRequest, tenant: Tenant, step: Step, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a step between its progress list and its last change."""
    last = values.last_change(tenant, step.slug) if step.slug in values.STORED else None
    steps = _progress(tenant)
    required = [entry for entry in steps if entry.is_required]
    frame = {
        "tenant": tenant,
        "zone": tenant.zone_name,
        "step": step,
        "steps": steps,
        "done": sum(entry.is_done for entry in required),
        "required": required,
        "lacking": [entry for part in steps for entry in part.missing],
        "following": next_step(step.slug),
        "last": last,
        "why_not_undone": values.why_not_undone(last, tenant) if last else "",
    }
    return render(request, f"onboarding/setup/{step.slug}.html", frame | context, status=status)


def _progress(tenant: Tenant) -> Any:
    facts = launch_facts([tenant])[tenant.pk]
    return progress_of([*checklist(facts), *booking_entries(facts)], has_service=bool(service_names(tenant)))
