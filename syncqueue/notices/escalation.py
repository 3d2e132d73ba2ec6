"""Escalation: a request that no one opened or answered in the business's target goes to further people.

Time counts while the office is open, in its time zone; a business without known hours is always open. Those of level 0
are reminded when three quarters of the target have passed. At N times the target, the recipients of level N are
notified. Without such recipients, those of level 0 are notified once more.
Operators see an alarm from the first escalation until someone opens the request.
A request that no one was notified of escalates at once; with a delayed notice, only if it would not escalate soon.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeChannel
from pagetojob.platform.tracing import trace_id
from syncqueue.leads.models import Lead

from ..arrival import is_reached
from ..models import Kind, State, SyncItem
from ..response import response_timer
from .enqueue import enqueue, reachable
from .models import LeadAttention, NoticeSettings, Purpose, RecipientNotice, ReportKind

BATCH = 100
#: The longest time that an escalation stays an alarm for operators.
ALARM_LIFETIME = timedelta(days=7)
#: A delayed notice waits for an escalation that is due within this time; otherwise the request escalates at once.
LONGEST_DELAY = timedelta(hours=4)
#: A shorter target ends too soon for a reminder before it.
SHORTEST_REMINDED = 600
_SHORTEST_WAIT = 5
_AFTER_ERROR = timedelta(minutes=5)
log = logging.getLogger(__name__)


def escalate_due() -> int:
    """Check the requests that are due, and escalate those that are late; return how many were. Periodic task."""
    with scope.worker():
        rows = list(
            LeadAttention.objects.filter(check_at__lte=Now())
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("lead", "tenant")
            .order_by("check_at", "pk")[:BATCH]
        )
        tenants = {row.tenant_id for row in rows}
        settings = {row.tenant_id: row for row in NoticeSettings.objects.filter(tenant__in=tenants)}
        hours = dict(BusinessProfile.objects.filter(tenant__in=tenants).values_list("tenant_id", "hours"))
        now = timezone.now()
        return sum(
            _checked_alone(row, settings.get(row.tenant_id) or NoticeSettings(), hours.get(row.tenant_id) or {}, now)
            for row in rows
        )


def _checked_alone(row: LeadAttention, settings: NoticeSettings, hours: dict[str, object], now: datetime) -> bool:
    """Check one request; return whether it escalated. Raised, an error would undo the checks of all, in every run."""
    try:
        with transaction.atomic():
            return _check(row, settings, hours, now) or _escalate_if_delayed(row)
    except UNAVAILABLE:
        raise
    except Exception:
        fields = {"reference": row.lead.reference, "tenant_id": row.tenant_id}
        log.exception("request not checked", extra=fields)
        # Later, so that a hundred of them do not fill each run.
        LeadAttention.objects.filter(pk=row.pk).update(check_at=now + _AFTER_ERROR)
        return False


def escalate_unnotified(lead: Lead) -> bool:
    """Escalate at once if no one was notified of a request, as after a bounce; return whether it was escalated.

    Levels without a recipient who can be reached are skipped: no one would be notified until the next one is due.
    """
    if was_anyone_notified(lead) or lead.excluded_as or lead.suspected:
        return False
    # Locked before any notice is enqueued, as `escalate_due` does: in another order, each could wait for the other.
    row, _ = LeadAttention.objects.select_for_update().get_or_create(tenant_id=lead.tenant_id, lead=lead)
    if row.opened_at or row.answered_at:
        return False
    further = reachable(row.tenant_id).filter(level__gt=row.level)
    _escalate(row, further.aggregate(lowest=Min("level"))["lowest"] or row.level + 1)
    return True


def escalate_failed(notice: RecipientNotice) -> bool:
    """Escalate the request of a notice that failed, unless another person still gets one; return whether it was.

    Call in the transaction that settles the notice. An error is logged only: raised, it would undo that, stop the
    worker, and the messages under way would be sent twice. Operators have the alarm about the notice.
    """
    return _escalated_alone(lambda: _escalate_failed(notice), notice.log_fields)


def _escalated_alone(escalate: Callable[[], bool], fields: Mapping[str, object]) -> bool:
    """Return what `escalate` returns; False if it raised an error, which is logged with `fields` and undone alone."""
    try:
        with transaction.atomic():
            return escalate()
    except Exception:
        if transaction.get_rollback():  # the connection is lost, and with it the settlement
            raise
        log.exception("request not escalated", extra=fields)
        return False


def _escalate_failed(notice: RecipientNotice) -> bool:
    others = RecipientNotice.objects.filter(
        tenant=notice.tenant_id, lead=notice.lead_id, due_at__isnull=False, recipient__active=True
    ).exclude(recipient=notice.recipient_id)
    if notice.lead is None or others.exclude(recipient__channel=NoticeChannel.WEBHOOK).exists():
        return False
    return escalate_unnotified(notice.lead)


def escalate_reviewed(items: Iterable[SyncItem]) -> None:
    """Escalate the requests of items that now wait for a person here, like `escalate_failed`, if they carried a notice.

    Call at the end of the transaction that moves the items, so that no crash leaves the escalation to its timer. No
    query for items of other kinds.
    """
    for item in sorted(items, key=lambda item: lock_order(item.lead_id)):
        if item.kind == Kind.BUSINESS_NOTIFICATION:
            _escalated_alone(partial(_escalate_carried, item), item.log_fields)


def lock_order(lead_id: int | None) -> int:
    """Return the place of a request in a transaction that locks several, always after items, notices and lanes.

    In another order, two transactions could each wait for what the other has locked.
    """
    return lead_id or 0


def _escalate_carried(item: SyncItem) -> bool:
    rows = RecipientNotice.objects.filter(tenant=item.tenant_id, lead=item.lead_id, carried=True)
    notice = rows.select_related("lead").first()
    return notice is not None and _escalate_failed(notice)


def escalate_delayed(lead: Lead) -> bool:
    """Escalate a request whose notice is delayed, unless that happens soon anyway; return whether it was escalated."""
    row = LeadAttention.objects.filter(tenant=lead.tenant_id, lead=lead, check_at__isnull=False).first()
    return not (row and _is_late_soon(row, lead)) and escalate_unnotified(lead)


def check_soon(tenant_id: int) -> None:
    """Check the open requests of the last week at once, because their next check was computed from earlier settings.

    Requests that escalated to the last level stay as they are. Call inside the tenant's scope.
    """
    rows = LeadAttention.objects.filter(
        tenant=tenant_id,
        lead__received_at__gt=timezone.now() - ALARM_LIFETIME,
        opened_at__isnull=True,
        answered_at__isnull=True,
    )
    chosen = rows.filter(Q(check_at__isnull=False) | Q(escalated_at__isnull=True))
    # As in `lock_order`.
    locked = list(chosen.select_for_update(of=("self",)).order_by("lead_id").values_list("pk", flat=True))
    LeadAttention.objects.filter(pk__in=locked).update(check_at=Now())


def was_anyone_notified(lead: Lead) -> bool:
    """Return whether someone knows of a request, by the rule `reached` in `sql/ledger.sql`. Runs one query."""
    return Lead.objects.filter(is_reached("pk"), tenant=lead.tenant_id, pk=lead.pk).exists()


def late_requests() -> QuerySet[LeadAttention]:
    """Return the requests that escalated in the last week and that no one opened or answered.

    Without those that are excluded, and those of which a person notified the business, with proof on their item.
    """
    since = timezone.now() - ALARM_LIFETIME
    late = LeadAttention.objects.filter(escalated_at__gt=since, opened_at__isnull=True, answered_at__isnull=True)
    items = SyncItem.objects.filter(tenant=OuterRef("tenant"), lead=OuterRef("lead"), kind=Kind.BUSINESS_NOTIFICATION)
    return late.filter(~Exists(items.filter(state=State.MANUAL_COMPLETE)), lead__excluded_as="")


def newest_late_request() -> int:
    """Return when the newest of `late_requests` escalated, in seconds since 1970; 0 if there is none."""
    newest: datetime | None = late_requests().aggregate(newest=Max("escalated_at"))["newest"]
    return int(newest.timestamp()) if newest else 0


def _check(row: LeadAttention, settings: NoticeSettings, hours: dict[str, object], now: datetime) -> bool:
    """Escalate a request if it is late, and schedule the next check."""
    if row.opened_at or row.answered_at or row.lead.excluded_as or not settings.escalates:
        LeadAttention.objects.filter(pk=row.pk).update(check_at=None)
        return False
    timer = response_timer(hours, row.tenant.time_zone, settings.target_minutes)
    target, elapsed = timer.target_seconds, timer.seconds(row.lead.received_at, now)
    is_late = elapsed >= target * (row.level + 1)
    level = row.level + 1 if is_late else row.level
    reminds_at = target * 3 // 4 if level == 0 and target >= SHORTEST_REMINDED else 0
    if is_late:
        _escalate(row, level)
    elif reminds_at and elapsed >= reminds_at:
        recipients = reachable(row.tenant_id).filter(level=0)
        enqueue(recipients, Purpose.REMINDER, subject_key=row.lead.reference, lead=row.lead)
    is_last = is_late and level >= _highest_level(row.tenant_id)
    # Business time never runs faster than the clock, so the next check is not before its target.
    goal = reminds_at if elapsed < reminds_at else target * (level + 1)
    wait = max(_SHORTEST_WAIT, goal - elapsed)
    LeadAttention.objects.filter(pk=row.pk).update(check_at=None if is_last else now + timedelta(seconds=wait))
    return is_late


def _escalate_if_delayed(row: LeadAttention) -> bool:
    """Escalate a request that waited for its escalation if new settings ended or postponed that."""
    delayed = RecipientNotice.objects.filter(tenant=row.tenant_id, lead=row.lead_id, reported=ReportKind.DELAYED)
    return row.level == 0 and delayed.exists() and escalate_delayed(row.lead)


def _is_late_soon(row: LeadAttention, lead: Lead) -> bool:
    """Return whether a request that is checked escalates within `LONGEST_DELAY`, unless someone opens it."""
    settings = NoticeSettings.objects.filter(tenant=lead.tenant_id).first() or NoticeSettings()
    if not settings.escalates:
        return False
    hours, zone = BusinessProfile.of(lead.tenant_id).hours, lead.tenant.time_zone
    timer = response_timer(hours, zone, settings.target_minutes)
    elapsed = timer.seconds(lead.received_at, timezone.now() + LONGEST_DELAY)
    return elapsed >= timer.target_seconds * (row.level + 1)


def _escalate(row: LeadAttention, level: int) -> None:
    recipients = reachable(row.tenant_id)
    chosen = recipients.filter(level=level)
    if not chosen.exists() and level >= _highest_level(row.tenant_id):
        chosen = recipients.filter(level=0) if _highest_level(row.tenant_id) == 0 else recipients
    enqueue(chosen, Purpose.ESCALATION, subject_key=row.lead.reference, lead=row.lead)
    LeadAttention.objects.filter(pk=row.pk).update(level=level, escalated_at=Coalesce("escalated_at", Now()))
    reference = row.lead.reference
    fields = {"reference": reference, "trace_id": trace_id(reference), "tenant_id": row.tenant_id, "escalation": level}
    log.warning("request escalated", extra=fields)


def _highest_level(tenant_id: int) -> int:
    return reachable(tenant_id).aggregate(highest=Max("level"))["highest"] or 0
