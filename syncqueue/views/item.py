"""The operations page of one item: its problem, its actions, its history, and its photos."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.files import responses
from pagetojob.platform.forms import errors_on, errors_shown
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import QueueError
from ..filters import WORK_QUEUE, Filters
from ..forms.operate import AssignForm, HandOverForm, ManualCompleteForm, NoteForm, SnoozeForm, UnmaskForm
from ..models import State, SyncItem
from ..selectors.timeline import Timeline
from ..services import operate
from ..services.photos import show_photo
from ..unmasking import permission, reason_of
from .item_parts import done_before, item_context, usual_proof
from .queue import list_url


@operator_page(Ability.VIEW_QUEUE)
def item_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return item_page(request, access.item_for_operator(public_id))


@operator_page(Ability.VIEW_QUEUE)
def next_item(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go to the next item of the list that the URL's filters select."""
    return on_to_next(request, access.item_for_operator(public_id), ended=False)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def manual_complete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = ManualCompleteForm(request.POST, zone=item.tenant.time_zone, has_lead=item.lead_id is not None)
    if form.is_valid():
        with errors_on(form, QueueError):
            operate.mark_manual_complete(
                item=item,
                actor=actor_of(request),
                proof=form.to_proof(),
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, "Marked as done, with your proof. It is not counted as automation.")
            return on_to_next(request, item)
    return item_page(request, access.item_for_operator(public_id), form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    with errors_shown(request, QueueError):
        item = operate.undo(item=access.item_for_operator(public_id), actor=actor_of(request))
        messages.success(request, f"Undone. The item is {State(item.state).label} again.")
    return redirect("ops:item", public_id=public_id)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def add_note(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return item_page(request, item, note_form=form)
    note = operate.add_note(item=item, actor=actor_of(request), **form.cleaned_data)
    messages.success(request, "Your note is on the timeline." if note else "Your note was on the timeline already.")
    return redirect("ops:item", public_id=public_id)


@operator_page(Ability.UNMASK, "POST")
def unmask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the contact details once, in response to a reason that the audit log records."""
    item = access.item_for_operator(public_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return item_page(request, item, unmask_form=form)
    reason = form.cleaned_data["unmask_reason"]
    operate.note_unmasking(item=item, actor=actor_of(request), reason=reason)
    return item_page(request, item, unmask_reason=reason)


def back_to_item(request: HttpRequest, item: SyncItem) -> HttpResponse:
    """Show the item again, with the filters of the list that it was opened from."""
    return redirect(_item_url(request, item))


def back_to_list(request: HttpRequest) -> HttpResponse:
    """Show the list that the filters of the URL select."""
    filters = Filters.parse(request.GET)
    return redirect(list_url(filters if filters.active() else WORK_QUEUE))


def on_to_next(request: HttpRequest, item: SyncItem, *, ended: bool = True) -> HttpResponse:
    """Go to the item to work on after this one; to this one again if there is no other.

    `ended`: the next page offers to undo what was done here.
    """
    following = selectors.next_item(Filters.parse(request.GET), after=item, actor=actor_of(request))
    if following is None:
        messages.info(request, "No other item of this list needs a person now.")
        return back_to_item(request, item)
    return redirect(_item_url(request, following, done=item if ended else None))


def _item_url(request: HttpRequest, item: SyncItem, *, done: SyncItem | None = None) -> str:
    fields = [*Filters.parse(request.GET).as_fields(), *([("done", str(done.public_id))] if done else [])]
    return reverse("ops:item", args=[item.public_id]) + (f"?{urlencode(fields)}" if fields else "")


def item_page(request: HttpRequest, item: SyncItem, *, unmask_reason: str = "", **forms: Form) -> HttpResponse:
    """Show the page. `forms` are those with errors, by their name in the template.

    Contact details that were shown before an error stay shown.
    """
    actor, filters = actor_of(request), Filters.parse(request.GET)
    # The permission of the first page, and no newer one: otherwise each error would extend it.
    shown = permission(item, actor, unmask_reason) or request.POST.get("shown", "")
    reason = reason_of(shown, item=item, actor=actor)
    parts = item_context(item, actor, unmask_reason=reason)
    context: dict[str, Any] = {
        **parts,
        **triage_forms(parts["work"], parts["may_act"]),
        "shown": shown if reason else "",
        "queue_query": filters.as_query(),
        "list_url": list_url(filters if filters.active() else WORK_QUEUE),
        "done": done_before(request.GET.get("done", ""), actor),
        "form": ManualCompleteForm(
            zone=item.tenant.time_zone, has_lead=item.lead_id is not None, initial=usual_proof(item)
        ),
        "unmask_form": UnmaskForm(),
        "note_form": NoteForm(initial={"seen": _notes_seen(parts["timeline"])}),
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    with timezone.override(item.tenant.shown_zone):  # a page about one tenant shows that tenant's time
        return render(request, "syncqueue/item_detail.html", context, status=422 if wrong else 200)


def _notes_seen(timeline: Timeline) -> int | None:
    """Return how many notes an item has, if the page shows all of them."""
    if "notes" in timeline.cut:
        return None
    return sum(event.sort == "note" for event in timeline.events)


def triage_forms(work: selectors.WorkFacts, may_act: bool) -> dict[str, Form]:
    """Return the forms that assign, hand over and snooze an item. A single query; none for a viewer."""
    if not may_act:
        return {}
    people = selectors.people()
    chosen = {"assignee": work.assignee_id or "", "seen": work.assignee_id or 0}
    return {
        "assign_form": AssignForm(people=people, initial=chosen),
        "hand_form": HandOverForm(people=people),
        "snooze_form": SnoozeForm(),
    }


@operator_page(Ability.UNMASK, "POST")
def photo(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Return one photo in response to `unmask_reason`. By POST, so that no link and no cache contains it."""
    item = access.item_for_operator(public_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "item": item, "position": position}
        return render(request, "syncqueue/photo_reason.html", context, status=422)
    shown = item.lead and show_photo(
        lead=item.lead,
        position=position,
        actor=actor_of(request),
        reason=form.cleaned_data["unmask_reason"],
    )
    if not shown:
        raise Http404
    file, content = shown
    return responses.picture(content, content_type=file.content_type, name=file.name)
