"""Password changes by the user and by mailed link. They never replace the second factor."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import User

from ..errors import LinkGone
from ..models import EmailChange, MailTopic, OwedMail, PasswordReset
from .mails import queue_mail
from .sessions import end_sessions


def find_reset(token: str) -> PasswordReset:
    """Return the open password reset of a link. Runs one query. Raises LinkGone."""
    rows = PasswordReset.objects.select_related("user").filter(digest=token_digest(token))
    row = rows.filter(used_at=None, expires_at__gt=timezone.now()).first()
    if row is None or not row.user.is_active:
        raise LinkGone("This link was already used or is older than an hour. Request a new one.")
    return row


@transaction.atomic
def reset_password(*, token: str, password: str) -> User:
    """Set a new password with a mailed link, once. Ends all reset links and sessions of the user.

    Raises LinkGone, and ValidationError if the password is too weak.
    """
    PasswordReset.objects.select_for_update().filter(digest=token_digest(token)).first()
    person = find_reset(token).user
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    password_changed(person, "Set by a mailed link.")
    return person


def end_links(person: User) -> None:
    """Invalidate all open reset links of a user, those not mailed yet, and the pending change of the email address.

    Runs three statements.
    """
    now = timezone.now()
    asked = OwedMail.objects.filter(typed_email=normalised_email(person.email), settled_at=None)
    asked.update(settled_at=now, typed_email="")
    PasswordReset.objects.filter(user=person, used_at=None).update(used_at=now)
    EmailChange.objects.filter(user=person, canceled_at=None, confirmed_at=None).update(canceled_at=now)


def password_changed(person: User, reason: str, *, keep_session: str | None = None) -> None:
    """End all links and other sessions, audit the change and notify the user, in the transaction of the change."""
    end_links(person)
    end_sessions(person, but=keep_session)
    record(action="security.password_change", subject=person, reason=reason, actor=person)
    queue_mail(MailTopic.PASSWORD_CHANGED, person)
