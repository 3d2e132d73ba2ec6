"""Retention for operators: periods, legal holds and purges of each contractor."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.credentials.forms import reason_given
from pagetojob.platform.forms import errors_on, errors_shown
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from . import selectors, services
from .forms import HoldForm, PeriodForm
from .models import LegalHold, SubjectRequest
from .periods import PERIODS

MOST_RUNS = 10
STEPS = {"confirm": services.confirm_hold, "request-lift": services.request_lift, "lift": services.lift_hold}
_DONE = {
    "confirm": "Hold confirmed.",
    "request-lift": "Lifting requested. Another person must lift the hold.",
    "lift": "Hold lifted.",
}


@operator_page(Ability.VIEW_QUEUE)
def overview(request: HttpRequest) -> HttpResponse:
    """List the contractors, the next deadline of a person's request first, and the default periods. Five queries."""
    open_requests = SubjectRequest.objects.filter(ended_at=None)
    due = open_requests.filter(tenant=OuterRef("pk")).order_by("due_on").values("due_on")[:1]
    tenants = Tenant.objects.annotate(answer_due=Subquery(due))
    page = requested_page(request, tenants.order_by(F("answer_due").asc(nulls_last=True), "name", "pk"))
    requests = _by_tenant(open_requests, page)
    holds = _by_tenant(LegalHold.objects.filter(lifted_at=None), page)
    context = {
        "periods": PERIODS.items(),
        "rows": [(tenant, requests.get(tenant.pk, 0), holds.get(tenant.pk, 0)) for tenant in page],
        "audit_purge": selectors.newest_audit_purge(),
        **page_links(page),
    }
    return render(request, "retention/overview.html", context)


def _by_tenant(rows: QuerySet[Any], tenants: Iterable[Tenant]) -> dict[int, int]:
    """Return the number of rows of each tenant that has any. Makes one query."""
    counted = rows.filter(tenant__in=list(tenants)).values_list("tenant").annotate(many=Count("pk"))
    return dict(counted.order_by())


@tenant_page(Ability.VIEW_QUEUE)
def contractor(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the periods, holds and purges of a contractor."""
    return _page(request, tenant)


@tenant_page(Ability.SECOND_PERSON, "POST")
def set_period(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = PeriodForm(request.POST, auto_id="period-%s")
    if form.is_valid():
        with errors_on(form, services.RetentionRefused):
            services.set_period(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Period changed. The next nightly purge uses it.")
            return redirect("retention:contractor", tenant.slug)
    return _page(request, tenant, period_form=form)


@tenant_page(Ability.ACT_ON_QUEUE, "POST", adds_during_deletion=True)
def request_hold(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = HoldForm(request.POST, auto_id="hold-%s")
    if form.is_valid():
        with errors_on(form, services.RetentionRefused):
            services.request_hold(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Hold requested. It protects now; another person must confirm it within a week.")
            return redirect("retention:contractor", tenant.slug)
    return _page(request, tenant, hold_form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def move_hold(request: HttpRequest, slug: str, public_id: UUID, step: str) -> HttpResponse:
    """Confirm a hold, request its end, or lift it."""
    if step not in STEPS:
        raise Http404
    hold = get_object_or_404(LegalHold, tenant__slug=slug, public_id=public_id)
    if reason := reason_given(request):
        with errors_shown(request, services.RetentionRefused):
            STEPS[step](hold=hold, actor=actor_of(request), reason=reason)
            messages.success(request, _DONE[step])
    return redirect("retention:contractor", slug)


def _page(
    request: HttpRequest, tenant: Tenant, *, period_form: PeriodForm | None = None, hold_form: HoldForm | None = None
) -> HttpResponse:
    actor = actor_of(request)
    holds = LegalHold.objects.filter(tenant=tenant, lifted_at=None).annotate(
        requested_name=F("requested_by__name"), confirmed_name=F("confirmed_by__name")
    )
    bad = period_form or hold_form
    context = {
        "tenant": tenant,
        "overview": selectors.overview(tenant),
        "runs": selectors.recent_runs(tenant, MOST_RUNS),
        "holds": _with_steps(holds, actor),
        "may_act": actor.can(Ability.ACT_ON_QUEUE),
        "may_set": actor.can(Ability.SECOND_PERSON),
        "period_form": period_form or PeriodForm(auto_id="period-%s"),
        "hold_form": hold_form or HoldForm(auto_id="hold-%s"),
        "bad_form": bad,
    }
    return render(request, "retention/contractor.html", context, status=422 if bad else 200)


def _with_steps(holds: Iterable[LegalHold], actor: User) -> list[tuple[LegalHold, str, str, str]]:
    """Return each hold with its next step, the label of its button, and why `actor` cannot take it. Runs one query."""
    rows = list(holds)
    lost = services.lost_operators(pk for hold in rows for pk in (hold.requested_by_id, hold.lift_requested_by_id))
    return [(hold, *_next_step(hold, actor, lost)) for hold in rows]


def _next_step(hold: LegalHold, actor: User, lost: Collection[int]) -> tuple[str, str, str]:
    if hold.confirmed_at is None:
        why = services.why_not_second(hold.requested_by_id, actor, lost, services.OWN_HOLD)
        return "confirm", "Confirm hold", why
    if services.can_request_lift(hold, lost):
        return "request-lift", "Request lifting", ""
    why = services.why_not_second(hold.lift_requested_by_id, actor, lost, services.OWN_LIFT)
    return "lift", "Lift hold", why
