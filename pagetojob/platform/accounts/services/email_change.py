"""Change of a user's email address: effective when the user, signed in, confirms it at the new address.

A staff admin can only request it. For 72 hours a link mailed to the previous address stops or undoes the change.

No step before the confirmation reveals whether the new address belongs to an account: a request runs the same
statements for any address, and the worker that sends the link finds out.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.derived_keys import link_token, token_digest
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import User

from ..errors import AccountError, LinkGone
from ..models import EmailChange, MailTopic
from .mails import queue_mail
from .passwords import end_links
from .sessions import end_sessions

LIFE = timedelta(hours=24)
#: For this long a staff admin's request waits, and a link at the previous address undoes a change.
STOPPABLE = timedelta(hours=72)


def pending_change(user: User) -> EmailChange | None:
    """Return the change that waits for its confirmation. Runs one query."""
    rows = EmailChange.objects.filter(user=user, canceled_at=None, confirmed_at=None)
    return rows.select_related("requested_by").filter(expires_at__gt=timezone.now()).first()


@transaction.atomic
def request_change(*, user: User, new_email: str, actor: User | None = None, reason: str = "") -> EmailChange:
    """Mail a link to the new address and a notice to the current one. Cancels an earlier request.

    `new_email` is normalized. `actor` with a `reason`: the staff admin who requests it instead of the user. Raises
    AccountError if it is the user's own address.
    """
    person = User.objects.select_for_update().get(pk=user.pk)
    if new_email == normalised_email(person.email):
        raise AccountError("This is already your email address.")
    _cancel_open(person)
    by = actor or person
    row = EmailChange(user=person, previous_email=person.email, new_email=new_email, requested_by=by)
    row.expires_at = timezone.now() + (STOPPABLE if row.by_someone_else else LIFE)
    row.digest = token_digest(link_token("email", row.public_id))
    row.stop_digest = token_digest(link_token("email stop", row.public_id))
    row.save()
    reason = reason or f"Requested by its owner: {row}."
    record(action="security.email_requested", subject=person, reason=reason, actor=by)
    queue_mail(MailTopic.EMAIL_CONFIRM, person, row)
    queue_mail(MailTopic.EMAIL_REQUESTED, person, row)
    return row


@transaction.atomic
def cancel_change(user: User) -> bool:
    """Cancel the user's pending change; return whether there was one."""
    if not _cancel_open(user):
        return False
    record(action="security.email_canceled", subject=user, reason="Canceled by its owner.", actor=user)
    return True


def find_change(token: str, user: User) -> EmailChange:
    """Return the pending change of a link, if it is the user's own. Runs one query. Raises LinkGone."""
    row = pending_change(user)
    if row is None or row.digest != token_digest(token):
        raise LinkGone(
            "It was already used, was canceled, has expired or belongs to another account. "
            "You can request a new one under Sign-in and security."
        )
    return row


@transaction.atomic
def confirm_change(*, token: str, user: User, keep_session: str | None) -> User:
    """Give the user the new address. Ends the user's other links and sessions, and notifies the previous address.

    Raises LinkGone, or AccountError if the address was given to another account in the meantime.
    """
    person = User.objects.select_for_update().get(pk=user.pk)
    row = find_change(token, person)
    person.email = row.new_email
    with raise_on_conflict(AccountError("Another account uses this address now. Your address has not changed.")):
        person.save(update_fields=["email"])
    row.confirmed_at = timezone.now()
    row.save(update_fields=["confirmed_at"])
    end_links(person)
    end_sessions(person, but=keep_session)
    changes = {"email": (row.previous_email, row.new_email)}
    record(action="security.email_changed", subject=person, reason=f"Confirmed: {row}.", actor=person, changes=changes)
    queue_mail(MailTopic.EMAIL_CHANGED, person, row)
    return person


def find_stoppable(token: str) -> EmailChange:
    """Return the change that a link at the previous address can stop or undo. Runs one query. Raises LinkGone."""
    row = EmailChange.objects.select_related("user").filter(stop_digest=token_digest(token)).first()
    now = timezone.now()
    if row is None or row.canceled_at or row.undone_at or now >= (row.confirmed_at or row.created_at) + STOPPABLE:
        raise LinkGone(
            "It was already used, is older than 72 hours, or the change was canceled. If someone else uses your "
            "account, set a new password and tell a PageToJob staff admin."
        )
    return row


@transaction.atomic
def stop_change(*, token: str) -> User:
    """Cancel a pending change, or give the user the previous address back. Ends all links and sessions.

    Later changes are undone with it: whoever made this one may have made them too. Raises LinkGone, or AccountError if
    the previous address belongs to another account now.
    """
    person = User.objects.select_for_update().get(pk=find_stoppable(token).user_id)
    row = find_stoppable(token)
    if row.confirmed_at:
        _restore(person, row)
    end_links(person)
    end_sessions(person)
    if not row.confirmed_at:
        reason = f"Stopped by the link mailed to the current address: {row}."
        record(action="security.email_canceled", subject=person, reason=reason, actor=BY_LINK)
    queue_mail(MailTopic.EMAIL_STOPPED, person, row)
    return person


BY_LINK = "mailed link"


def _restore(person: User, row: EmailChange) -> None:
    changes: dict[str, tuple[object, object]] = {"email": (person.email, row.previous_email)}
    person.email = row.previous_email
    with raise_on_conflict(AccountError("Another account uses this address now. Tell a PageToJob staff admin.")):
        person.save(update_fields=["email"])
    undone = EmailChange.objects.filter(user=person, pk__gte=row.pk, confirmed_at__isnull=False, undone_at=None)
    undone.update(undone_at=timezone.now())
    reason = f"Undone by the link mailed to the previous address: {row}."
    record(action="security.email_restored", subject=person, reason=reason, actor=BY_LINK, changes=changes)
    queue_mail(MailTopic.EMAIL_RESTORED, person, row)


def _cancel_open(user: User) -> int:
    return EmailChange.objects.filter(user=user, canceled_at=None, confirmed_at=None).update(canceled_at=timezone.now())
