"""Pages about the linking model: the weights in use, the effect of an estimate, and applying or withdrawing it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, tenant_page
from pagetojob.platform.credentials.forms import ReasonForm, reason_given
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..errors import AttributionError
from ..linkage.fitting import LEAST
from ..models import Label
from ..selectors import review
from ..services.linking import start_linking
from . import estimating, selectors

_AGAIN = "Everything is being linked again."
_UNDER_WAY = "A linking run is already in progress. Start another one when it has finished."


@tenant_page(Ability.VIEW_QUEUE)
def model(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the weights in use and the estimates so far. Eight queries."""
    actor = actor_of(request)
    context = {
        "tenant": tenant,
        "here": "model",
        "used": selectors.in_use(tenant),
        "estimates": selectors.estimates_of(tenant),
        "decided": estimating.decided_jobs(tenant),
        "least": LEAST,
        "agreement": review.agreement(tenant),
        "form": ReasonForm(),
        "may_act": actor.can(Ability.ACT_ON_QUEUE),
        "may_apply": actor.can(Ability.SECOND_PERSON),
    }
    return render(request, "attribution/model.html", context)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
def request_estimate(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Request an estimate from a worker. Changes no link."""
    if reason := reason_given(request):
        with errors_shown(request, AttributionError):
            _, new = estimating.start_estimating(tenant=tenant, actor=actor_of(request), reason=reason)
            requested = "Estimate requested. It takes about a minute."
            messages.success(request, requested if new else "An estimate is already in progress.")
    return redirect("attribution:model", tenant.slug)


@tenant_page(Ability.VIEW_QUEUE)
def estimate(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Show what would change with these weights. Five queries."""
    actor = actor_of(request)
    row = access.estimate_of(tenant, public_id)
    context = {
        "tenant": tenant,
        "here": "model",
        "estimate": row,
        "effect": row.effect,
        # A JSONB object does not preserve key order.
        "labels": [(label, row.effect["labels"][label]) for label in Label.values if label in row.effect["labels"]],
        "used": selectors.in_use(tenant),
        "weights": selectors.weights_of(row),
        "moves": selectors.moves_of(row),
        "form": ReasonForm(),
        "may_apply": actor.can(Ability.SECOND_PERSON),
    }
    return render(request, "attribution/estimate.html", context)


@tenant_page(Ability.SECOND_PERSON, "POST")
def apply(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    """Apply these weights and link everything again."""
    actor = actor_of(request)
    row = access.estimate_of(tenant, public_id)
    if reason := reason_given(request):
        with errors_shown(request, AttributionError):
            estimating.apply_estimate(estimate=row, actor=actor, reason=reason)
            _, new = start_linking(tenant=tenant, actor=actor, whole=True, reason=reason)
            messages.success(request, f"Weights applied. {_AGAIN if new else _UNDER_WAY}")
            return redirect("attribution:model", tenant.slug)
    return redirect("attribution:estimate", tenant.slug, public_id)


@tenant_page(Ability.SECOND_PERSON, "POST")
def withdraw(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Return to the shipped model and link everything again."""
    actor = actor_of(request)
    if reason := reason_given(request):
        with errors_shown(request, AttributionError):
            estimating.withdraw_estimate(tenant_id=tenant.pk, actor=actor, reason=reason)
            _, new = start_linking(tenant=tenant, actor=actor, whole=True, reason=reason)
            messages.success(request, f"Weights withdrawn. {_AGAIN if new else _UNDER_WAY}")
    return redirect("attribution:model", tenant.slug)
