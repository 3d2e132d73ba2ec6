"""The first owner of a contractor: invite, follow the invitation, and revoke it.

Outside the operator scope, which cannot read invitations.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from pagetojob.platform.access import actor_of
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.accounts.errors import AccountError
from pagetojob.platform.accounts.models import Invitation
from pagetojob.platform.accounts.services import invitations, throttle
from pagetojob.platform.accounts.views.later import answers_too_many
from pagetojob.platform.client_address import client_address
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import Ability, TenantRole

from .forms import REASON, OwnerForm

#: Invitations that the step lists, the newest first.
_MOST = 5


@dataclass(frozen=True)
class OwnerInvitation:
    """An invitation of an owner. `state` is open, accepted, revoked or expired, since `since` or until then."""

    public_id: UUID
    email: str
    invited_by: str
    invited_at: datetime
    state: str
    since: datetime
    accepted_by: str

    @property
    def is_open(self) -> bool:
        return self.state == "open"


def may_set_up(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.can(Ability.SET_UP)


def invitations_of(slug: str) -> list[OwnerInvitation]:
    """Return the newest invitations of owners of a tenant. Runs one query."""
    rows = Invitation.objects.filter(tenant__slug=slug, tenant_role=TenantRole.OWNER)
    return [_read(row) for row in rows.select_related("invited_by", "accepted_by")[:_MOST]]


def _read(row: Invitation) -> OwnerInvitation:
    ends = {"accepted": row.accepted_at, "revoked": row.revoked_at}
    state, since = next(((state, at) for state, at in ends.items() if at), ("open", row.expires_at))
    if state == "open" and row.expires_at <= timezone.now():
        state = "expired"
    accepted_by = row.accepted_by.name if row.accepted_by else ""
    return OwnerInvitation(
        row.public_id, row.email, row.invited_by.name, row.created_at, state, since, accepted_by
    )  # fmt: skip


@answers_too_many
@require_POST
@login_required
def invite_owner(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite the first owner. Later ones are invited by an owner, in the portal."""
    return _invite(request, _tenant(request, slug))


@confirmed_first
def _invite(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = OwnerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter the owner's email address.")
    elif _has_owner(tenant):
        messages.error(request, "This contractor has an owner, who invites others in the portal.")
    else:
        email = form.cleaned_data["email"]
        address = client_address(request)
        throttle.take(throttle.mail_buckets(account=email, address=address, tenant_id=tenant.pk))
        with errors_shown(request, AccountError):
            row = invitations.invite(
                email=email, actor=actor_of(request), reason=REASON, tenant=tenant, tenant_role=TenantRole.OWNER
            )
            messages.success(request, f"{row.email} will receive a link by email. It works once, for seven days.")
    return redirect("onboarding:step", tenant.slug, "launch")


@require_POST
@login_required
def revoke_owner(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Revoke the invitation of the first owner."""
    return _revoke(request, _tenant(request, slug), public_id)


@confirmed_first
def _revoke(request: HttpRequest, tenant: Tenant, public_id: UUID) -> HttpResponse:
    rows = Invitation.objects.filter(tenant=tenant, tenant_role=TenantRole.OWNER, public_id=public_id)
    row = rows.select_related("tenant").first()
    if row is None:
        raise Http404
    if _has_owner(tenant):
        messages.error(request, "This contractor has an owner, who revokes invitations in the portal.")
    elif invitations.revoke(invitation=row, actor=actor_of(request), reason=REASON):
        messages.success(request, "The invitation is revoked. Its link no longer works.")
    else:
        messages.error(request, "This invitation was accepted or revoked already.")
    return redirect("onboarding:step", tenant.slug, "launch")


def _tenant(request: HttpRequest, slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None or not may_set_up(request):
        raise Http404
    return tenant


def _has_owner(tenant: Tenant) -> bool:
    return Membership.objects.filter(tenant=tenant, role=TenantRole.OWNER).exists()
