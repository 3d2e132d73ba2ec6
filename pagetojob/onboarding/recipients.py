"""Addresses that are notified about new requests, and the test message that proves that one works."""

import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.outbound.errors import GatewayError, TransientError, UnclearError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient, Tenant, User
from syncqueue.notices import recipients
from syncqueue.notices.channels import Prepared, prepare, result_of
from syncqueue.notices.content import Content

from .errors import OnboardingRefused

LINK_LIFETIME = timedelta(days=30)
RETRY_AFTER = timedelta(minutes=2)
#: The clock of the host that signs a link may be so far behind that of the database.
_CLOCKS = timedelta(minutes=1)
#: The length of a run. The worker also escalates requests, so a slow mail server must not keep it.
BUDGET_SECONDS = 10.0
#: Messages under way at once. Each ends within `MAIL_DEADLINE_SECONDS`, well before it would be sent again.
THREADS = 8
_SALT = "onboarding.recipient"


def add_recipient(*, tenant: Tenant, email: str, label: str, by: User, reason: str) -> NoticeRecipient:
    """Add an email address, as its office does in the portal. Raises OnboardingRefused."""
    try:
        with scope.tenant(tenant.pk):
            added = recipients.add(
                tenant=tenant, channel=NoticeChannel.EMAIL, address=email, label=label.strip(), by=by, reason=reason
            )
    except recipients.RecipientRefused as refused:
        raise OnboardingRefused(str(refused)) from refused
    return added.recipient


@transaction.atomic
def set_active(*, recipient: NoticeRecipient, active: bool, by: User, reason: str) -> None:
    """Stop or resume notices to an address. Needs the operator scope. Raises OnboardingRefused if nothing changes.

    A recipient that was removed is not resumed: it would get personal data again, and no list shows it.
    """
    rows = NoticeRecipient.objects.filter(pk=recipient.pk, active=not active, removed_at=None)
    if not rows.update(active=active):
        raise OnboardingRefused("This address was changed in the meantime.")
    record_change("onboarding.set_recipient", recipient, actor=by, reason=reason, active=(not active, active))


@transaction.atomic
def restore_recipients(*, tenant: Tenant, wanted: Mapping[str, bool], by: User, reason: str) -> None:
    """Make these the recipients, by public id and whether notices to them are on; remove the others.

    Needs the operator scope.
    """
    for row in NoticeRecipient.objects.select_for_update().filter(tenant=tenant):
        before, after = row.active if row.removed_at is None else None, wanted.get(str(row.public_id))
        if before == after:
            continue
        facts = {"active": bool(after), "removed_at": timezone.now() if after is None else None}
        NoticeRecipient.objects.filter(pk=row.pk).update(**facts)
        record_change("onboarding.restore_recipient", row, actor=by, reason=reason, active=(before, after))


def recipient_states(tenant: Tenant) -> dict[str, bool]:
    """Return for each recipient, by public id, whether notices to it are on. Runs one query."""
    rows = NoticeRecipient.objects.filter(tenant=tenant, removed_at__isnull=True).order_by("pk")
    return {str(row.public_id): row.active for row in rows}


def send_due_tests() -> int:
    """Send the test messages that are due, until the budget is spent, and return how many were sent. Periodic task.

    A failed one is sent again later. None is sent after the end of the contract, because its link would not open.
    Messages that are under way at the end are settled by their threads, so that a slow server does not keep the worker.
    """
    sent, until = 0, time.monotonic() + BUDGET_SECONDS
    under: dict[Future[str | GatewayError], NoticeRecipient] = {}
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="test message")
    try:
        while (left := until - time.monotonic()) > 0:
            while len(under) < THREADS and (row := _claim_next()):
                under[pool.submit(_prepared(row).result)] = row
            if not under:
                break
            done, _ = wait(under, timeout=left, return_when=FIRST_COMPLETED)
            sent += sum([_settle(under.pop(future), future) for future in done])
    finally:
        for future, row in under.items():
            future.add_done_callback(partial(_settle_late, row, threading.current_thread()))
        pool.shutdown(wait=False)
    return sent


def confirmation_address(recipient: NoticeRecipient) -> str:
    token = signing.dumps([recipient.tenant_id, str(recipient.public_id)], salt=_SALT)
    return settings.PUBLIC_URL + reverse("onboarding-link:confirm", args=[token])


