"""Lanes: their status and rate, and the page to pause or resume one."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import page_number, uncounted_links
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import QueueError
from ..forms.lanes import FindLanes, LaneForm
from ..models import Kind, Lane
from ..services import circuit_breaker
from .time_limit import for_viewers

#: The service, the label and the success message of each action.
_ACTS: dict[str, tuple[Any, str, str]] = {
    "pause": (circuit_breaker.pause, "Pause lane", "Lane paused. Items that a worker already holds are finished."),
    "resume": (
        circuit_breaker.resume,
        "Resume lane",
        "Lane resumed, starting with the most urgent and longest due items.",
    ),
}


@never_cache
@require_safe
@for_viewers
def board(request: HttpRequest) -> HttpResponse:
    """Show the lanes of all tenants or of one. Two queries plus those for the user."""
    form = FindLanes(request.GET)
    slug = form.cleaned_data["tenant"] if form.is_valid() else ""
    number = page_number(request)
    lane_page = selectors.lanes_page(slug, number)
    context = {
        "lines": lane_page.lines,
        "form": form,
        "slug": slug,
        "may_act": access.actor_of(request).can(Ability.ACT_ON_QUEUE),
        "now": timezone.now(),
        **uncounted_links(number, more=lane_page.more, query=urlencode({"tenant": slug}) if slug else ""),
    }
    return render(request, "syncqueue/lanes.html", context)


@access.operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def act(request: HttpRequest, slug: str, kind: str, act: str) -> HttpResponse:
    """Preview with GET, pause or resume with POST."""
    lane, (service, label, done) = access.lane_for_operator(slug, kind), _known(act)
    form = LaneForm(posted(request))
    if form.is_valid():
        with errors_on(form, QueueError):
            service(lane=lane, actor=access.actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, done)
            return redirect("ops:lanes")
    return _act_page(request, lane, form, act, label)


def _act_page(request: HttpRequest, lane: Lane, form: LaneForm, act: str, label: str) -> HttpResponse:
    context = {
        "lane": lane,
        "kind": Kind(lane.kind).label,
        "form": form,
        "act": act,
        "label": label,
        "title": f"{label} lane",
    }
    return render(request, "syncqueue/lane_act.html", context, status=422 if form.errors else 200)


def _known(act: str) -> tuple[Any, str, str]:
    if act not in _ACTS:
        raise Http404
    return _ACTS[act]
