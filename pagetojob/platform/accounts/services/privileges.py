"""Privileged roles and resets: requested by one staff admin, in effect when another one confirms within seven days."""

from datetime import timedelta

from django.contrib.postgres.functions import TransactionNow
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import OpsRole, StaffRole
from pagetojob.platform.tenants.two_people import why_request_lost

from ..errors import AccountError
from ..models import MailTopic, OwedMail, Privilege, PrivilegeOutcome, PrivilegeRequest
from .factors import drop_factors
from .passwords import end_links
from .sessions import end_sessions

LIFE = timedelta(days=7)
#: The field of a person, and its value, that a privilege sets.
ROLE_OF = {
    Privilege.OPERATOR: ("ops_role", OpsRole.OPERATOR),
    Privilege.LEAD: ("ops_role", OpsRole.LEAD),
    Privilege.ADMIN: ("staff_role", StaffRole.ADMIN),
    Privilege.EDITOR: ("staff_role", StaffRole.EDITOR),
}


def privilege_of(field: str, value: str, before: str = "") -> Privilege | None:
    """Return the privilege that a role is, or None for a role that one staff admin grants.

    An operator lead who becomes an operator only loses rights, so one staff admin is enough.
    """
    if (before, value) == (OpsRole.LEAD, OpsRole.OPERATOR):
        return None
    return next((privilege for privilege, role in ROLE_OF.items() if role == (field, value)), None)


@transaction.atomic
def request_privilege(*, privilege: Privilege, user: User, actor: User, reason: str) -> PrivilegeRequest:
    """Store the request, and notify the person and every other staff admin. Raises AccountError."""
    person = User.objects.select_for_update().get(pk=user.pk)
    if sentence := why_not_decide(person, actor):
        raise AccountError(sentence)
    waiting = PrivilegeRequest.objects.filter(user=person, privilege=privilege, outcome="")
    waiting.filter(expires_at__lte=timezone.now()).delete()
    if waiting.exists():
        raise AccountError("This was already requested and waits for another staff admin.")
    row = PrivilegeRequest.objects.create(
        privilege=privilege, user=person, requested_by=actor, reason=reason, expires_at=timezone.now() + LIFE
    )
    changes: dict[str, tuple[object, object]] = {"privilege": (None, privilege.value)}
    record(action="security.privilege_requested", subject=person, reason=reason, actor=actor, changes=changes)
    others = _staff_admins().exclude(pk__in=(actor.pk, person.pk))
    _notify(MailTopic.PRIVILEGE_REQUESTED, row, [person, *others])
    return row


def why_not_decide(person: User, actor: User, row: PrivilegeRequest | None = None) -> str:
    """Return why this staff admin cannot request something about the person, or confirm `row`; empty if they can."""
    against = (
        (not _is_staff_admin(actor), "Only a staff admin can do this."),
        (actor.pk == person.pk, "This is about you. Ask another staff admin."),
        (row and row.outcome, "This was already decided."),
        (row and row.expires_at <= timezone.now(), "This has expired. It can be requested again."),
        (row and row.requested_by_id == actor.pk, "You requested this, so another staff admin must confirm it."),
        (row and not person.is_active, "This person is deactivated."),
    )
    refused = next((sentence for holds, sentence in against if holds), "")
    return refused or (why_request_lost(row.requested_by_id, StaffRole.ADMIN) if row else "")


@transaction.atomic
def confirm_privilege(*, row: PrivilegeRequest, actor: User, reason: str) -> None:
    """Give what was requested, as the second staff admin. Ends the person's sessions. Raises AccountError."""
    person, locked = _locked(row)
    if sentence := why_not_decide(person, actor, locked):
        raise AccountError(sentence)
    # A trigger allows a privileged role only in the transaction that confirms it.
    _decide(locked, actor, reason, PrivilegeOutcome.CONFIRMED)
    if locked.privilege == Privilege.RESET:
        drop_factors(user=person, reason=locked.reason, actor=actor)
        return
    field, role = ROLE_OF[Privilege(locked.privilege)]
    changes: dict[str, tuple[object, object]] = {field: (getattr(person, field), role.value)}
    setattr(person, field, role.value)
    person.save(update_fields=[field])
    end_sessions(person)
    end_links(person)
    record(action="security.privilege_granted", subject=person, reason=locked.reason, actor=actor, changes=changes)


@transaction.atomic
def decline_privilege(*, row: PrivilegeRequest, actor: User, reason: str) -> None:
    """Decline a request of another staff admin, or withdraw one's own. Raises AccountError."""
    person, locked = _locked(row)
    if locked.outcome:
        raise AccountError("This was already decided.")
    if sentence := why_not_decide(person, actor):
        raise AccountError(sentence)
    _decide(locked, actor, reason, PrivilegeOutcome.DECLINED)


def _locked(row: PrivilegeRequest) -> tuple[User, PrivilegeRequest]:
    """Lock the person, then the request, in the order of `request_privilege`."""
    person = User.objects.select_for_update().get(pk=row.user_id)
    rows = PrivilegeRequest.objects.select_for_update(of=("self",)).select_related("requested_by")
    return person, rows.get(pk=row.pk)


def _decide(row: PrivilegeRequest, actor: User, reason: str, outcome: PrivilegeOutcome) -> None:
    PrivilegeRequest.objects.filter(pk=row.pk).update(outcome=outcome, decided_by=actor, decided_at=TransactionNow())
    changes: dict[str, tuple[object, object]] = {"privilege": (None, row.privilege)}
    action = f"security.privilege_{outcome.value}"
    record(action=action, subject=row.user, reason=reason, actor=actor, changes=changes)
    _notify(MailTopic.PRIVILEGE_DECIDED, row, [row.user, row.requested_by])


def _notify(about: MailTopic, row: PrivilegeRequest, people: list[User]) -> None:
    OwedMail.objects.bulk_create(OwedMail(about=about, user=person, privilege_request=row) for person in people)


def _is_staff_admin(person: User) -> bool:
    return person.is_active and person.staff_role == StaffRole.ADMIN


def _staff_admins() -> QuerySet[User]:
    return User.objects.filter(is_active=True, staff_role=StaffRole.ADMIN).order_by("pk")
