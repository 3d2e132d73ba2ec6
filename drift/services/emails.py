"""Emails that carry a review link, and reminders. Sent at least once, with a stable Message-ID."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.public import is_served
from pagetojob.platform.tenants.recipients import notice_address, notified_addresses

from ..models import Finding, FindingState, MailState, ReviewLink, ReviewMail, What
from ..texts import fact_of
from .history import end_links, open_links, record_event
from .link_codes import address_of

BATCH_SIZE = 20
#: Longer than sending one email may take, so that no other worker sends it concurrently.
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 8
REMINDERS = 3


def enqueue(*, finding: Finding, link: ReviewLink, number: int = 0) -> ReviewMail | None:
    """Enqueue the email of a link, or a reminder, in the caller's transaction. Returns None if no address is known."""
    address = notice_address(finding.tenant_id)
    if not address:
        return None
    mail, _ = ReviewMail.objects.get_or_create(
        tenant_id=finding.tenant_id, finding=finding, link=link, number=number, defaults={"to": address}
    )
    return mail


def enqueue_reminder(*, finding: Finding, number: int) -> None:
    """Enqueue a reminder if the question was emailed and its link is still active. Needs the worker scope."""
    link = open_links(finding).filter(expires_at__gt=Now(), mails__number=0).first()
    if link is not None:
        enqueue(finding=finding, link=link, number=number)


def send_due() -> int:
    """Send due emails and return how many were sent. Periodic task. No transaction is open during the SMTP call."""
    sent = 0
    for pk in _claim():
        sent += _send(pk)
    return sent


def _claim() -> list[int]:
    with scope.worker(), transaction.atomic():
        rows = ReviewMail.objects.select_for_update(skip_locked=True).filter(state=MailState.OWED, due_at__lte=Now())
        claimed = list(rows.order_by("due_at").values_list("pk", flat=True)[:BATCH_SIZE])
        ReviewMail.objects.filter(pk__in=claimed).update(due_at=Now() + LEASE)
    return claimed


def _send(pk: int) -> bool:
    with scope.worker():
        mail = ReviewMail.objects.select_related("finding", "link", "tenant").get(pk=pk)
    if not _is_wanted(mail) or not _has_recipient(mail):
        _settle(mail, state=MailState.DROPPED)
        return False
    subject, body = words_of(mail)
    try:
        send_mail(message_id=message_id_for(mail.public_id), to=mail.to, subject=subject, body=body)
    except RefusedError as error:
        _settle(mail, state=MailState.REFUSED, why=error.sentence)
        return False
    except (TransientError, UnclearError) as error:
        again = {"state": MailState.REFUSED} if mail.tries + 1 >= MAX_ATTEMPTS else {}
        wait = timedelta(minutes=min(2**mail.tries, 60))
        _settle(mail, why=error.sentence, due_at=Now() + wait, **again)
        return False
    _settle(mail, state=MailState.SENT, sent_at=Now())
    return True


def _is_wanted(mail: ReviewMail) -> bool:
    return mail.link.is_active and mail.finding.state == FindingState.ASKED and is_served(mail.tenant)


def _has_recipient(mail: ReviewMail) -> bool:
    """Return whether the email has a recipient: another one if the first was removed. Without one, its link ends."""
    with scope.worker():
        if mail.to.lower() in notified_addresses(mail.tenant_id):
            return True
        mail.to = notice_address(mail.tenant_id)
        if mail.to:
            ReviewMail.objects.filter(pk=mail.pk).update(to=mail.to)
        else:
            end_links(mail.finding)
    return bool(mail.to)


def _settle(mail: ReviewMail, **facts: object) -> None:
    with scope.worker(), transaction.atomic():
        ReviewMail.objects.filter(pk=mail.pk).update(tries=mail.tries + 1, **facts)
        if facts.get("state") == MailState.SENT:
            record_event(mail.finding, What.MAILED, f"Reminder {mail.number}." if mail.number else "The question.")


def words_of(mail: ReviewMail) -> tuple[str, str]:
    """Return subject and text: the fact, both sides, the link, and what happens without an answer."""
    fact = fact_of(mail.finding)
    begin = {0: "Question", REMINDERS: "Last reminder"}.get(mail.number, "Reminder")
    body = (
        f"{mail.tenant.name}: a question about your website.\n\n{fact.about}\n\n"
        f"Your website: {fact.website_says}\nOur records: {fact.records_say}\nPage: {fact.page}\n\n"
        f"{fact.question} Answer here (no sign-in needed):\n{address_of(mail.link)}\n\n"
        f"You can use the link once, until {mail.tenant.in_words(mail.link.expires_at)}. "
        "Please do not share it.\n"
        "Nothing changes until you answer.\n"
    )
    if mail.number == REMINDERS:
        body += "If we do not hear from you, PageToJob will call you.\n"
    return f"{begin} about your website: {fact.about}"[:150].replace("\n", " "), body
