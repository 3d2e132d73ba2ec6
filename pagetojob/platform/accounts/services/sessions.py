"""Sessions: list those of a user, and end them."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.tenants.models import User

from ..models import EmailChange, Invitation, PasswordReset, PrivilegeOutcome, PrivilegeRequest, Session
from ..sessions import lock_sessions


def sessions_of(user: User) -> list[Session]:
    """Return the sessions of a user, most recently used first. Runs one query."""
    return list(Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-last_seen"))


@transaction.atomic
def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign a user out everywhere, except in the session with the key `but`. Runs two statements."""
    lock_sessions(user.pk)
    rows = Session.objects.filter(user=user)
    return (rows.exclude(session_key=token_digest(but)) if but else rows).delete()[0]


def end_all_after_restore() -> int:
    """Sign everyone out, and end every mailed link and waiting request for a privilege; return the number of sessions.

    A restored database has those that ended since the backup, such as the sessions of a stolen device, an invitation
    that was revoked, a change of an email address that its owner stopped, or a role that a staff admin declined.
    """
    now = timezone.now()
    PrivilegeRequest.objects.filter(outcome=PrivilegeOutcome.WAITING).delete()
    PasswordReset.objects.all().delete()
    Invitation.objects.filter(accepted_at=None, revoked_at=None).update(revoked_at=now)
    EmailChange.objects.filter(canceled_at=None, confirmed_at=None).update(canceled_at=now)
    return Session.objects.all().delete()[0]


@transaction.atomic
def end_sessions_of(*, user: User, reason: str, actor: User) -> int:
    """End all sessions of someone else, such as on a lost device; return how many there were."""
    ended = end_sessions(user)
    record(action="security.sessions_ended", subject=user, reason=reason, actor=actor)
    return ended


@transaction.atomic
def end_own(user: User, *, but: str | None, only: UUID | None) -> int:
    """End one other session of the user, or all others; return how many ended."""
    lock_sessions(user.pk)
    if only is None:
        ended = end_sessions(user, but=but)
    else:
        session = next((row for row in sessions_of(user) if row.public_id == only), None)
        ended = Session.objects.filter(pk=session.pk).delete()[0] if session else 0
    if ended:
        record(action="security.sessions_ended", subject=user, reason="Signed out elsewhere by its owner.", actor=user)
    return ended
