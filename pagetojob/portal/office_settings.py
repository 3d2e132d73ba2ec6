"""Settings that a contractor's owner changes: hours, holidays, phones, zones, and pausing the website.

The forms, values and undo are those of setup. A change is on the website within a second.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.gates.selectors import killed
from pagetojob.onboarding.checklist import missing_entries
from pagetojob.onboarding.errors import OnboardingRefused
from pagetojob.onboarding.facts import launch_facts
from pagetojob.onboarding.lifecycle import change_state, why_not
from pagetojob.onboarding.setup import values
from pagetojob.onboarding.setup.forms import PhonesForm, UndoForm, WeekForm, ZonesForm
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.contractor_hosts import address_of_website
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, Membership, Tenant
from pagetojob.platform.tenants.roles import TenantRole
from pagetojob.titanmap.capacity import read_holidays
from pagetojob.titanmap.models import ZoneState
from pagetojob.titanmap.opening_hours import opening_lines
from syncqueue.selectors.website import ZONE_WORDS

from .views import frame

REASON = "Changed in the portal."
#: Step of setup to its title and explanation.
STEPS = {
    "hours": ("Hours and holidays", "Your website shows them, and the response timer counts them."),
    "phones": ("Phone numbers", "Your website shows them."),
    "zones": ("Service areas", "Pause an area when you do not want new jobs there. Visitors see it on your website."),
}


@member_page(TenantRole.OWNER)
def overview(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show every setting with its present value, and what a resumed website would lack. 17 queries with the frame."""
    tenant = membership.tenant
    profile = BusinessProfile.of(tenant.pk)
    to = {Lifecycle.LIVE: Lifecycle.PAUSED, Lifecycle.PAUSED: Lifecycle.LIVE}.get(Lifecycle(tenant.state))
    shown = {
        "opening": opening_lines(profile.hours),
        "holidays": [(day, name) for day, name in read_holidays(profile.hours) if day >= timezone.localdate()],
        "profile": profile,
        "website": address_of_website(tenant),
        "zones": [{"name": zone.name, "word": ZONE_WORDS[zone.zone_state][0]} for zone in values.public_zones(tenant)],
        "form_is_off": "booking-request-fallback" in killed(tenant),
        "to": to,
        "why_not": why_not(tenant, to, membership.user) if to else "",
        "missing": missing_entries(launch_facts([tenant])[tenant.pk]) if to else [],
    }
    return render(request, "portal/settings.html", frame(request, membership, **shown))


@member_page(TenantRole.OWNER, methods=("GET", "HEAD", "POST"))
def step(request: HttpRequest, membership: Membership, step: str) -> HttpResponse:
    """Show and store the values of one setting."""
    _require_step(step)
    tenant, present = membership.tenant, values.STORED[step].read(membership.tenant)
    form = _form(step, tenant, present, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            changed = values.save(
                step, tenant=tenant, values=form.values(), seen=form.seen_state(), by=actor_of(request), reason=REASON
            )
        except values.ChangedInTheMeantime as error:
            form = _form(step, tenant, values.STORED[step].read(tenant)).with_conflicts(form, str(error))
        except OnboardingRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{STEPS[step][0]}: saved." if changed else f"{STEPS[step][0]}: nothing changed.")
            return redirect("portal:setting", step)
    return _show(request, membership, step, form)


@member_page(TenantRole.OWNER, methods=("POST",))
def undo(request: HttpRequest, membership: Membership, step: str) -> HttpResponse:
    """Restore the values before the last change of a setting. The target is on the page of notices."""
    title, page = ("Target and escalation", "portal:notices") if step == "target" else (_title(step), "portal:setting")
    form = UndoForm(request.POST)
    with errors_shown(request, OnboardingRefused):
        number = form.cleaned_data["number"] if form.is_valid() else 0
        values.undo(step, tenant=membership.tenant, number=number, by=actor_of(request), reason="Undone in the portal.")
        messages.success(request, f"{title}: the last change was undone.")
    return redirect(page, *([step] if page == "portal:setting" else []))


@member_page(TenantRole.OWNER, methods=("POST",))
def pause(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Pause the website, or resume it. `seen` is the version that the page showed."""
    tenant, to = membership.tenant, request.POST.get("to", "")
    with errors_shown(request, OnboardingRefused):
        if to not in (Lifecycle.PAUSED, Lifecycle.LIVE) or request.POST.get("seen") != str(tenant.version):
            raise OnboardingRefused("The website was changed in the meantime. Check its state and try again.")
        change_state(tenant=tenant, to=to, by=actor_of(request), reason=REASON)
        messages.success(request, _PAUSED if to == Lifecycle.PAUSED else "The website is live again.")
    return redirect("portal:settings")


_PAUSED = "The website is paused. Visitors see your phone number and cannot send a request."


def _require_step(step: str) -> None:
    if step not in STEPS:
        raise Http404


def _title(step: str) -> str:
    _require_step(step)
    return STEPS[step][0]


def _form(step: str, tenant: Tenant, present: dict[str, Any], data: Any = None) -> Any:
    """Return the form of setup, without its reason: the portal gives its own."""
    form: Any
    if step == "zones":
        labels = {str(zone.public_id): zone.name for zone in values.public_zones(tenant)}
        form = ZonesForm(data, state=present, labels=labels)
        for public_id in labels:
            form.fields[public_id].choices = [(state, ZONE_WORDS[state][0]) for state in ZoneState]
    else:
        form = {"hours": WeekForm, "phones": PhonesForm}[step](data, state=present)
    del form.fields["reason"]
    return form


def _show(request: HttpRequest, membership: Membership, step: str, form: Any) -> HttpResponse:
    tenant, last = membership.tenant, values.last_change(membership.tenant, step)
    title, lead = STEPS[step]
    shown = {
        "step": step,
        "title": title,
        "step_lead": lead,
        "form": form,
        "last": last,
        "can_undo": last is not None and last.after == values.STORED[step].read(tenant),
    }
    context = frame(request, membership, **shown)
    return render(request, "portal/setting.html", context, status=422 if form.errors else 200)