def recipient_of(token: str) -> NoticeRecipient | None:
    """Return the recipient that a link names; None for a link that expired, or that ended with its recipient.

    A recipient that was removed and added again has to be confirmed again, so a link from before confirms nothing.
    """
    named = _named(token, LINK_LIFETIME)
    if named is None:
        return None
    tenant_id, public_id = named
    with scope.tenant(tenant_id):
        rows = NoticeRecipient.objects.filter(tenant=tenant_id, public_id=public_id, removed_at__isnull=True)
        row = rows.exclude(tenant__state=Lifecycle.CLOSED).select_related("tenant").first()
        added = recipients.added_at(row) if row else None
    if added and _named(token, timezone.now() - added + _CLOCKS) is None:
        return None
    return row


def _named(token: str, age: timedelta) -> tuple[int, str] | None:
    """Return the tenant and the recipient that a link of at most this age names."""
    try:
        tenant_id, public_id = signing.loads(token, salt=_SALT, max_age=age)
    except signing.BadSignature:
        return None
    return tenant_id, public_id


@transaction.atomic
def confirm(recipient: NoticeRecipient) -> None:
    """Record that a test message was received. A repeated confirmation changes nothing."""
    with scope.tenant(recipient.tenant_id):
        rows = NoticeRecipient.objects.filter(pk=recipient.pk, confirmed_at__isnull=True)
        if rows.update(confirmed_at=timezone.now()):
            record_change(
                "onboarding.confirm_recipient",
                recipient,
                actor="test message link",
                reason="The link in the test message was used.",
            )


def _claim_next() -> NoticeRecipient | None:
    """Claim the recipient whose test message is due first; None if there is none."""
    with scope.worker():
        due = NoticeRecipient.objects.filter(test_due_at__lte=timezone.now(), active=True).select_related("tenant")
        rows = due.exclude(tenant__state=Lifecycle.CLOSED).order_by("test_due_at", "pk")
        return next((row for row in rows if _claim(row)), None)


def _claim(row: NoticeRecipient) -> bool:
    """Postpone the next attempt before sending, so that no other worker sends the same message."""
    mine = NoticeRecipient.objects.filter(pk=row.pk, test_due_at=row.test_due_at)
    return bool(mine.update(test_due_at=timezone.now() + RETRY_AFTER))


def _prepared(row: NoticeRecipient) -> Prepared:
    """Return the call that sends a test message."""
    address = confirmation_address(row)
    context = {"business": row.tenant.name, "address": address, "days": LINK_LIFETIME.days}
    content = Content(
        subject=f"Please confirm: requests for {row.tenant.name} arrive here",
        text=render_to_string("onboarding/mail/test_message.txt", context),
        short=f"{row.tenant.name}: confirm that website requests may be sent to this phone: {address}",
        event={
            "type": "recipient.test",
            "timestamp": timezone.now().isoformat(),
            "data": {"business": row.tenant.name},
        },
    )
    return prepare(row, content, notice=row.public_id, message=uuid.uuid4())


def _settle(row: NoticeRecipient, future: Future[str | GatewayError]) -> bool:
    """Store the result of a test message; return whether it was sent.

    A webhook proves itself: it is confirmed when it accepts the signed test event.
    """
    result = result_of(future, {"tenant_id": row.tenant_id, "recipient": str(row.public_id)})
    if isinstance(result, TransientError | UnclearError):
        facts: dict[str, object] = {"test_error": result.sentence[:200]}
    elif isinstance(result, GatewayError):
        facts = {"test_error": result.sentence[:200], "test_due_at": None}
    else:
        facts = {"test_error": "", "test_due_at": None, "test_sent_at": timezone.now()}
        facts |= {"confirmed_at": timezone.now()} if row.channel == NoticeChannel.WEBHOOK else {}
    with scope.worker():
        NoticeRecipient.objects.filter(pk=row.pk).update(**facts)
    return isinstance(result, str)


def _settle_late(row: NoticeRecipient, run: threading.Thread, future: Future[str | GatewayError]) -> None:
    """Store the result of a message in its thread, with a connection to the database that ends with it.

    A message that ended just before is settled in the thread of the run, whose connection stays open.
    """
    try:
        _settle(row, future)
    finally:
        if threading.current_thread() is not run:
            connection.close()
