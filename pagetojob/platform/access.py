"""Access to pages: operators by ability, and members of a tenant to their tenant's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import Ability, TenantRole

#: Under this name the session keeps which of several tenants a person looks at.
CHOSEN = "portal.tenant"


def members_only[**P](
    *roles: TenantRole,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Membership, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Run a view in the scope of the tenant its reader belongs to, for these roles there; without any, for all.

    The view gets the membership, with its tenant. For everybody else who is signed in, the page does not exist.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            membership = membership_of(request)
            if membership is None or (roles and membership.role not in roles):
                raise Http404
            with scope.tenant(membership.tenant_id):
                return view(request, membership, *args, **kwargs)

        return guarded

    return decorate


def membership_of(request: HttpRequest) -> Membership | None:
    """The membership whose tenant the person looks at: the chosen one, else the first by name. One query."""
    found = memberships_of(request)
    chosen = request.session.get(CHOSEN)
    return next((one for one in found if str(one.tenant.public_id) == chosen), found[0] if found else None)


def memberships_of(request: HttpRequest) -> list[Membership]:
    """Every tenant the signed-in person belongs to, by name. One query."""
    # The person, never a key: "user is null" would match what belongs to nobody.
    assert isinstance(request.user, User)
    return list(Membership.objects.filter(user=request.user).select_related("tenant").order_by("tenant__name", "pk"))


def tenant_for_operator(slug: str) -> Tenant:
    """A tenant, for a view behind the operators' door. A missing one is a 404."""
    return get_object_or_404(Tenant, slug=slug)


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
