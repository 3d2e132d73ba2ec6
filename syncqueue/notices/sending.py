"""Sends due notices. Each has its own row, so one slow or failing recipient delays no other.

The main thread claims, reads and settles; network waits run in other threads. A recipient has at most one message under
way in a process, so that a receiver that hangs takes one thread.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.outbound.errors import GatewayError, RefusedError
from pagetojob.platform.outbound.mail import DEAD_ADDRESS
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.postgresql.run_lock import RunLock
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeChannel
from pagetojob.platform.tracing import record_span

from . import bounces
from .channels import Prepared, prepare, result_of
from .content import content_of
from .escalation import escalate_failed, lock_order, was_anyone_notified
from .models import STOPPED, Purpose, RecipientNotice
from .outbox import claim, may_pass, postpone, settle, skip
from .outgoing import MessageState
from .quiet import quiet_until

#: Messages under way at once, and the time in which a run claims new ones.
THREADS = 16
BUDGET_SECONDS = 10.0
#: A recipient in quiet hours gets a request after this time if no one else was notified by then.
OTHERS_FIRST = timedelta(seconds=30)
RECHECKED_AFTER = timedelta(minutes=5)
_WAIT_SECONDS = 0.2
log = logging.getLogger(__name__)
type Under = dict[Future[str | GatewayError], tuple[RecipientNotice, datetime]]


def send_due() -> int:
    """Send due notices until none is left or the budget is spent; return how many were settled. Periodic task."""
    if not _anything_due():
        return 0
    # A single run claims at a time, so that runs do not occupy all workers. Claims have leases, so two are harmless.
    lock = RunLock("notices", required=False)
    with lock as is_ours:
        return _send(lock) if is_ours else 0


def _anything_due() -> bool:
    with scope.worker():
        return RecipientNotice.objects.filter(state=MessageState.QUEUED, due_at__lte=Now()).exists()


def _send(lock: RunLock) -> int:
    under: Under = {}
    settled, until = 0, time.monotonic() + BUDGET_SECONDS
    with ThreadPoolExecutor(THREADS, thread_name_prefix="notice") as pool:
        while True:
            claimed = _start(pool, under) if time.monotonic() < until else 0
            if not under and not claimed:
                return settled
            if time.monotonic() >= until:
                # Others may claim while this run waits for its last receivers.
                lock.release()
            settled += _finish(under)


def _start(pool: ThreadPoolExecutor, under: Under) -> int:
    """Claim due notices for free threads and start them; return how many were claimed."""
    free = THREADS - len(under)
    if free <= 0:
        return 0
    busy = [notice.recipient_id for notice, _ in under.values()]
    with scope.worker():
        due = RecipientNotice.objects.select_related("recipient", "recipient__tenant")
        rows = claim(due.exclude(recipient__in=busy), most=free)
        taken, failed = set(busy), []
        for notice in rows:
            if notice.recipient_id in taken:
                postpone(notice, timezone.now())
                continue
            prepared = _prepared_alone(notice)
            if isinstance(prepared, RefusedError):
                failed.append((notice, prepared))
            elif prepared:
                taken.add(notice.recipient_id)
                under[pool.submit(prepared.result)] = notice, timezone.now()
        for notice, error in sorted(failed, key=lambda pair: lock_order(pair[0].lead_id)):
            _settle(notice, error)
    return len(rows)


def _prepared_alone(notice: RecipientNotice) -> Prepared | RefusedError | None:
    """Return `_prepared`. An error of ours ends this notice: raised, it would undo the claims of all, in every run."""
    try:
        with transaction.atomic():
            return _prepared(notice)
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("notice not sent", extra=notice.log_fields)
        return RefusedError("own-fault", "An internal error stopped it.")


def _prepared(notice: RecipientNotice) -> Prepared | None:
    """Return the call that sends a notice; None if it is not to be sent now."""
    recipient = notice.recipient
    if not recipient.active:
        skip(notice, STOPPED)
        return None
    if until := _postponed_until(notice):
        postpone(notice, until)
        return None
    content = content_of(notice)
    if content is None or (recipient.channel == NoticeChannel.WEBHOOK and not content.event):
        skip(notice, "There is nothing to send any more.")
        return None
    return prepare(recipient, content, notice=notice.public_id, message=notice.public_id)


def _postponed_until(notice: RecipientNotice) -> datetime | None:
    """Return when to check a notice in quiet hours again; None if it is to be sent now.

    A request waits only while someone knows of it, as `escalation.was_anyone_notified` states. Its notices can be
    returned later, so it is checked again before the quiet hours end.
    """
    recipient, now = notice.recipient, timezone.now()
    until = quiet_until(recipient.quiet_from, recipient.quiet_until, zone=recipient.tenant.time_zone, now=now)
    if until is None or notice.purpose == Purpose.ESCALATION:
        return None
    if notice.purpose != Purpose.REQUEST or notice.lead is None:
        return until
    if was_anyone_notified(notice.lead):
        return min(until, now + RECHECKED_AFTER)
    waits_until = notice.created_at + OTHERS_FIRST
    return waits_until if waits_until > now else None


def _finish(under: Under) -> int:
    """Settle the messages that ended, waiting briefly for the first."""
    done, _ = wait(under, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
    for future in done:
        notice, began = under.pop(future)
        result = result_of(future, notice.log_fields)
        with scope.worker():
            _settle(notice, result)
        if notice.lead_id is not None:
            facts = {"channel": notice.recipient.channel, "error": getattr(result, "code", "")}
            record_span(notice.subject_key, "notify recipient", began=began, notice=str(notice.public_id), **facts)
    return len(done)


def _settle(notice: RecipientNotice, result: str | GatewayError) -> None:
    if isinstance(result, str):
        bounces.end_earlier_report(notice)
    if not settle(notice, result) or isinstance(result, str) or may_pass(notice, result):
        return
    log.warning("notice failed", extra=notice.log_fields | {"error": result.code})
    is_dead = bounces.is_dead_number(result.code) or result.code.startswith(DEAD_ADDRESS)
    if not (is_dead and bounces.mark_dead(notice, code=result.code, sentence=result.sentence)):
        escalate_failed(notice)
