"""Lists of notices and recipients, for operators and for the portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from pagetojob.platform.tenants.models import NoticeRecipient, Tenant
from syncqueue.leads.models import Lead

from ..models import Kind, State, SyncItem
from .enqueue import accepting
from .escalation import ALARM_LIFETIME
from .models import NOT_ARRIVED, RecipientNotice, ReportKind
from .outbox import was_attempted
from .outgoing import MessageState

MOST = 100
#: The state of a notice that was attempted before it was no longer needed. Its `error` has what is known.
SKIPPED_LATER = "stopped after an attempt"


@dataclass(frozen=True)
class ListedNotice:
    """A notice, the outbox item that carries it, and its status in words. Its reports are loaded."""

    row: RecipientNotice
    item: SyncItem | None
    status: str


def newest_notices(*, failed_only: bool) -> Sequence[ListedNotice]:
    """Return the newest notices of all tenants. Three queries, operator's scope."""
    rows = RecipientNotice.objects.select_related("tenant", "recipient", "lead").prefetch_related("reports")
    if failed_only:
        rows = rows.filter(state=MessageState.FAILED).order_by("-pk")
    else:
        rows = rows.order_by("-created_at", "-pk")
    newest = list(rows[:MOST])
    leads = [row.lead_id for row in newest if row.carried]
    carriers = SyncItem.objects.filter(kind=Kind.BUSINESS_NOTIFICATION, lead__in=leads).defer("envelope")
    by_lead = {item.lead_id: item for item in carriers}
    pairs = [(row, by_lead.get(row.lead_id) if row.carried else None) for row in newest]
    return [ListedNotice(row, item, _status(row, item)) for row, item in pairs]


@dataclass(frozen=True)
class NoticeLine:
    """A notice about a request, as the business reads it: to whom, in which state, and when a server accepted it."""

    recipient: NoticeRecipient
    state: str
    delivered_at: datetime | None
    error: str = ""


def notices_of(lead: Lead) -> Sequence[NoticeLine]:
    """Return the notices about a request. Runs two queries.

    The notice that the request's outbox item carries has the state of the item, until a server reports about it.
    """
    rows = RecipientNotice.objects.filter(tenant=lead.tenant_id, lead=lead).select_related("recipient").order_by("pk")
    item = SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, kind=Kind.BUSINESS_NOTIFICATION).first()
    return [_line(row, item if row.carried else None) for row in rows]


def notices_to_same(item: SyncItem) -> QuerySet[RecipientNotice]:
    """Return the notices about a request to the recipient whose notice its item carries, such as a reminder."""
    rows = RecipientNotice.objects.filter(tenant=item.tenant_id, lead=item.lead_id)
    return rows.filter(recipient__in=rows.filter(carried=True).values("recipient"))


def is_address_dead(item: SyncItem) -> bool:
    """Return whether a server reported that the address of the notice that an item carries accepts no messages."""
    return notices_to_same(item).filter(reported=ReportKind.HARD).exists()


def notice_item(lead: Lead) -> UUID | None:
    """Return the public id of the outbox item that notifies the business of a request. Runs one query."""
    items = SyncItem.objects.filter(tenant=lead.tenant_id, lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    return items.values_list("public_id", flat=True).first()


def _status(row: RecipientNotice, item: SyncItem | None) -> str:
    """Return the status of a notice in words. A report counts only for a message that a server had accepted before."""
    state = item.state if item else row.state
    if state == MessageState.SKIPPED and was_attempted(row):
        return SKIPPED_LATER
    if state != MessageState.DELIVERED:
        return item.get_state_display() if item else row.get_state_display()
    return str(dict(ReportKind.choices).get(row.reported, MessageState.DELIVERED.label))


def _line(row: RecipientNotice, item: SyncItem | None) -> NoticeLine:
    at = row.delivered_at
    if item and at is None and item.state == State.DELIVERED:
        at = item.state_since
    ended = row.state == MessageState.FAILED or (row.state == MessageState.SKIPPED and was_attempted(row))
    error = row.error if item is None and ended else ""
    return NoticeLine(row.recipient, _status(row, item), None if row.reported in NOT_ARRIVED else at, error)


def failing_notices() -> QuerySet[RecipientNotice]:
    """Return the failed notices of the last week to active recipients that accepted none since.

    Those to recipients that are marked are left out: `marked_recipients` has them.
    """
    sent = SyncItem.objects.filter(tenant=OuterRef("tenant"), lead=OuterRef("lead"), state=State.DELIVERED)
    is_sent = Q(state=MessageState.DELIVERED) | Q(Exists(sent.filter(kind=Kind.BUSINESS_NOTIFICATION)), carried=True)
    later = RecipientNotice.objects.filter(is_sent, tenant=OuterRef("tenant"), recipient=OuterRef("recipient"))
    rows = RecipientNotice.objects.filter(state=MessageState.FAILED, created_at__gt=timezone.now() - ALARM_LIFETIME)
    rows = rows.filter(recipient__active=True, recipient__bounced_at=None, recipient__complained_at=None)
    return rows.exclude(Exists(later.filter(pk__gt=OuterRef("pk"))))


def failures_by_recipient(tenant: Tenant) -> dict[int, RecipientNotice]:
    """Return the newest of `failing_notices` of each recipient of a business. Runs one query."""
    return {row.recipient_id: row for row in failing_notices().filter(tenant=tenant).order_by("pk")}


def marked_recipients() -> QuerySet[NoticeRecipient]:
    """Return the active recipients that bounced or complained."""
    return NoticeRecipient.objects.filter(Q(bounced_at__isnull=False) | Q(complained_at__isnull=False), active=True)


def marked_with_others() -> QuerySet[NoticeRecipient]:
    """Return the marked recipients of businesses that notices still reach at another address."""
    return marked_recipients().filter(tenant__in=accepting().values("tenant"))


def marked_without_others() -> QuerySet[NoticeRecipient]:
    """Return the marked recipients of businesses that notices reach at no address."""
    return marked_recipients().exclude(tenant__in=accepting().values("tenant"))
