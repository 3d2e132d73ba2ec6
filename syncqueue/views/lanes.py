"""Lanes: their status and rate, and the page to pause or resume one."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import page_number, uncounted_links
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import QueueError
from ..forms.operate import FindLanes, WhyForm
from ..models import Kind
from ..services import circuit_breaker
from .time_limit import list_view

#: The service, the label and the success message of each action.
_ACTS: dict[str, tuple[Any, str, str]] = {
    "pause": (circuit_breaker.pause, "Pause lane", "Lane paused. Items that a worker already holds are finished."),
    "resume": (
        circuit_breaker.resume,
        "Resume lane",
        "Lane resumed, starting with the most urgent and longest due items.",
    ),
}


@list_view()
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
        "may_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        **uncounted_links(number, more=lane_page.more, query=urlencode({"tenant": slug}) if slug else ""),
    }
    return render(request, "syncqueue/lanes.html", context)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def act(request: HttpRequest, slug: str, kind: str, act: str) -> HttpResponse:
    """Preview with GET, pause or resume with POST."""
    lane = access.lane_for_operator(slug, kind)
    if act not in _ACTS:
        raise Http404
    service, label, done = _ACTS[act]
    form = WhyForm(posted(request))
    if form.is_valid():
        with errors_on(form, QueueError):
            service(lane=lane, actor=actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, done)
            return redirect("ops:lanes")
    context = {
        "lane": lane,
        "kind": Kind(lane.kind).label,
        "form": form,
        "act": act,
        "title": label,
    }
    return render(request, "syncqueue/lane_act.html", context, status=422 if form.errors else 200)
