"""Account email. Requests only queue a row; a worker sends it.

Delivery is at least once. The Message-ID and the link are the same for every attempt.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.derived_keys import link_token, token_digest
from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.time_zones import usable_zone

from ..models import EmailChange, Invitation, MailTopic, OwedMail, PasswordReset

LEASE = timedelta(minutes=2)
BUDGET_SECONDS = 20.0
#: Maximum attempts while the mail server is unreachable, about a day; after that a person must investigate.
MAX_ATTEMPTS = 200
AFTER_TRY = timedelta(minutes=7)
RESET_LIFE = timedelta(hours=1)
SUBJECTS = {
    MailTopic.RESET_ASKED: "Set a new password",
    MailTopic.INVITATION: "You are invited to PageToJob",
    MailTopic.PASSWORD_CHANGED: "Your password was changed",
    MailTopic.FACTOR_ADDED: "A second step was added to your account",
    MailTopic.FACTOR_REMOVED: "A second step was removed from your account",
    MailTopic.FACTORS_RESET: "The second step of your account was reset",
    MailTopic.CODES_MADE: "New recovery codes were created",
    MailTopic.CODE_USED: "A recovery code was used to sign in",
    MailTopic.EMAIL_CONFIRM: "A new email address for a PageToJob account",
    MailTopic.EMAIL_REQUESTED: "A new email address was requested for your account",
    MailTopic.EMAIL_CHANGED: "The email address of your account was changed",
    MailTopic.PRIVILEGE_REQUESTED: "A privileged change was requested",
    MailTopic.PRIVILEGE_DECIDED: "A privileged change was decided",
    MailTopic.EMAIL_STOPPED: "The change of your email address was stopped",
    MailTopic.EMAIL_RESTORED: "This address no longer belongs to a PageToJob account",
}


def queue_mail(about: MailTopic, user: User, email_change: EmailChange | None = None) -> None:
    """Queue a notification about a change to the user's account, in the transaction of the change. One INSERT."""
    OwedMail.objects.create(about=about, user=user, email_change=email_change)


def queue_reset(typed_email: str) -> None:
    """Queue a password reset for an address. Performs the same single INSERT whether or not it has an account."""
    OwedMail.objects.create(about=MailTopic.RESET_ASKED, typed_email=typed_email)


def send_pending_mail() -> int:
    """Send all due mail; return how many were sent. Idempotent and safe to run concurrently."""
    sent, ends = 0, time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < ends and (mail := _claim(timezone.now())):
        sent += _deliver(mail)
    return sent


@transaction.atomic
def _claim(now: datetime) -> OwedMail | None:
    waiting = OwedMail.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        settled_at=None, due_at__lte=now
    )
    people = ("user", "requested_by", "decided_by")
    mail = (
        waiting.select_related("user", "invitation__tenant", "invitation__invited_by", "reset")
        .select_related("email_change__requested_by", *(f"privilege_request__{person}" for person in people))
        .order_by("due_at", "pk")
        .first()
    )
    if mail:
        mail.tries += 1
        mail.due_at = now + (AFTER_TRY if mail.tries > 3 else LEASE)
        mail.save(update_fields=["tries", "due_at"])
        _find_who(mail, now)
    return mail


def _find_who(mail: OwedMail, now: datetime) -> None:
    """Resolve a typed address to a user and create the reset link. The typed address is then erased."""
    if not mail.typed_email:
        return
    person = User.objects.by_email(mail.typed_email)
    mail.typed_email = ""
    if person and person.is_active:
        reset = PasswordReset(user=person, expires_at=now + RESET_LIFE)
        reset.digest = token_digest(link_token("reset", reset.public_id))
        reset.save()
        mail.user, mail.reset = person, reset
    mail.save(update_fields=["typed_email", "user", "reset"])


def _deliver(mail: OwedMail) -> bool:
    """Send one email and settle it; return whether it was sent. No transaction is open during the call."""
    to = _recipient(mail)
    if not to or _needless(mail):
        _settle(mail)
        return False
    with timezone.override(usable_zone(mail.user.time_zone) if mail.user else UTC):
        body = render_to_string("accounts/mail/body.txt", _context(mail))
    try:
        send_mail(
            message_id=message_id_for(f"account-{mail.public_id}"),
            to=to,
            subject=SUBJECTS[MailTopic(mail.about)],
            body=body,
        )
    except (RefusedError, TransientError, UnclearError) as error:
        if isinstance(error, RefusedError) or mail.tries >= MAX_ATTEMPTS:
            _settle(mail, trouble=error.sentence)
        return False  # otherwise due again when the lease expires
    return _settle(mail)


def _recipient(mail: OwedMail) -> str:
    if mail.invitation:
        return mail.invitation.email
    if mail.email_change:
        to_new = mail.about in {MailTopic.EMAIL_CONFIRM, MailTopic.EMAIL_RESTORED}
        return mail.email_change.new_email if to_new else mail.email_change.previous_email
    return mail.user.email if mail.user else ""


def _needless(mail: OwedMail) -> bool:
    """Return whether the link of the email no longer works."""
    if mail.invitation:
        return bool(mail.invitation.revoked_at or mail.invitation.accepted_at)
    if mail.email_change and mail.about == MailTopic.EMAIL_CONFIRM:
        change = mail.email_change
        return bool(change.canceled_at or change.confirmed_at or change.expires_at < timezone.now())
    return bool(mail.reset and mail.reset.used_at)


def _settle(mail: OwedMail, *, trouble: str = "") -> bool:
    rows = OwedMail.objects.filter(pk=mail.pk, tries=mail.tries, settled_at=None)
    return bool(rows.update(settled_at=timezone.now(), trouble=trouble))


def _context(mail: OwedMail) -> dict[str, Any]:
    return {
        "about": mail.about,
        "what": MailTopic(mail.about).label,
        "mail": mail,
        "invitation_ends": _end_of(mail.invitation) if mail.invitation else "",
        "link": _link(mail),
        "account_url": settings.PUBLIC_URL + reverse("accounts:security"),
        "privileges_url": settings.PUBLIC_URL + reverse("admin:accounts_privilegerequest_changelist"),
        "reset_url": settings.PUBLIC_URL + reverse("accounts:forgot"),
    }


def _end_of(invitation: Invitation) -> str:
    """Return when an invitation expires: in the time zone of its contractor, or else in UTC."""
    if invitation.tenant:
        return invitation.tenant.in_words(invitation.expires_at)
    return f"{invitation.expires_at.astimezone(UTC):%B %-d, %Y, %-I:%M %p %Z}"


def _link(mail: OwedMail) -> str:
    """Return the link of an email, or an empty string. A new address that belongs to an account gets none."""
    row: Invitation | PasswordReset | EmailChange
    change = mail.email_change
    if mail.invitation:
        view, use, row, digest = "accounts:invitation", "invitation", mail.invitation, mail.invitation.digest
    elif mail.reset:
        view, use, row, digest = "accounts:reset", "reset", mail.reset, mail.reset.digest
    elif change and mail.about in {MailTopic.EMAIL_REQUESTED, MailTopic.EMAIL_CHANGED} and change.stop_digest:
        view, use, row, digest = "accounts:email-stop", "email stop", change, change.stop_digest
    elif change and mail.about == MailTopic.EMAIL_CONFIRM and not User.objects.by_email(change.new_email):
        view, use, row, digest = "accounts:email-confirm", "email", change, change.digest
    else:
        return ""
    return settings.PUBLIC_URL + reverse(view, args=[link_token(use, row.public_id, digest)])
