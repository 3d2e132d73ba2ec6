"""People of a tenant, and invitations by its owner."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform.access import member_page, members_only
from pagetojob.platform.accounts.access import confirmed_first, confirmed_to_post
from pagetojob.platform.accounts.errors import AccountError
from pagetojob.platform.accounts.forms import MemberForm
from pagetojob.platform.accounts.models import Invitation
from pagetojob.platform.accounts.services import invitations, throttle
from pagetojob.platform.accounts.services.factors import require_second_factor
from pagetojob.platform.accounts.services.members import remove_member
from pagetojob.platform.accounts.views.later import answers_too_many
from pagetojob.platform.client_address import client_address
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.models import Membership
from pagetojob.platform.tenants.roles import TenantRole
from syncqueue.notices.recipients import is_notified

from .views import frame


@answers_too_many
@members_only(TenantRole.OWNER)
@confirmed_to_post
def people(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the tenant's people, open invitations and a form, to owners. Others get a 404."""
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _invite(request, membership, form)
    tenant = membership.tenant
    members = Membership.objects.filter(tenant=tenant).select_related("user").order_by("user__name", "pk")
    shown = {"members": members, "invitations": invitations.open_invitations(tenant), "form": form}
    return render(request, "portal/people.html", frame(request, membership, **shown))


def _invite(request: HttpRequest, membership: Membership, form: MemberForm) -> HttpResponse:
    email, address = form.cleaned_data["email"], client_address(request)
    throttle.take(throttle.mail_buckets(account=email, address=address, tenant_id=membership.tenant_id))
    with errors_shown(request, AccountError):
        row = invitations.invite(
            email=email,
            actor=membership.user,
            reason="Invited by the owner.",
            tenant=membership.tenant,
            tenant_role=form.cleaned_data["role"],
        )
        messages.success(request, f"{row.email} will receive a link by email. It works once, for seven days.")
    return redirect("portal:people")


@member_page(TenantRole.OWNER, methods=("POST",))
@confirmed_first
def second_step(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Require a second step of the tenant's people, or make it optional again."""
    required = {"yes": True, "no": False}.get(request.POST.get("required", ""))
    if required is None:
        return redirect("portal:people")
    require_second_factor(tenant=membership.tenant, required=required, actor=membership.user)
    word = "required" if required else "optional"
    messages.success(request, f"The second step is {word} for the people of {membership.tenant}.")
    return redirect("portal:people")


@member_page(TenantRole.OWNER, methods=("POST",))
@confirmed_first
def remove(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Remove a person from the owner's selected tenant."""
    members = Membership.objects.filter(tenant=membership.tenant).select_related("user", "tenant")
    row = get_object_or_404(members, user__public_id=public_id)
    with errors_shown(request, AccountError):
        remove_member(membership=row, actor=membership.user, reason="Removed by the owner.")
        messages.success(request, f"{row.user} no longer has access. To undo this, invite {row.user.email} again.")
        if is_notified(membership.tenant, row.user.email):
            messages.warning(
                request, f"New requests are still sent to {row.user.email}. Remove this address from the recipients."
            )
    return redirect("portal:people")


@member_page(TenantRole.OWNER, methods=("POST",))
@confirmed_first
def revoke(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Revoke an invitation to the owner's selected tenant."""
    invited = Invitation.objects.filter(tenant=membership.tenant).select_related("tenant")
    row = get_object_or_404(invited, public_id=public_id)
    if invitations.revoke(invitation=row, actor=membership.user, reason="Revoked by the owner."):
        messages.success(request, "The invitation is revoked. Its link no longer works.")
    else:
        messages.error(
            request, "The invitation was accepted or revoked in the meantime. The list shows who has access."
        )
    return redirect("portal:people")
