"""Permission checks and row lookups for views. All access from a request to a row goes through here."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from .models import HookRoute, InboxEvent, Lane, QuarantinedRequest, SyncItem


def operators_only[**P](
    ability: Ability,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Run a view in the operator scope, for people whose operations role has `ability`.

    Anyone else who is signed in gets a 404.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            actor = actor_of(request)
            if not actor.can(ability):
                raise Http404
            with scope.operator(actor, reason=f"{request.method} {request.path}"):
                return view(request, *args, **kwargs)

        return guarded

    return decorate


def actor_of(request: HttpRequest) -> User:
    """Return the signed-in user. Only for views that require a login."""
    assert isinstance(request.user, User)
    return request.user


def item_for_operator(public_id: UUID) -> SyncItem:
    """Return one item, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(SyncItem.objects.select_related("tenant", "lead", "binding"), public_id=public_id)


def lane_for_operator(slug: str, kind: str) -> Lane:
    """Return the lane of a tenant and kind, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(Lane.objects.select_related("tenant"), tenant__slug=slug, kind=kind)


def event_for_operator(public_id: UUID) -> InboxEvent:
    """Return one inbox event, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(InboxEvent.objects.select_related("tenant", "route"), public_id=public_id)


def quarantined_for_operator(public_id: UUID) -> QuarantinedRequest:
    """Return one quarantined request, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(QuarantinedRequest.objects.select_related("tenant", "route"), public_id=public_id)


def route_for_operator(public_id: UUID) -> HookRoute:
    """Return the webhook route of a connection, inside the operator scope. Raise Http404 if there is none."""
    return get_object_or_404(HookRoute.objects.select_related("tenant"), public_id=public_id)


def tenant_for_visitor(slug: str) -> Tenant:
    """Return the tenant of a public form. Raise Http404 if there is none."""
    return get_object_or_404(Tenant, slug=slug)
