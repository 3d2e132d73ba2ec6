"""The operations page of one item: its problem, its actions, its history, and its photos."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.forms import errors_on, errors_shown
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..errors import QueueError
from ..forms.operate import ManualCompleteForm, NoteForm, UnmaskForm
from ..models import SyncItem
from ..services import operate
from ..services.photos import show_photo
from .item_parts import item_context


@access.operator_page(Ability.VIEW_QUEUE)
def item_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _item_page(request, access.item_for_operator(public_id))


@access.operator_page(Ability.ACT_ON_QUEUE, "POST")
def manual_complete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = ManualCompleteForm(request.POST, zone=item.tenant.time_zone)
    if form.is_valid():
        with errors_on(form, QueueError):
            operate.mark_manual_complete(
                item=item,
                actor=access.actor_of(request),
                proof=form.to_proof(),
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, "Marked as done, with your proof. It is not counted as automation.")
            return redirect("ops:item", public_id=public_id)
    return _item_page(request, access.item_for_operator(public_id), form=form)


@access.operator_page(Ability.ACT_ON_QUEUE, "POST")
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    with errors_shown(request, QueueError):
        item = operate.undo(item=access.item_for_operator(public_id), actor=access.actor_of(request))
        messages.success(request, f"Undone. The item is {item.state} again.")
    return redirect("ops:item", public_id=public_id)


@access.operator_page(Ability.ACT_ON_QUEUE, "POST")
def add_note(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _item_page(request, item, note_form=form)
    operate.add_note(item=item, actor=access.actor_of(request), text=form.cleaned_data["text"])
    messages.success(request, "Your note is on the timeline.")
    return redirect("ops:item", public_id=public_id)


@access.operator_page(Ability.UNMASK, "POST")
def unmask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the contact details once, in response to a reason that the audit log records."""
    item = access.item_for_operator(public_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return _item_page(request, item, unmask_form=form)
    reason = form.cleaned_data["unmask_reason"]
    operate.note_unmasking(item=item, actor=access.actor_of(request), reason=reason)
    return _item_page(request, item, unmask_reason=reason)


def _item_page(request: HttpRequest, item: SyncItem, *, unmask_reason: str = "", **forms: Form) -> HttpResponse:
    """Show the page. `forms` are those with errors, by their name in the template."""
    context: dict[str, Any] = {
        **item_context(item, access.actor_of(request), unmask_reason=unmask_reason),
        "form": ManualCompleteForm(zone=item.tenant.time_zone),
        "unmask_form": UnmaskForm(),
        "note_form": NoteForm(),
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "syncqueue/item_detail.html", context, status=422 if wrong else 200)


@access.operator_page(Ability.UNMASK, "POST")
def photo(request: HttpRequest, public_id: UUID, position: int) -> HttpResponse:
    """Return one photo in response to `unmask_reason`. By POST, so that no link and no cache contains it."""
    item = access.item_for_operator(public_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "item": item, "position": position}
        return render(request, "syncqueue/photo_reason.html", context, status=422)
    picture = item.lead and show_photo(
        lead=item.lead,
        position=position,
        actor=access.actor_of(request),
        reason=form.cleaned_data["unmask_reason"],
    )
    if not picture:
        raise Http404
    file, content = picture
    return HttpResponse(
        content,
        content_type=file.content_type,
        headers={
            "Content-Disposition": f'inline; filename="{file.name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
