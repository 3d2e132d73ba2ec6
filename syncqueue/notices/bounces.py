"""Bounces and complaints: read reports of mail servers (RFC 3464, RFC 5965) and of the text provider, and act on them.

A report is believed only because it names a notice with our mark: the bounce address, or the signed callback.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import Message
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.outbound.text_reports import ABOUT_THE_MESSAGE, NEVER, sentence_of
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient
from syncqueue.inbox.outcomes import ReportOutcome
from syncqueue.services.inbox_counts import count

from . import escalation
from .codes import BounceCode, read_bounce_code
from .enqueue import enqueue, reachable
from .models import NOT_ARRIVED, DeliveryReport, Purpose, RecipientNotice, ReportKind
from .outbox import CLAIM_SECONDS, still_claimed

log = logging.getLogger(__name__)
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})")
#: Bytes of a message that are read. Its report comes before the message that it returns.
_MOST_READ = 65_536
_ACCEPTED = {
    NoticeChannel.EMAIL: ReportOutcome.EMAIL_ACCEPTED,
    NoticeChannel.TEXT: ReportOutcome.TEXT_ACCEPTED,
}
_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class Report:
    """The report in a message: a kind, a status code such as 5.1.1, and a sentence of ours."""

    kind: ReportKind
    code: str
    sentence: str


def read_report(raw: bytes) -> Report | None:
    """Return what a message reports; None if it is no delivery report. Pure.

    Some servers send a report without a `multipart/report` frame around it, so the parts decide.
    """
    # Python's default policy parses a header of 40 kB in more than 30 s; this one, in time quadratic in its length.
    with suppress(RecursionError):  # messages in messages
        for part in message_from_bytes(raw[:_MOST_READ], policy=policy.compat32).walk():
            kind = part.get_content_type()
            if kind == "message/delivery-status":
                return _of_status(part)
            if kind == "message/feedback-report":
                return _of_feedback(part)
    return None


def receive_mail(raw: bytes, *, to: str) -> str:
    """Record what a returned message reports, and return what was done, in a word. Repeated messages count once.

    `to` is the address it was delivered to; if empty, its headers are read.
    """
    code = _code_in(raw, to)
    if code is None:
        return "unknown address"
    report = read_report(raw)
    if not code.is_genuine:
        if report is not None:
            note_refused_report(code.notice, NoticeChannel.EMAIL, ReportOutcome.EMAIL_REFUSED)
        return "unknown address"
    if report is None:
        return "no report"
    return _record(code.notice, report, channel=NoticeChannel.EMAIL, source=hashlib.sha256(raw).hexdigest())


def note_refused_report(public_id: UUID, channel: NoticeChannel, outcome: ReportOutcome) -> None:
    """Count a report that was refused for its signature. A report about an id that we did not send counts nothing.

    Operators see an alarm; `refused_senders` states when it ends.
    """
    with scope.worker():
        notices = RecipientNotice.objects.filter(public_id=public_id, recipient__channel=channel)
        is_ours = notices.exists() or _is_test_message(public_id, channel)
    if is_ours:
        count(None, outcome)
        log.warning("report refused", extra={"notice": str(public_id), "channel": channel})


def receive_text_report(public_id: UUID, *, sid: str, status: str, code: int) -> str:
    """Record a status of the text provider about a notice. The caller has checked the signature."""
    if status == "delivered":
        report = Report(ReportKind.DELIVERED, "", "")
    elif status in ("undelivered", "failed"):
        hard = is_dead_number(f"text-{code}")
        report = Report(ReportKind.HARD if hard else ReportKind.SOFT, str(code or ""), sentence_of(code))
    else:
        return "in progress"
    return _record(public_id, report, channel=NoticeChannel.TEXT, source=f"{sid} {status}", sid=sid)


def is_dead_number(code: str) -> bool:
    """Return whether an error of the text provider concerns the number itself."""
    number = code.removeprefix("text-")
    return code.startswith("text-") and number.isdecimal() and int(number) in NEVER.keys() - ABOUT_THE_MESSAGE


def mark_dead(notice: RecipientNotice, *, code: str, sentence: str) -> bool:
    """Record that a server refused a message for its address, and mark the address. Needs a worker's scope.

    Each refusal is a new report, so another one marks the address again. Returns False after an error.
    """
    report = Report(ReportKind.HARD, code.rpartition("-")[2][:20], sentence)
    source = f"refused {timezone.now().isoformat()}"
    return _done_alone(lambda: _apply(notice, report, source), notice)


def _done_alone(change: Callable[[], bool], notice: RecipientNotice) -> bool:
    """Return what `change` returns; False if it raised an error, which is logged and undone alone.

    Raised, it would undo the settlement of the notice, as in `escalation.escalate_failed`.
    """
    try:
        with transaction.atomic():
            return change()
    except Exception:
        if transaction.get_rollback():  # the connection is lost, and with it the settlement
            raise
        log.exception("report not applied", extra=notice.log_fields)
        return False


def end_earlier_report(notice: RecipientNotice) -> None:
    """Let an accepted message begin without the report that an earlier attempt did not arrive. Needs a worker's scope.

    The report counts until then, and stays in the history. Servers can report this attempt before its answer, so call
    this before `settle`, which ends the claim. After an error, the report still counts. No statement for a first
    attempt; else two, and a savepoint.
    """
    if notice.reported in NOT_ARRIVED:
        _done_alone(lambda: _end_earlier_report(notice), notice)


def _end_earlier_report(notice: RecipientNotice) -> bool:
    rows = still_claimed(notice)
    claimed = rows.select_for_update().values_list("due_at", flat=True).first()
    if claimed is None:
        return False
    reports = DeliveryReport.objects.filter(tenant=notice.tenant_id, notice=notice)
    since = reports.filter(at__gte=claimed - timedelta(seconds=CLAIM_SECONDS))
    kinds = set(since.values_list("kind", flat=True))
    # A delay replaces no report, so the one that ends here is still stored.
    return kinds <= {ReportKind.DELAYED} and bool(rows.update(reported=max(kinds, default="")))


def _record(public_id: UUID, report: Report, *, channel: NoticeChannel, source: str, sid: str = "") -> str:
    """Record a report, and count one that is new as accepted: repeated ones prove nothing about the next one."""
    with scope.worker():
        rows = RecipientNotice.objects.select_related("recipient", "recipient__tenant", "lead")
        notice = rows.filter(public_id=public_id).first()
        if notice is None and report.kind == ReportKind.DELIVERED and _is_test_message(public_id, channel):
            is_new = _note_delivered_test(public_id)
            done = "test message" if is_new else "repeated"
        elif notice is None or (sid and notice.external_id not in ("", sid)):
            done, is_new = "unknown notice", False
        else:
            is_new = _apply(notice, report, source)
            done = str(report.kind) if is_new else "repeated"
    if is_new:
        count(None, _ACCEPTED[channel])
    return done


def _is_test_message(public_id: UUID, channel: NoticeChannel) -> bool:
    """Return whether an id is that of a recipient: reports about test messages name it instead of a notice."""
    return NoticeRecipient.objects.filter(public_id=public_id, channel=channel).exists()


def _note_delivered_test(public_id: UUID) -> bool:
    """Store that the last test message to a recipient was delivered; return False if that was known."""
    is_new = Q(test_delivered_at=None) | Q(test_delivered_at__lt=F("test_sent_at"))
    return bool(NoticeRecipient.objects.filter(is_new, public_id=public_id).update(test_delivered_at=Now()))


def _apply(notice: RecipientNotice, report: Report, source: str) -> bool:
    """Store a report once and act on it. Return whether it is new."""
    _, is_new = DeliveryReport.objects.get_or_create(
        tenant_id=notice.tenant_id,
        notice=notice,
        source=source[:64],
        defaults={"kind": report.kind, "code": report.code[:20]},
    )
    if not is_new:
        return False
    row = RecipientNotice.objects.filter(pk=notice.pk)
    if report.kind == ReportKind.DELAYED:
        # Reports overtake each other: after a result, a delay is over.
        is_delayed = row.exclude(reported__in=ReportKind.values).update(reported=report.kind)
        log.info("notice delayed", extra=notice.log_fields | {"code": report.code})
        if is_delayed and notice.lead_id and notice.lead:
            escalation.escalate_delayed(notice.lead)
        return True
    row.update(reported=report.kind)
    if report.kind == ReportKind.DELIVERED:
        return True
    log.warning("notice returned", extra=notice.log_fields | {"kind": report.kind, "code": report.code})
    if report.kind in (ReportKind.HARD, ReportKind.COMPLAINT):
        _mark(notice, report)
    if report.kind != ReportKind.COMPLAINT and notice.lead_id and notice.lead:
        escalation.escalate_unnotified(notice.lead)
    return True


def _mark(notice: RecipientNotice, report: Report) -> None:
    """Mark the recipient, and tell the others at the business. Operators see an alarm while it is marked."""
    recipient = notice.recipient
    row = NoticeRecipient.objects.filter(pk=recipient.pk)
    if report.kind == ReportKind.COMPLAINT:
        row.update(complained_at=Coalesce("complained_at", Now()))
    else:
        row.update(bounced_at=Coalesce("bounced_at", Now()), bounce_reason=report.sentence[:200])
    record_change(
        "notices.bounced",
        recipient,
        actor="delivery report",
        reason=f"{report.sentence} {report.code}".strip(),
    )
    people = reachable(recipient.tenant_id).filter(channel__in=(NoticeChannel.EMAIL, NoticeChannel.TEXT))
    key = f"{recipient.public_id}/{timezone.now():%Y-%m-%d}"
    enqueue(people.exclude(pk=recipient.pk), Purpose.BOUNCE, subject_key=key)


def _code_in(raw: bytes, to: str) -> BounceCode | None:
    if to:
        return read_bounce_code(to)
    message = message_from_bytes(raw[:_MOST_READ], policy=policy.compat32)
    codes = [read_bounce_code(value) for name in _HEADERS for value in message.get_all(name, [])]
    return max(filter(None, codes), key=lambda code: code.is_genuine, default=None)


def _of_status(part: Message) -> Report | None:
    """Read a delivery status: one block about the message, then one per recipient. A failure outweighs a delay."""
    reports: list[Report] = []
    for block in part.get_payload():
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().lower()
        status = _STATUS.match(str(block.get("Status", "")))
        code = ".".join(status.groups()) if status else ""
        if action == "failed" and not code.startswith("4"):
            hard = not code or code.startswith(("5.0.0", "5.1.", "5.2.1"))
            kind = ReportKind.HARD if hard else ReportKind.SOFT
            reports.insert(0, Report(kind, code, "The mail server of this address returned our message."))
        elif action == "failed":  # it gave up after a delay
            sentence = "The mail server of this address could not take our message."
            reports.insert(0, Report(ReportKind.SOFT, code, sentence))
        elif action == "delayed":
            reports.append(Report(ReportKind.DELAYED, code, ""))
        elif action == "delivered":
            reports.append(Report(ReportKind.DELIVERED, code, ""))
    return reports[0] if reports else None


def _of_feedback(part: Message) -> Report | None:
    """Read a feedback report. Only abuse is a complaint; others, such as `not-spam`, change nothing."""
    text = part.as_bytes().decode("ascii", "replace")
    kind = re.search(r"^Feedback-Type:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
    if kind is None or kind[1].lower() not in ("abuse", "fraud"):
        return None
    return Report(ReportKind.COMPLAINT, kind[1].lower(), "The mailbox reported our message as spam.")
