"""`/ops/on-call/`: the schedule, the reader's contact for alarms, and the acknowledgment of alarms."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on, errors_shown, typed_id
from pagetojob.platform.tenants.roles import Ability

from . import incidents
from .models import AlarmIncident, OnCallShift
from .on_call import (
    ScheduleRefused,
    add_shift,
    coming_shifts,
    contacts_of,
    people_for,
    set_contact,
    set_removed,
    with_people,
)
from .on_call_forms import ContactForm, ShiftForm


@operator_page(Ability.VIEW_QUEUE)
def on_call(request: HttpRequest) -> HttpResponse:
    """Show the schedule, and the forms that change it."""
    return _page(request, None)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def new_shift(request: HttpRequest) -> HttpResponse:
    """Add a shift."""
    actor = actor_of(request)
    form = ShiftForm(request.POST)
    if form.is_valid():
        with errors_on(form, ScheduleRefused):
            add_shift(by=actor, **form.cleaned_data)
            messages.success(request, "The shift is on the schedule.")
            return redirect("core:ops-on-call")
    return _page(request, form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def contact(request: HttpRequest) -> HttpResponse:
    """Set how the reader is notified."""
    form = ContactForm(request.POST)
    if form.is_valid():
        with errors_on(form, ScheduleRefused):
            set_contact(user=actor_of(request), **form.cleaned_data)
            messages.success(request, "Your contact for alarms is saved.")
            return redirect("core:ops-on-call")
    return _page(request, None, contact_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def remove_shift(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Remove a shift; the next page offers to undo that."""
    response = _set_removed(request, public_id, removed=True)
    response["Location"] += f"?removed={public_id}"
    return response


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def undo_removal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a removed shift back."""
    return _set_removed(request, public_id, removed=False)


def _set_removed(request: HttpRequest, public_id: UUID, *, removed: bool) -> HttpResponse:
    row = get_object_or_404(OnCallShift, public_id=public_id)
    with errors_shown(request, ScheduleRefused):
        set_removed(shift=row, removed=removed, by=actor_of(request))
        messages.success(request, "The shift was removed." if removed else "The shift is back.")
    return redirect("core:ops-on-call")


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Acknowledge one alarm or all that the page showed, or undo that."""
    actor, act = actor_of(request), request.POST.get("act", "")
    shown = set(request.POST.getlist("shown"))
    if act == "all":
        rows = [row for row in incidents.incidents_now() if incidents.mark_of(row) in shown]
        count = incidents.acknowledge(incidents=rows, by=actor)
        messages.success(request, f"You acknowledged {count} alarm{'' if count == 1 else 's'}.")
        return redirect("core:ops-alarms")
    row = AlarmIncident.objects.filter(public_id=typed_id(request.POST.get("incident", ""))).first()
    if row is None:
        messages.error(request, "Choose an alarm.")
    elif act == "undo":
        changed = incidents.undo_acknowledge(incident=row, by=actor)
        messages.success(request, "Undone: people are notified again." if changed else "This alarm has ended.")
    else:
        rows = [row] if incidents.mark_of(row) in shown else []
        changed = bool(incidents.acknowledge(incidents=rows, by=actor))
        words = "Nothing changed: the alarm has ended, someone acknowledged it, or another request joined it."
        if changed:
            words = "You acknowledged the alarm, so no one else is notified of it."
        messages.success(request, words)
    return redirect("core:ops-alarms")


def _page(request: HttpRequest, form: ShiftForm | None, *, contact_form: ContactForm | None = None) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    mine = contacts_of([actor])[actor.pk]
    removed = OnCallShift.objects.filter(public_id=typed_id(request.GET.get("removed", "")), removed_at__isnull=False)
    context = {
        "form": form or ShiftForm(),
        "contact_form": contact_form or ContactForm.of(mine),
        "shifts": coming_shifts(now),
        "removed": next(iter(with_people(list(removed))), None),
        "people": [people_for(level, now) for level in range(3)],
        "can_act": actor.can(Ability.ACT_ON_QUEUE),
    }
    is_wrong = bool((form and form.errors) or (contact_form and contact_form.errors))
    return render(request, "ops/on_call.html", context, status=422 if is_wrong else 200)
