"""Emails that carry a review link, and reminders. Sent at least once, with a stable Message-ID."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile

from ..models import Finding, FindingState, MailState, ReviewLink, ReviewMail, What
from ..texts import fact_of
from .history import note
from .link_codes import address_of

A_TURN = 20
#: Longer than sending one email may take, so that no other worker sends it concurrently.
LEASE = timedelta(minutes=5)
MOST_TRIES = 8
REMINDERS = 3


def owe(*, finding: Finding, link: ReviewLink, number: int = 0) -> ReviewMail | None:
    """Enqueue the email of a link, or a reminder, in the caller's transaction. Returns None if no address is known."""
    profile = BusinessProfile.objects.filter(tenant=finding.tenant_id).first()
    if profile is None:
        return None
    mail, _ = ReviewMail.objects.get_or_create(
        tenant_id=finding.tenant_id, finding=finding, link=link, number=number, defaults={"to": profile.notify_email}
    )
    return mail


def owe_reminder(*, finding: Finding, number: int) -> None:
    """Enqueue a reminder if the question was emailed and its link is still active. Needs the worker scope."""
    links = ReviewLink.objects.filter(tenant_id=finding.tenant_id, finding=finding, mails__number=0)
    link = links.filter(revoked_at__isnull=True, used_at__isnull=True, expires_at__gt=Now()).first()
    if link is not None:
        owe(finding=finding, link=link, number=number)


def send_due() -> int:
    """Send due emails and return how many were sent. Periodic task. No transaction is open during the SMTP call."""
    sent = 0
    for pk in _claim():
        sent += _send(pk)
    return sent


def _claim() -> list[int]:
    with scope.worker(), transaction.atomic():
        rows = ReviewMail.objects.select_for_update(skip_locked=True).filter(state=MailState.OWED, due_at__lte=Now())
        found = list(rows.order_by("due_at").values_list("pk", flat=True)[:A_TURN])
        ReviewMail.objects.filter(pk__in=found).update(due_at=Now() + LEASE)
    return found


def _send(pk: int) -> bool:
    with scope.worker():
        mail = ReviewMail.objects.select_related("finding", "link", "tenant").get(pk=pk)
    if not _is_wanted(mail):
        _settle(mail, state=MailState.DROPPED)
        return False
    subject, body = words_of(mail)
    try:
        send_mail(message_id=message_id_for(mail.public_id), to=mail.to, subject=subject, body=body)
    except RefusedError as error:
        _settle(mail, state=MailState.REFUSED, why=error.sentence)
        return False
    except (TransientError, UnclearError) as error:
        again = {"state": MailState.REFUSED} if mail.tries + 1 >= MOST_TRIES else {}
        wait = timedelta(minutes=min(2**mail.tries, 60))
        _settle(mail, why=error.sentence, due_at=Now() + wait, **again)
        return False
    _settle(mail, state=MailState.SENT, sent_at=Now())
    return True


def _is_wanted(mail: ReviewMail) -> bool:
    link = mail.link
    lives = link.used_at is None and link.revoked_at is None and link.expires_at > timezone.now()
    return lives and mail.finding.state == FindingState.ASKED


def _settle(mail: ReviewMail, **facts: object) -> None:
    with scope.worker(), transaction.atomic():
        ReviewMail.objects.filter(pk=mail.pk).update(tries=mail.tries + 1, **facts)
        if facts.get("state") == MailState.SENT:
            note(mail.finding, What.MAILED, f"Reminder {mail.number}." if mail.number else "The question itself.")


def words_of(mail: ReviewMail) -> tuple[str, str]:
    """Return subject and text: the fact, both sides, the link, and what happens without an answer."""
    names = ("rule", "item", "page", "site_value", "map_value", "quote")
    fact = fact_of(**{name: getattr(mail.finding, name) for name in names})
    begin = {0: "One question", REMINDERS: "Last reminder"}.get(mail.number, "A reminder")
    body = (
        f"{mail.tenant.name}: one question about your website.\n\n{fact.about}\n\n"
        f"Your website says: {fact.website_says}\nOur records say: {fact.records_say}\nOn: {fact.page}\n\n"
        f"Which is right? Answer here, without signing in:\n{address_of(mail.link)}\n\n"
        f"The link answers once and ends on {mail.link.expires_at:%B %-d, %Y}. Please do not pass it on.\n"
        "Nothing changes by itself, and nothing is settled by silence.\n"
    )
    if mail.number == REMINDERS:
        body += "If we hear nothing, somebody at PageToJob will call you.\n"
    return f"{begin} about your website: {fact.about}"[:150].replace("\n", " "), body
