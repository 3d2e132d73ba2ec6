"""Assign, hand over, snooze and wake an item. Each is a POST from the item page, which shows it again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on, errors_shown, typed_number
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import QueueError
from ..forms.operate import AssignForm, HandOverForm, SnoozeForm, to_snooze
from ..services import triage
from .item import back_to_item, back_to_list, item_page, on_to_next
from .item_parts import local


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def assign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Assign the item to the chosen person, or to no one."""
    item = access.item_for_operator(public_id)
    form = AssignForm(request.POST, people=selectors.people())
    if form.is_valid():
        with errors_on(form, QueueError):
            to = form.cleaned_data["assignee"]
            triage.assign(item=item, actor=actor_of(request), to=to, seen=form.cleaned_data["seen"])
            messages.success(request, f"Assigned to {to.name}." if to else "Assigned to no one.")
            return back_to_item(request, item)
    return item_page(request, item, assign_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def take(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Assign the item to the person who asks."""
    item, actor = access.item_for_operator(public_id), actor_of(request)
    with errors_shown(request, QueueError):
        # The id of the assignee that the page showed, 0 for none.
        triage.assign(item=item, actor=actor, to=actor, seen=typed_number(request.POST.get("seen")))
        messages.success(request, "Assigned to you.")
    return back_to_list(request) if request.POST.get("back") == "list" else back_to_item(request, item)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def handover(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = HandOverForm(request.POST, people=selectors.people())
    if form.is_valid():
        with errors_on(form, QueueError):
            to = form.cleaned_data["hand_to"]
            triage.handover(item=item, actor=actor_of(request), to=to, note=form.cleaned_data["hand_note"])
            messages.success(request, f"Handed over to {to.name}, with your note.")
            return on_to_next(request, item)
    return item_page(request, item, hand_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def snooze(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = SnoozeForm(request.POST)
    if form.is_valid():
        with errors_on(form, QueueError):
            until = triage.snooze(item=item, actor=actor_of(request), how=to_snooze(form.cleaned_data))
            messages.success(request, f"Snoozed until {local(until, item.tenant.shown_zone)}.")
            return on_to_next(request, item)
    return item_page(request, item, snooze_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def wake(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    with errors_shown(request, QueueError):
        triage.wake(item=item, actor=actor_of(request))
        messages.success(request, "Back in the work queue.")
    return back_to_item(request, item)
