"""Setting a new password: by its owner, or by a mailed link. It never stands in for the second step."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User

from ..errors import LinkGone
from ..keys import token_digest
from ..models import PasswordReset, Telling
from .mails import owe
from .sessions import end_sessions


def find_reset(token: str) -> PasswordReset:
    """The open reset of a link. One query. Raises LinkGone."""
    rows = PasswordReset.objects.select_related("user").filter(digest=token_digest(token))
    found = rows.filter(used_at=None, expires_at__gt=timezone.now()).first()
    if found is None or not found.user.is_active:
        raise LinkGone("This link was used, or is older than an hour. Ask for a new one.")
    return found


@transaction.atomic
def reset_password(*, token: str, password: str) -> User:
    """Set a new password by a mailed link: once. All links and sessions of the person end.

    Raises LinkGone, and ValidationError when the password is too weak.
    """
    PasswordReset.objects.select_for_update().filter(digest=token_digest(token)).first()
    person = find_reset(token).user
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    password_changed(person, "Set by a mailed link.")
    return person


def end_resets(person: User) -> None:
    """Make every open link to a new password worthless. One statement."""
    PasswordReset.objects.filter(user=person, used_at=None).update(used_at=timezone.now())


def password_changed(person: User, reason: str) -> None:
    """What follows from a new password: every link and session ends, the person is told. In the same transaction."""
    end_resets(person)
    end_sessions(person)
    record(action="security.password_change", subject=person, reason=reason, actor=person)
    owe(Telling.PASSWORD_CHANGED, person)
