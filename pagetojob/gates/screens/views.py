"""Feature pages for operators: flags with their gates, and the switches."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.gates import proof, services
from pagetojob.gates.registry import FLAGS
from pagetojob.gates.selectors import gate_facts, gate_facts_by_tenant
from pagetojob.gates.services import SwitchRefused
from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import boards, records
from .forms import KillForm


@operator_page(Ability.VIEW_QUEUE)
def tenants(request: HttpRequest) -> HttpResponse:
    """List all tenants with the number of active features. Three queries in addition to those for the user."""
    page = requested_page(request, Tenant.objects.order_by("name", "pk"))
    snapshots, now = gate_facts_by_tenant(row.pk for row in page), timezone.now()
    lines = [boards.tenant_line(row, snapshots[row.pk], now=now) for row in page]
    return render(request, "gates/list.html", {"lines": lines, **page_links(page)})


@tenant_page(Ability.VIEW_QUEUE)
def tenant(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show a tenant's flags, missing requirements, evidence and history. Four queries and those for the user."""
    actor, now = actor_of(request), timezone.now()
    snapshot = gate_facts(tenant)
    own, ours = records.for_tenant(tenant, now)
    context = {
        "tenant": tenant,
        "flags": boards.flag_lines(snapshot, now=now),
        "gates": boards.gate_lines(snapshot, now=now),
        "own": own,
        "of_house": ours,
        "history": records.history(tenant),
        "can_act": actor.can(Ability.ACT_ON_QUEUE),
        "is_lead": actor.can(Ability.SECOND_PERSON),
        "why_no_evidence": proof.why_no_more_evidence(tenant),
    }
    return render(request, "gates/tenant.html", context)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def kill(request: HttpRequest, tenant: Tenant, flag: str) -> HttpResponse:
    """Switch a feature off. This page is the second of two clicks; anyone on call may use it."""
    form = KillForm(posted(request))
    move = partial(services.kill, flag=known(flag), tenant=tenant, actor=actor_of(request))
    why = services.why_final(flag, tenant)
    return _switch(request, form, move, {"act": "kill", "title": "Switch off", "harmful": True, "why": why})


#: Titles and services of the other three switches.
_ACTS: dict[str, tuple[str, Any]] = {
    "revive": ("Lift the kill switch", services.revive),
    "want": ("Record that the customer wants it", partial(services.want, on=True)),
    "unwant": ("Record that the customer no longer wants it", partial(services.want, on=False)),
}


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def switch(request: HttpRequest, tenant: Tenant, flag: str, act: str) -> HttpResponse:
    """Lift a kill switch (operator leads), or record a customer's wish. Neither opens a gate."""
    if act not in _ACTS:
        raise Http404
    title, service = _ACTS[act]
    form = ReasonForm(posted(request))
    move = partial(service, flag=known(flag), tenant=tenant, actor=actor_of(request))
    why = services.why_not_revive(actor_of(request)) if act == "revive" else ""
    return _switch(request, form, move, {"act": act, "title": title, "why": why or services.why_final(flag, tenant)})


def known(flag: str) -> str:
    """Return the slug if the registry has this flag, or raise a 404."""
    if flag not in FLAGS:
        raise Http404
    return flag


def _switch(request: HttpRequest, form: Any, move: Any, page: dict[str, Any]) -> HttpResponse:
    flag, row = move.keywords["flag"], move.keywords["tenant"]
    if form.is_valid():
        with errors_on(form, SwitchRefused):
            move(reason=form.cleaned_data["reason"])
            messages.success(request, f"{FLAGS[flag].title}: {_DONE[page['act']]}")
            return redirect("gates:tenant", row.slug)
    context = page | {"form": form, "tenant": row, "flag": FLAGS[flag], "crumb": FLAGS[flag].title}
    return render(request, "gates/switch.html", context, status=422 if form.errors else 200)


_DONE = {
    "kill": "switched off. Sending stops within a second.",
    "revive": "the kill switch is lifted. The feature is on only if nothing else is missing.",
    "want": "recorded. The feature is on once nothing else is missing.",
    "unwant": "recorded. The feature is off.",
}
