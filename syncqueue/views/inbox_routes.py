"""Pages of a webhook route: open it on a connection, see its status and first event, send a test event, close it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.roles import Ability

from .. import access
from ..forms.inbox import RecipeForm
from ..inbox.outcomes import Outcome
from ..inbox.verifiers import Scheme
from ..models import HookRoute
from ..services import inbox_keys, inbox_routes


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
@confirmed_first
def open_route(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the route of a connection with a scheme and headers. An open route leads to its page."""
    connection = access.connection_for_operator(public_id)
    route = HookRoute.objects.filter(connection=connection).first()
    if route is not None and route.closed_at is None:
        return redirect("ops:inbox-route", public_id)
    form = RecipeForm.of(route or HookRoute(scheme=Scheme.STANDARD), posted(request))
    with scope.tenant(connection.tenant_id):
        why_not = inbox_routes.why_no_events(connection)
    if form.is_valid():
        recipe = form.recipe()
        inbox_keys.open_route(
            connection=connection,
            scheme=Scheme(recipe.pop("scheme")),
            actor=actor_of(request),
            reason=form.cleaned_data["reason"],
            **recipe,
        )
        messages.success(request, "The route is open. Store a key now: without one, nothing is accepted.")
        return redirect("ops:inbox-route", public_id)
    context = {"connection": connection, "form": form, "why_not": why_not}
    return render(request, "syncqueue/inbox_open.html", context, status=422 if form.errors else 200)


@operator_page(Ability.VIEW_QUEUE)
def route(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the address of a route, whether it accepts events, its first event and its keys."""
    return _page(request, access.route_for_operator(public_id))


@require_POST
@login_required
@confirmed_first
def test_event(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send a test event. Outside the operator scope, because the vault commits its audit line before a key is used."""
    actor = actor_of(request)
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise Http404
    with scope.operator(actor, reason=f"{request.method} {request.path}"):
        row = access.route_for_operator(public_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with errors_on(form, inbox_keys.RingRefused, VaultError):
            outcome = inbox_routes.send_test_event(route=row, actor=actor, reason=form.cleaned_data["reason"])
            if outcome is Outcome.ACCEPTED:
                messages.success(request, "The test event was accepted.")
            else:
                messages.error(request, f"The test event was not accepted: {outcome.value}.")
            return redirect("ops:inbox-route", public_id)
    with scope.operator(actor, reason=f"{request.method} {request.path}"):
        return _page(request, row, form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
@confirmed_first
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close a route: nothing is accepted any more, and its keys are removed."""
    row, form = access.route_for_operator(public_id), ReasonForm(request.POST)
    if form.is_valid():
        with errors_on(form, inbox_keys.RingRefused):
            inbox_keys.close_route(route=row, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "The route is closed. Its address answers 404 within a second.")
            return redirect("ops:inbox-route", public_id)
    return _page(request, row, form=form)


def _page(request: HttpRequest, row: HookRoute, form: ReasonForm | None = None) -> HttpResponse:
    context = {
        "route": row,
        "status": inbox_routes.status_of(row),
        "ring": inbox_keys.ring_of(row),
        "address": request.build_absolute_uri(f"/hooks/{row.public_id}/"),
        "form": form or ReasonForm(),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "syncqueue/inbox_route.html", context, status=422 if wrong else 200)
