"""Operators look at a tenant's features and move their switches."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pagetojob.gates import services
from pagetojob.gates.registry import FLAGS
from pagetojob.gates.selectors import gate_facts, gate_facts_by_tenant
from pagetojob.gates.services import SwitchRefused
from pagetojob.platform.access import tenant_for_operator
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability
from syncqueue.access import actor_of, operators_only

from . import boards, records
from .forms import KillForm, ReasonForm

A_PAGE = 50
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@operators_only(Ability.VIEW_QUEUE)
def tenants(request: HttpRequest) -> HttpResponse:
    """All tenants, with how many of their features are on. Three queries besides who asks."""
    page = Paginator(Tenant.objects.order_by("name", "pk"), A_PAGE).get_page(request.GET.get("page"))
    found, now = gate_facts_by_tenant(row.pk for row in page), timezone.now()
    lines = [boards.tenant_line(row.name, row.slug, found[row.pk], is_demo=row.is_demo, now=now) for row in page]
    context: dict[str, Any] = {"lines": lines, "note": f"Page {page.number} of {page.paginator.num_pages}"}
    if page.has_previous():
        context["newer_url"] = f"?page={page.previous_page_number()}"
    if page.has_next():
        context["older_url"] = f"?page={page.next_page_number()}"
    return render(request, "gates/list.html", context)


@require_safe
@operators_only(Ability.VIEW_QUEUE)
def tenant(request: HttpRequest, slug: str) -> HttpResponse:
    """One tenant: its flags, what each waits for, the evidence, who did what. Four queries besides who asks."""
    row, actor, now = tenant_for_operator(slug), actor_of(request), timezone.now()
    held = gate_facts(row)
    proofs = [(one, records.state(one, now)) for one in records.for_tenant(row)]
    context = {
        "tenant": row,
        "flags": boards.flag_lines(held, now=now),
        "gates": boards.gate_lines(held, now=now),
        "own": [pair for pair in proofs if pair[0].tenant_id],
        "of_house": [pair for pair in proofs if not pair[0].tenant_id],
        "history": records.history(row),
        "can_act": actor.can(Ability.ACT_ON_QUEUE),
        "is_lead": actor.can(Ability.SECOND_PERSON),
    }
    return render(request, "gates/tenant.html", context)


@get_or_post
@operators_only(Ability.ACT_ON_QUEUE)
def kill(request: HttpRequest, slug: str, flag: str) -> HttpResponse:
    """The kill switch: this page is the second press of two. Anybody on call may."""
    form = KillForm(typed(request))
    move = partial(services.kill, flag=known(flag), tenant=tenant_for_operator(slug), actor=actor_of(request))
    return _switch(request, form, move, {"act": "kill", "title": "Switch off", "harmful": True})


#: What the other three switches are called, and how each moves.
_ACTS: dict[str, tuple[str, Any]] = {
    "revive": ("Lift the kill switch", services.revive),
    "want": ("Note that the customer wants it", partial(services.want, on=True)),
    "unwant": ("Note that the customer no longer wants it", partial(services.want, on=False)),
}


@get_or_post
@operators_only(Ability.ACT_ON_QUEUE)
def switch(request: HttpRequest, slug: str, flag: str, act: str) -> HttpResponse:
    """Lift a kill (operator leads), or note a wish. Neither switches anything on by itself."""
    if act not in _ACTS:
        raise Http404
    title, service = _ACTS[act]
    form = ReasonForm(typed(request))
    move = partial(service, flag=known(flag), tenant=tenant_for_operator(slug), actor=actor_of(request))
    why = services.why_not_revive(actor_of(request)) if act == "revive" else ""
    return _switch(request, form, move, {"act": act, "title": title, "why": why})


def typed(request: HttpRequest) -> Any:
    """What was sent, even if it is nothing; None while the form is only looked at."""
    return request.POST if request.method == "POST" else None


def known(flag: str) -> str:
    """The slug of a flag of the registry; any other is a 404."""
    if flag not in FLAGS:
        raise Http404
    return flag


def _switch(request: HttpRequest, form: Any, move: Any, page: dict[str, Any]) -> HttpResponse:
    flag, row = move.keywords["flag"], move.keywords["tenant"]
    if request.method == "POST" and form.is_valid():
        try:
            move(reason=form.cleaned_data["reason"])
        except SwitchRefused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, f"{FLAGS[flag].title}: {_DONE[page['act']]}")
            return redirect("gates:tenant", row.slug)
    context = page | {"form": form, "tenant": row, "flag": FLAGS[flag], "crumb": FLAGS[flag].title}
    return render(request, "gates/switch.html", context, status=422 if form.errors else 200)


_DONE = {
    "kill": "switched off. Whatever was sending stops within a second.",
    "revive": "the kill switch is lifted. It is on again only if everything else is there.",
    "want": "noted. It is on once everything else is there.",
    "unwant": "noted. It is off.",
}
