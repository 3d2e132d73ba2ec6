"""Refusals of ServiceTitan: the list, and the page of one with its items and the button that checks it again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..errors import QueueError
from ..forms.operate import WhyForm
from ..selectors import refusals as selectors
from ..services.refusals import check_now, why_no_check
from .time_limit import list_view


@list_view()
def board(request: HttpRequest) -> HttpResponse:
    """Show open refusals, and those that ended last."""
    may_act = actor_of(request).can(Ability.ACT_ON_QUEUE)
    return render(request, "syncqueue/refusals.html", {"board": selectors.refusal_board(), "may_act": may_act})


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def refusal(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what a check would send and release; a POST starts it."""
    row = access.refusal_for_operator(public_id)
    form = WhyForm(posted(request))
    if form.is_valid():
        with errors_on(form, QueueError):
            check_now(refusal=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, "The first item is sent again. The others follow if ServiceTitan accepts it.")
            return redirect("ops:refusal", public_id=public_id)
    items = selectors.first_stopped(row)
    line = selectors.refusal_line(row)
    context = {
        "line": line,
        "row": row,
        "form": form,
        "items": items,
        "more": line.items - len(items),
        "why_not": why_no_check(row, actor_of(request)),
    }
    return render(request, "syncqueue/refusal.html", context, status=422 if form.errors else 200)
