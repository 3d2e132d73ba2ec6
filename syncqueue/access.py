"""The only ways from a request to a row."""

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
    """Run a view in the operator scope, for people whose desk role has `ability`.

    For everybody else who is signed in, the page does not exist.
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
    """The signed-in person. Only for views behind a door that asked them to sign in."""
    assert isinstance(request.user, User)
    return request.user


def item_for_operator(public_id: UUID) -> SyncItem:
    """One item, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(SyncItem.objects.select_related("tenant", "lead", "binding"), public_id=public_id)


def lane_for_operator(slug: str, kind: str) -> Lane:
    """The lane of a tenant and kind, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(Lane.objects.select_related("tenant"), tenant__slug=slug, kind=kind)


def event_for_operator(public_id: UUID) -> InboxEvent:
    """One inbox event, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(InboxEvent.objects.select_related("tenant", "route"), public_id=public_id)


def quarantined_for_operator(public_id: UUID) -> QuarantinedRequest:
    """One quarantined request, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(QuarantinedRequest.objects.select_related("tenant", "route"), public_id=public_id)


def route_for_operator(public_id: UUID) -> HookRoute:
    """Where events of one connection come in, inside the operator scope. A missing one is a 404."""
    return get_object_or_404(HookRoute.objects.select_related("tenant"), public_id=public_id)


def tenant_for_visitor(slug: str) -> Tenant:
    """The tenant whose public form is asked for. A missing one is a 404."""
    return get_object_or_404(Tenant, slug=slug)
