"""Access to pages: operators by ability, and members of a tenant to their tenant's pages."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import OFFBOARDED
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import Ability, TenantRole

#: Session key of the tenant that a person with several tenants has selected.
CHOSEN = "portal.tenant"

type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def members_only[**P](
    *roles: TenantRole,
) -> Callable[[Callable[Concatenate[HttpRequest, Membership, P], HttpResponse]], View[P]]:
    """Run a view in the scope and the time zone of the reader's tenant. If `roles` are given, only for these members.

    The view receives the membership, with its tenant. For all other signed-in people the page returns 404. A form that
    was opened for another tenant of the reader, in a second window, gets 409 and reaches no view.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponse],
    ) -> View[P]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            memberships = memberships_of(request)
            membership = _selected(request, memberships)
            if membership is None:
                raise Http404
            # Before the role: an owner may be a reviewer of the selected tenant, and not of the form's.
            if request.method == "POST" and not _is_about(request, membership, memberships):
                return _other_tenant(request, membership, memberships)
            if roles and membership.role not in roles:
                raise Http404
            with scope.tenant(membership.tenant_id), timezone.override(membership.tenant.shown_zone):
                return view(request, membership, *args, **kwargs)

        return guarded

    return decorate


def member_page[**P](
    *roles: TenantRole, methods: Sequence[str] = ("GET", "HEAD")
) -> Callable[[Callable[Concatenate[HttpRequest, Membership, P], HttpResponse]], View[P]]:
    """Run a view as `members_only` does, for these methods."""

    def decorate(view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponse]) -> View[P]:
        return require_http_methods(methods)(members_only(*roles)(view))

    return decorate


def membership_of(request: HttpRequest) -> Membership | None:
    """Return the selected membership, or the first by tenant name. Makes one query."""
    return _selected(request, memberships_of(request))


def _selected(request: HttpRequest, memberships: list[Membership]) -> Membership | None:
    chosen = request.session.get(CHOSEN)
    return next(
        (membership for membership in memberships if str(membership.tenant.public_id) == chosen),
        memberships[0] if memberships else None,
    )


def _is_about(request: HttpRequest, membership: Membership, memberships: list[Membership]) -> bool:
    """Return whether a form is about the selected tenant. Each form of the portal names its tenant."""
    named = request.POST.get("tenant", "")
    return named == str(membership.tenant.public_id) or (not named and len(memberships) == 1)


def _other_tenant(request: HttpRequest, membership: Membership, memberships: list[Membership]) -> HttpResponse:
    """Show that the form is about another of the reader's tenants, and how to switch to it. Else 404."""
    named = request.POST.get("tenant", "")
    tenants = (other.tenant for other in memberships)
    form_tenant = next((tenant for tenant in tenants if str(tenant.public_id) == named), None)
    if named and form_tenant is None:
        raise Http404
    context = {"tenant": membership.tenant, "form_tenant": form_tenant}
    return render(request, "portal/other_business.html", context, status=409)


def memberships_of(request: HttpRequest) -> list[Membership]:
    """Return every membership of the signed-in person, by tenant name. Makes one query."""
    # Filter by the user object, not by a key: "user is null" would match rows that belong to no one.
    assert isinstance(request.user, User)
    return list(Membership.objects.filter(user=request.user).select_related("tenant").order_by("tenant__name", "pk"))


def tenant_for_operator(slug: str) -> Tenant:
    """Return a tenant for a view that only operators can open. A missing tenant is a 404.

    The page is about this tenant, so it shows the tenant's time zone. It opens if that is not known, to correct it.
    """
    tenant = get_object_or_404(Tenant, slug=slug)
    timezone.activate(tenant.shown_zone)
    return tenant


def operators_only[**P](ability: Ability) -> Callable[[View[P]], View[P]]:
    """Run a view in the operator scope, for people whose role has `ability`.

    For everybody else who is signed in, the page does not exist.
    """

    def decorate(view: View[P]) -> View[P]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            actor = actor_of(request)
            if not actor.can(ability):
                raise Http404
            # A view may activate the time zone of a tenant; it ends with the view.
            reader_zone = timezone.override(timezone.get_current_timezone())
            with scope.operator(actor, reason=f"{request.method} {request.path}", ability=ability), reader_zone:
                return view(request, *args, **kwargs)

        return guarded

    return decorate


def operator_page[**P](ability: Ability, *methods: str) -> Callable[[View[P]], View[P]]:
    """Run a view as `operators_only` does. Allows GET and HEAD, unless other methods are given."""

    def decorate(view: View[P]) -> View[P]:
        return require_http_methods(methods or ("GET", "HEAD"))(operators_only(ability)(view))

    return decorate


def tenant_page[**P](
    ability: Ability, *methods: str, adds_during_deletion: bool = False
) -> Callable[[Callable[Concatenate[HttpRequest, Tenant, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Run a view as `operator_page` does, with the tenant that `slug` in the URL names. A missing tenant is a 404.

    A POST about an offboarded tenant gets 409 and reaches no view: no purge would delete what it adds. A view that
    `adds_during_deletion` checks that itself.
    """

    def decorate(view: Callable[Concatenate[HttpRequest, Tenant, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @operator_page(ability, *methods)
        @wraps(view)
        def guarded(request: HttpRequest, /, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            tenant = tenant_for_operator(slug)
            if request.method == "POST" and tenant.is_offboarded and not adds_during_deletion:
                return render(request, "ops/offboarded.html", {"tenant": tenant, "why": OFFBOARDED}, status=409)
            return view(request, tenant, *args, **kwargs)

        return guarded

    return decorate


def actor_of(request: HttpRequest) -> User:
    """Return the signed-in person. Only for views that require it."""
    assert isinstance(request.user, User)
    return request.user
