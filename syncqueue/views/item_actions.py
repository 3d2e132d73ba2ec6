"""Operators' actions with a preview page: GET shows what will happen, POST does it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import QueueError
from ..forms.operate import ExcludeForm, MoveForm, UnmaskForm
from ..item_actions import Move, facts_of, label_of, person_of, why_not
from ..models import ENDED, SyncItem
from ..services import exclusions, operate
from .item import back_to_item, on_to_next


@dataclass(frozen=True)
class _Page:
    """The page of one action: its service, with the answers of the form that it takes, and its success message.

    `shows_body` previews the content of a send. `completes`: the item needs no person any more, so the next one opens.
    """

    act: Callable[..., object]
    done: str
    form: type[MoveForm] = MoveForm
    takes: tuple[str, ...] = ("reason",)
    shows_body: bool = False
    harmful: bool = False
    completes: bool = False


_PAGES: dict[Move, _Page] = {
    Move.RESEND: _Page(
        operate.resend,
        "Queued. It is sent within seconds.",
        takes=("reason", "seen"),
        shows_body=True,
        completes=True,
    ),
    Move.ASK_RESEND: _Page(
        operate.ask_resend,
        "Resend requested. Another person, an operator lead, must confirm it.",
        takes=("reason", "seen"),
        shows_body=True,
    ),
    Move.CANCEL: _Page(operate.cancel, "Canceled, with your reason.", harmful=True, completes=True),
    Move.EXCLUDE: _Page(
        exclusions.exclude,
        "The request is excluded from the ledger, and its open items are canceled.",
        ExcludeForm,
        takes=("reason", "excluded_as"),
        harmful=True,
        completes=True,
    ),
    Move.TAKE_BACK: _Page(
        exclusions.take_back_in,
        "The request is included again. A handoff that was canceled over a minute ago remains canceled.",
    ),
    Move.NOT_A_BOT: _Page(exclusions.clear_suspicion, "The suspicion is cleared."),
}


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def move_page(request: HttpRequest, public_id: UUID, move: Move) -> HttpResponse:
    """Preview with GET, act with POST."""
    item, page = access.item_for_operator(public_id), _PAGES[move]
    if request.method != "POST":
        if why := why_not(move, facts_of(item), person_of(actor_of(request))):
            messages.error(request, why)
            return redirect("ops:item", public_id=public_id)
        return _preview(request, item, move, page.form(initial={"seen": item.version}))
    form = page.form(request.POST)
    if form.is_valid():
        with errors_on(form, QueueError):
            answers = {name: form.cleaned_data[name] for name in page.takes}
            page.act(item=item, actor=actor_of(request), **answers)
            messages.success(request, page.done)
            return on_to_next(request, item) if page.completes else back_to_item(request, item)
    return _preview(request, access.item_for_operator(public_id), move, form)


@operator_page(Ability.UNMASK, "POST")
def unmask_preview(request: HttpRequest, public_id: UUID, move: Move) -> HttpResponse:
    """Show the same preview with contact details, for a reason that the audit log records."""
    item = access.item_for_operator(public_id)
    form, unmask_form = _PAGES[move].form(initial={"seen": item.version}), UnmaskForm(request.POST)
    if not unmask_form.is_valid():
        return _preview(request, item, move, form, unmask_form=unmask_form)
    reason = unmask_form.cleaned_data["unmask_reason"]
    operate.note_unmasking(item=item, actor=actor_of(request), reason=reason)
    return _preview(request, item, move, form, unmasked=True)


def _preview(
    request: HttpRequest,
    item: SyncItem,
    move: Move,
    form: MoveForm,
    *,
    unmask_form: UnmaskForm | None = None,
    unmasked: bool = False,
) -> HttpResponse:
    page, facts, actor = _PAGES[move], facts_of(item), actor_of(request)
    context = {
        "item": item,
        "move": move,
        "facts": facts,
        "ended": item.state in ENDED,
        "page": page,
        "label": label_of(move, facts),
        "why": why_not(move, facts, person_of(actor)),
        "form": form,
        "unmask_form": unmask_form or UnmaskForm(),
        "unmasked": unmasked,
        "part": f"syncqueue/move_{move.name.lower()}.html",
        "body": selectors.body_now(item, unmasked=unmasked) if page.shows_body else None,
        "effect": selectors.effect_of(item) if page.shows_body else None,
        "asked_by": selectors.asked_by(item),
        "related": selectors.related_items(item),
    }
    wrong = form.errors or (unmask_form is not None and unmask_form.errors)
    return render(request, "syncqueue/move.html", context, status=422 if wrong else 200)
