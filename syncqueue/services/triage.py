"""Assign, hand over, snooze and wake items, with an audit line and a row of history in the same commit."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import InternalError, transaction
from django.db.models import Q
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import OpsRole

from ..errors import QueueError
from ..item_actions import person_of
from ..models import ItemTriage, QueueVisit, SnoozeReason, SyncItem, TriageChange
from ..triage_rules import SnoozeFor, snooze_end, why_not_assign, why_not_snooze
from .operate import add_note

#: Times between two openings of the queue that are this far apart belong to two visits.
VISIT_GAP = timedelta(minutes=30)
_AWAKE: Mapping[str, Any] = {"snoozed_at": None, "snoozed_until": None, "snooze_reason": ""}
_TIMES = ("snoozed_at", "snoozed_until")


@dataclass(frozen=True)
class Snooze:
    """The length and the reason of a snooze."""

    length: SnoozeFor
    reason: SnoozeReason


def assign(
    *, item: SyncItem, actor: User, to: User | None, seen: int | None = None, run: Run | None = None, reason: str = ""
) -> None:
    """Assign the item to a person, or to no one. `seen` is the id of the assignee that the page showed, 0 for none.

    Raises QueueError if the item has ended, `to` may not act on it, or another person was faster.
    """
    if why := why_not_assign(item, person_of(actor)):
        raise QueueError(why)
    if to is not None and to.ops_role not in (OpsRole.OPERATOR, OpsRole.LEAD):
        raise QueueError("This person cannot act on the queue. Choose an operator.")
    with transaction.atomic():
        triage = _locked(item)
        if seen is not None and seen != (triage.assignee_id or 0):
            name = name_of(triage.assignee_id)
            raise QueueError(f"Someone else changed this: it is now assigned to {name or 'no one'}. Decide again.")
        before = name_of(triage.assignee_id)
        changed = _change(triage, by=actor, run=run, assignee_id=to.pk if to else None)
        if changed:
            names = (before or None, name_of(triage.assignee_id) or None)
            record_change("syncqueue.assign", item, actor=actor, reason=reason or "Assigned.", assignee=names)


def handover(*, item: SyncItem, actor: User, to: User, note: str) -> None:
    """Assign the item to another person, with a note for them. Raises QueueError as `assign` and without a note."""
    if not note.strip():
        raise QueueError("Write what the next operator should know.")
    with transaction.atomic():
        assign(item=item, actor=actor, to=to, reason="Handed over with a note.")
        add_note(item=item, actor=actor, text=note)


def snooze(*, item: SyncItem, actor: User, how: Snooze, run: Run | None = None, reason: str = "") -> datetime:
    """Hide the item from the work queue until a time, or until its state changes; return that time.

    Raises QueueError if the item does not wait for a person.
    """
    if why := why_not_snooze(item, person_of(actor)):
        raise QueueError(why)
    now = timezone.now()
    until = snooze_end(how.length, zone=item.tenant.time_zone, now=now)
    with transaction.atomic():
        triage = _locked(item)
        before = triage.snoozed_until
        _change(triage, by=actor, run=run, snoozed_at=now, snoozed_until=until, snooze_reason=how.reason.value)
        why = f"{how.reason.label}. {reason}".strip()
        record_change("syncqueue.snooze", item, actor=actor, reason=why, snoozed_until=(before, until))
    return until


def wake(*, item: SyncItem, actor: User) -> None:
    """End the snooze of an item now. Raises QueueError if `actor` may not act on it."""
    if why := why_not_assign(item, person_of(actor)):
        raise QueueError(why)
    with transaction.atomic():
        triage = _locked(item)
        before = triage.snoozed_until
        if _change(triage, by=actor, run=None, **_AWAKE):
            record_change("syncqueue.wake", item, actor=actor, reason="Woken.", snoozed_until=(before, None))


def undo_change(*, item: SyncItem, actor: User, of_run: int, run: Run, reason: str) -> None:
    """Restore the assignee and the snooze that the item had before a bulk run. Raises QueueError if they changed since.

    Call inside a scope of a worker.
    """
    change = TriageChange.objects.filter(tenant=item.tenant_id, run=of_run, item=item).order_by("-id").first()
    if change is None:
        raise QueueError("The run did not change this item.")
    with transaction.atomic():
        triage = _locked(item)
        if {name: _plain(getattr(triage, name)) for name in change.after} != change.after:
            raise QueueError("It was assigned or snoozed again since then.")
        values = {name: _read(name, value) for name, value in change.before.items()}
        _change(triage, by=actor, run=run, **values)
        record_change("syncqueue.undo_triage", item, actor=actor, reason=reason)


def note_visit(user: User) -> datetime | None:
    """Record that an operator opens the queue; return when their visit before this one ended, None for the first.

    Writes at most once a minute, and does without while the database is read-only.
    """
    now = timezone.now()
    visit = QueueVisit.objects.filter(user=user).first() or QueueVisit(user=user)
    if visit.seen_at and now - visit.seen_at < timedelta(minutes=1):
        return visit.previous_at
    if visit.seen_at and now - visit.seen_at > VISIT_GAP:
        visit.previous_at = visit.seen_at
    visit.seen_at = now
    with suppress(InternalError), transaction.atomic():
        QueueVisit.objects.bulk_create(
            [visit], update_conflicts=True, unique_fields=["user"], update_fields=["seen_at", "previous_at"]
        )
    return visit.previous_at


def assignable(pk: int) -> User | None:
    """Return an active person who may act on the queue. A single query of columns that operators may read."""
    return (
        User.objects.order_by("pk")
        .only("id", "public_id", "name", "is_active", "ops_role")
        .filter(Q(ops_role__in=(OpsRole.OPERATOR, OpsRole.LEAD)), pk=pk, is_active=True)
        .first()
    )


def name_of(pk: int | None) -> str:
    """Return the name of a person; empty for no one."""
    if pk is None:
        return ""
    return User.objects.order_by("pk").filter(pk=pk).values_list("name", flat=True).first() or "someone"


def _locked(item: SyncItem) -> ItemTriage:
    """Return the row of an item, locked until the end of the transaction; it is created if it is missing."""
    ItemTriage.objects.bulk_create([ItemTriage(tenant_id=item.tenant_id, item=item)], ignore_conflicts=True)
    return ItemTriage.objects.select_for_update(of=("self",)).get(tenant=item.tenant_id, item=item)


def _change(triage: ItemTriage, *, by: User, run: Run | None, **values: Any) -> bool:
    """Set the values and add a row of history; return whether anything changed."""
    before = {name: _plain(getattr(triage, name)) for name in values}
    after = {name: _plain(value) for name, value in values.items()}
    if before == after:
        return False
    if "assignee_id" in values:
        values["assigned_at"] = timezone.now()
    for name, value in values.items():
        setattr(triage, name, value)
    ItemTriage.objects.filter(pk=triage.pk).update(**values)
    TriageChange.objects.create(
        tenant_id=triage.tenant_id, item_id=triage.item_id, run=run, by_id=by.pk, before=before, after=after
    )
    return True


def _plain(value: Any) -> Any:
    """Return a value as JSON stores it: a time in UTC."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _TIMES and value else value
