"""Invitations: staff admins may grant any role, a tenant's owner only roles in that tenant."""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.derived_keys import link_token, token_digest
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.repeats import wait_for_additions
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.lifecycle import OFFBOARDED
from pagetojob.platform.tenants.models import Membership, Tenant, User
from pagetojob.platform.tenants.roles import Ability, StaffRole, TenantRole

from ..errors import AccountError, LinkGone
from ..models import Invitation, MailTopic, OwedMail
from .privileges import privilege_of, request_privilege
from .sessions import end_sessions

LIFE = timedelta(days=7)
MOST_OPEN = 50


@transaction.atomic
def invite(
    *,
    email: str,
    actor: User,
    reason: str,
    ops_role: str = "",
    staff_role: str = "",
    tenant: Tenant | None = None,
    tenant_role: str = "",
) -> Invitation:
    """Create an invitation and queue its email.

    Revokes an open invitation of the same address and tenant. The caller checks whether the actor may grant the roles.
    Raises AccountError.
    """
    email = normalised_email(email)
    must_be_possible(email=email, actor=actor, tenant=tenant)
    for earlier in open_invitations(tenant).filter(email=email).select_for_update():
        revoke(invitation=earlier, actor=actor, reason=f"Replaced by a new invitation. {reason}")
    row = Invitation(
        email=email,
        ops_role=ops_role,
        staff_role=staff_role,
        tenant=tenant,
        tenant_role=tenant_role,
        invited_by=actor,
        expires_at=timezone.now() + LIFE,
    )
    row.digest = token_digest(link_token("invitation", row.public_id))
    row.full_clean()
    row.save()
    OwedMail.objects.create(about=MailTopic.INVITATION, invitation=row)
    with log_of(tenant):
        record_change("accounts.invite", row, actor=actor, reason=reason, **_roles(row))
    return row


def must_be_possible(*, email: str, actor: User, tenant: Tenant | None) -> None:
    """Check an invitation before it is made, until the end of the transaction. Raises AccountError."""
    if normalised_email(email) == normalised_email(actor.email):
        raise AccountError("You cannot invite yourself.")
    wait_for_additions(Invitation)  # of two at once, the second revokes the first
    if tenant is not None and Tenant.objects.get(pk=tenant.pk).is_offboarded:
        raise AccountError(OFFBOARDED)
    if open_invitations(tenant).count() >= MOST_OPEN:
        raise AccountError("Fifty invitations are already open. Revoke some first.")


def open_invitations(tenant: Tenant | None) -> QuerySet[Invitation]:
    """Return invitations that can still be accepted, to a tenant or, without one, to PageToJob itself."""
    rows = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    return rows.filter(tenant=tenant)


@transaction.atomic
def revoke(*, invitation: Invitation, actor: User, reason: str) -> bool:
    """Revoke an invitation; return whether it was still open."""
    rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not rows.update(revoked_at=timezone.now()):
        return False
    with log_of(invitation.tenant):
        record_change("accounts.invitation_revoked", invitation, actor=actor, reason=reason)
    return True


def find(token: str) -> Invitation:
    """Return the open invitation of a link. At most three queries. Raises LinkGone."""
    rows = Invitation.objects.select_related("tenant", "invited_by").filter(digest=token_digest(token))
    row = rows.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()).first()
    if row is None or not _may_still_invite(row):
        raise LinkGone(
            "This invitation was used, was revoked or has expired. Ask the person who invited you for a new one."
        )
    return row


def _may_still_invite(row: Invitation) -> bool:
    """Return whether the inviter may still grant these roles.

    Staff admins grant any, owners those of their tenant, and who sets up contractors the first owner of one. No one
    joins a tenant whose data is being deleted.
    """
    if row.tenant is not None and row.tenant.is_offboarded:
        return False
    person = row.invited_by
    if not person.is_active or person.staff_role == StaffRole.ADMIN:
        return person.is_active
    if row.tenant_id is None or row.ops_role or row.staff_role:
        return False
    owners = Membership.objects.filter(tenant_id=row.tenant_id, role=TenantRole.OWNER)
    if owners.filter(user=person).exists():
        return True
    return row.tenant_role == TenantRole.OWNER and person.can(Ability.SET_UP) and not owners.exists()


