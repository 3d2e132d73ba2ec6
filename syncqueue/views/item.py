"""One item at the operators' desk: why it waits, and the ways to go on."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pagetojob.kernel.tenants.roles import Ability

from .. import access, masking, selectors, words
from ..errors import QueueError
from ..forms.operate import ManualCompleteForm, UnmaskForm
from ..models import ENDED, State, SyncItem
from ..services import operate


@never_cache
@require_safe
@access.operators_only(Ability.VIEW_QUEUE)
def item_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _item_page(request, access.item_for_operator(public_id))


@never_cache
@require_POST
@access.operators_only(Ability.ACT_ON_QUEUE)
def manual_complete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    item = access.item_for_operator(public_id)
    form = ManualCompleteForm(request.POST)
    if not form.is_valid():
        return _item_page(request, item, form=form)
    try:
        operate.mark_manual_complete(
            item=item,
            actor=access.actor_of(request),
            proof=form.to_proof(),
            reason=form.cleaned_data["reason"],
        )
    except QueueError as error:
        form.add_error(None, error.for_people)
        return _item_page(request, access.item_for_operator(public_id), form=form)
    messages.success(request, "Marked manual complete, with your proof. It is not counted as automation.")
    return redirect("ops:item", public_id=public_id)


@never_cache
@require_POST
@access.operators_only(Ability.UNMASK)
def unmask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the contact details once, in the answer to a reason that the audit log keeps."""
    item = access.item_for_operator(public_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return _item_page(request, item, unmask_form=form)
    operate.note_unmasking(item=item, actor=access.actor_of(request), reason=form.cleaned_data["unmask_reason"])
    return _item_page(request, item, unmasked=True)


def _item_page(
    request: HttpRequest,
    item: SyncItem,
    *,
    form: ManualCompleteForm | None = None,
    unmask_form: UnmaskForm | None = None,
    unmasked: bool = False,
) -> HttpResponse:
    actor = access.actor_of(request)
    context = {
        "item": item,
        "ended": item.state in ENDED,
        "held_by_worker": item.state == State.SENDING,
        "may_act": actor.can(Ability.ACT_ON_QUEUE),
        "may_unmask": actor.can(Ability.UNMASK),
        "unmasked": unmasked,
        "contact": _contact(item, unmasked=unmasked),
        "envelope": _envelope(item, unmasked=unmasked),
        "customer_sentence": words.customer_sentence(item.kind, item.state),
        "proof": _proof(item, shown=actor.can(Ability.UNMASK)),
        "next_step": words.NEXT_STEP[State(item.state)],
        "timeline": selectors.timeline(item),
        "siblings": selectors.siblings_of(item),
        "form": form or ManualCompleteForm(),
        "unmask_form": unmask_form or UnmaskForm(),
    }
    wrong = (form is not None and form.errors) or (unmask_form is not None and unmask_form.errors)
    return render(request, "syncqueue/item_detail.html", context, status=422 if wrong else 200)


def _proof(item: SyncItem, *, shown: bool) -> str:
    """Where it was finished by hand; what was typed there may name a person."""
    if item.done_at is None:
        return ""
    typed = f"{item.done_where}, reference {item.done_reference}" if shown else "•••"
    return f"{typed}, {item.done_at:%Y-%m-%d %H:%M} UTC"


def _contact(item: SyncItem, *, unmasked: bool) -> dict[str, str]:
    lead = item.lead
    if lead is None:
        return {}
    address = ", ".join(part for part in (lead.street, lead.city, f"{lead.state} {lead.zip}".strip()) if part)
    if unmasked:
        return {
            "Name": lead.name,
            "Phone": lead.phone,
            "E-mail": lead.email,
            "Address": address,
            "Message": lead.message,
        }
    return {
        "Name": masking.name(lead.name),
        "Phone": masking.phone(lead.phone) if lead.phone else "",
        "E-mail": masking.email(lead.email) if lead.email else "",
        "Address": "•••" if address else "",
        "Message": masking.text(lead.message),
    }


def _envelope(item: SyncItem, *, unmasked: bool) -> str:
    if not item.envelope:
        return ""
    shown = item.envelope if unmasked else masking.envelope(item.envelope)
    return json.dumps(shown, indent=2, ensure_ascii=False)
