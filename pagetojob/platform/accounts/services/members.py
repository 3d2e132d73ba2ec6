"""Members of a tenant: an owner removes someone. The person keeps an account, and sees nothing of the tenant."""

from django.db import transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import TenantRole

from ..errors import AccountError
from .invitations import open_invitations, revoke


@transaction.atomic
def remove_member(*, membership: Membership, actor: User, reason: str) -> None:
    """Remove a person from a tenant at once, and revoke their open invitations. Needs the tenant's scope.

    Raises AccountError for the actor: so an owner always remains, also when two owners remove each other at once.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=membership.tenant_id)
    members = Membership.objects.filter(tenant=membership.tenant_id)
    if membership.user_id == actor.pk:
        raise AccountError("You cannot remove yourself. Ask another owner to do it.")
    if not members.filter(user=actor, role=TenantRole.OWNER).exists():
        raise AccountError("You are no longer an owner.")
    removed, _ = members.filter(pk=membership.pk).delete()
    if not removed:
        raise AccountError("This person was removed in the meantime.")
    for invitation in open_invitations(membership.tenant).filter(email=normalised_email(membership.user.email)):
        revoke(invitation=invitation, actor=actor, reason=reason)
    record(
        action="accounts.remove_member",
        subject=membership.user,
        reason=reason,
        tenant=membership.tenant_id,
        actor=actor,
        changes={"role": (membership.role, None)},
    )