@transaction.atomic
def accept_as_new(*, token: str, name: str, password: str) -> User:
    """Create an account for the invited person.

    Raises LinkGone, AccountError if the address already has an account, and ValidationError for a weak password.
    """
    row = _locked(token)
    has_account = AccountError("You already have an account. Sign in, then open the link again.")
    if User.objects.by_email(row.email):
        raise has_account
    with raise_on_conflict(has_account):  # by an invitation of another tenant, at the same time
        person = User.objects.create_user(email=row.email, password=None, name=name)
    _take_on(row, person)
    validate_password(password, person)  # after joining, so that the names of the business count
    person.set_password(password)
    person.save(update_fields=["password"])
    return person


@transaction.atomic
def accept_as(*, token: str, person: User, keep_session: str | None) -> str:
    """Add the invited roles to a signed-in user; return their role in the tenant, empty without a tenant.

    Raises LinkGone, or AccountError if the address is different.
    """
    row = _locked(token)
    if normalised_email(person.email) != row.email:
        raise AccountError("This invitation is for another email address. Sign in with that address.")
    tenant_role = _take_on(row, person)
    end_sessions(person, but=keep_session)
    return tenant_role


def _locked(token: str) -> Invitation:
    """Return the open invitation of a link, locked. Raises LinkGone.

    Locks its tenant first, as the removal of a member does: of two invitations of a first owner, one counts.
    """
    rows = Invitation.objects.filter(digest=token_digest(token))
    if tenant_id := rows.values_list("tenant_id", flat=True).first():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
    rows.select_for_update().first()
    return find(token)


def _take_on(row: Invitation, person: User) -> str:
    """Grant the roles of a locked invitation; return the role in its tenant, empty without one.

    A privileged role is requested, for a second staff admin to confirm.

    Locks the user after the invitation; no code takes the two locks in the opposite order. Writes only the roles named
    by the invitation, because other roles may change at the same time.
    """
    User.objects.select_for_update().get(pk=person.pk)
    roles = {name: getattr(row, name) for name in ("ops_role", "staff_role") if getattr(row, name)}
    privileges = {
        name: privilege
        for name, role in roles.items()
        if (privilege := privilege_of(name, role, getattr(person, name)))
    }
    for name, privilege in privileges.items():
        if roles.pop(name) != getattr(person, name):
            reason = f"Accepted {row}."
            request_privilege(privilege=privilege, user=person, actor=row.invited_by, reason=reason)
    for name, role in roles.items():
        setattr(person, name, role)
    if roles:
        person.save(update_fields=list(roles))
    tenant_role = _join(row.tenant, person, row.tenant_role) if row.tenant else ""
    row.accepted_at, row.accepted_by = timezone.now(), person
    row.save(update_fields=["accepted_at", "accepted_by"])
    _record_acceptance(row, person, tenant_role)
    return tenant_role


def _record_acceptance(row: Invitation, person: User, tenant_role: str) -> None:
    """Record who accepted, and with which roles. The role in the tenant is the resulting one, not the invited one."""
    changes = _roles(row) | {"accepted_by": (None, person)}
    if row.tenant:
        changes["tenant_role"] = (None, tenant_role)
    with log_of(row.tenant):
        record_change("accounts.invitation_accepted", row, actor=person, reason="Accepted by the link.", **changes)


def _join(tenant: Tenant, person: User, role: str) -> str:
    """Make the person a member; return their role.

    An owner stays one: otherwise a mistaken invitation leaves a tenant without owner.
    """
    defaults = {"role": role} if role == TenantRole.OWNER else {}
    member, _ = Membership.objects.update_or_create(
        tenant=tenant, user=person, defaults=defaults, create_defaults={"role": role}
    )
    return str(member.role)


def log_of(tenant: Tenant | None) -> AbstractContextManager[None]:
    """Return the scope in which the audit log of a tenant, or of the platform, can be written."""
    return scope.tenant(tenant.pk) if tenant else nullcontext()


def _roles(row: Invitation) -> dict[str, tuple[object, object]]:
    named = ("email", "ops_role", "staff_role", "tenant_role")
    return {name: (None, getattr(row, name)) for name in named if getattr(row, name)}
