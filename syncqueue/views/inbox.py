"""Operations pages of the inbox: view events, open sealed copies with a reason, rerun events, and rotate keys."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import PAGE_SIZE, page_links, page_number, requested_page, uncounted_links
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..forms.inbox import RecipeForm, RingForm
from ..inbox.outcomes import Outcome
from ..models import RERUNNABLE, EventState, InboxEvent, QuarantinedRequest
from ..selectors import inbox as selectors
from ..services import inbox_keys, inbox_work

#: The service of a rerun, its success message, and the page of the row.
_RERUNS: dict[type[access.InboxRow], tuple[Callable[..., None], str, str]] = {
    InboxEvent: (inbox_work.rerun_event, "Rerun queued. Its signature is checked again first.", "ops:inbox-event"),
    QuarantinedRequest: (
        inbox_work.rerun_quarantined,
        "Re-verification queued; the original receive time is used.",
        "ops:inbox-quarantined",
    ),
}


@operator_page(Ability.VIEW_QUEUE)
def board(request: HttpRequest) -> HttpResponse:
    """Show events, newest first, with the recent answers. Nine queries plus those for the user."""
    state = request.GET.get("state", "")
    state = state if state in EventState.values else ""
    context = selectors.board(state=state) | _page(request, selectors.events(state=state))
    return render(request, "syncqueue/inbox.html", context)


@operator_page(Ability.VIEW_QUEUE)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Show requests that were not trusted or not understood, newest first. Two queries plus those for the user."""
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in list(Outcome) else ""
    rows = selectors.quarantine(outcome=outcome)
    return render(request, "syncqueue/inbox_quarantine.html", {"outcome": outcome} | _page(request, rows))


@operator_page(Ability.VIEW_QUEUE)
def row(request: HttpRequest, public_id: UUID, model: type[access.InboxRow]) -> HttpResponse:
    return _row_page(request, access.inbox_row_for_operator(model, public_id))


@operator_page(Ability.UNMASK, "POST")
def unmask(request: HttpRequest, public_id: UUID, model: type[access.InboxRow]) -> HttpResponse:
    """Show the stored copy once, in response to a reason that the audit log records."""
    row, form = access.inbox_row_for_operator(model, public_id), ReasonForm(request.POST)
    if form.is_valid():
        with errors_on(form, VaultError):
            shown = inbox_work.show_copy(row, actor=actor_of(request), reason=form.cleaned_data["reason"])
            return _row_page(request, row, shown=shown)
    return _row_page(request, row, unmask_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def rerun(request: HttpRequest, public_id: UUID, model: type[access.InboxRow]) -> HttpResponse:
    row, form = access.inbox_row_for_operator(model, public_id), ReasonForm(request.POST)
    service, done, page = _RERUNS[model]
    if form.is_valid():
        with errors_on(form, inbox_work.RerunRefused):
            service(row, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, done)
            return redirect(page, public_id)
    return _row_page(request, row, rerun_form=form)


@operator_page(Ability.VIEW_QUEUE)
def keys(request: HttpRequest) -> HttpResponse:
    """Show the routes with their keys, by contractor. Three queries plus those for the user."""
    page = requested_page(request, selectors.routes())
    context = {"routes": selectors.with_keys(list(page)), **page_links(page)}
    return render(request, "syncqueue/inbox_keys.html", context)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
@confirmed_first
def key_ring(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Store a next key, or rotate the ring."""
    route, actor = access.route_for_operator(public_id), actor_of(request)
    form = RingForm(posted(request))
    if form.is_valid():
        secret, reason = form.secret(), form.cleaned_data["reason"]
        seen = form.cleaned_data["seen"]
        with errors_on(form, inbox_keys.RingRefused, VaultError):
            inbox_keys.require_seen(route=route, seen=seen)
            if secret:
                inbox_keys.keep_key(route=route, value=secret, actor=actor, reason=reason)
            else:
                inbox_keys.turn_ring(route=route, actor=actor, reason=reason)
            messages.success(request, "Key stored." if secret else "Keys rotated.")
            return redirect("ops:inbox-keys")
    context = {"route": route, "form": form, "ring": inbox_keys.ring_of(route)}
    return render(request, "syncqueue/inbox_ring.html", context, status=422 if form.errors else 200)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
@confirmed_first
def recipe(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change windows, headers or scheme of a route."""
    route = access.route_for_operator(public_id)
    form = RecipeForm.of(route, posted(request))
    if form.is_valid():
        with errors_on(form, inbox_keys.RingRefused):
            inbox_keys.set_recipe(
                route=route,
                recipe=form.recipe(),
                actor=actor_of(request),
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, "The new settings are in use.")
            return redirect("ops:inbox-keys")
    context = {"route": route, "form": form}
    return render(request, "syncqueue/inbox_recipe.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    """Read one row more than a page and count nothing: counting a long table costs more than the page."""
    number = page_number(request)
    page_rows = list(rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE + 1])
    filters = request.GET.copy()
    filters.pop("page", None)
    links = uncounted_links(number, more=len(page_rows) > PAGE_SIZE, query=filters.urlencode())
    return {"rows": page_rows[:PAGE_SIZE], **links}


def _row_page(request: HttpRequest, row: access.InboxRow, **more: Any) -> HttpResponse:
    is_event, actor = isinstance(row, InboxEvent), actor_of(request)
    again = row.state in RERUNNABLE if isinstance(row, InboxEvent) else row.outcome == Outcome.UNKNOWN_TYPE
    context = {
        "row": row,
        "is_event": is_event,
        "kept": row.box is not None,
        "can_unmask": actor.can(Ability.UNMASK) and row.box is not None,
        "can_rerun": actor.can(Ability.ACT_ON_QUEUE) and again and row.box is not None,
        "unmask_form": ReasonForm(prefix=None),
        "rerun_form": ReasonForm(),
    } | more
    wrong = any(form.is_bound and form.errors for form in (context["unmask_form"], context["rerun_form"]))
    return render(request, "syncqueue/inbox_one.html", context, status=422 if wrong else 200)
