"""Checks refusals of ServiceTitan with one booking each, and releases the others once it is accepted.

Nothing tells us when a disabled campaign or a missing scope is repaired there. So the oldest item that it stops is sent
again: a create that was refused was not processed, and an item that may have arrived first gets a lookup.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from ..booking_decisions import decisions_for
from ..errors import QueueError
from ..models import Kind, Refusal, State, SyncItem
from ..refused import ids_of
from ..refused_items import Place, Stopped, by_place, items_stopped, items_stopped_by
from ..stop_reasons import may_send
from .operate import requeue

CHECKED, RELEASED = "syncqueue.check_refusal", "syncqueue.release_repaired"
#: The wait before a check doubles up to the longest one. After the last check, only a person starts another.
FIRST_WAIT, LONGEST_WAIT, MOST_CHECKS = timedelta(minutes=5), timedelta(hours=6), 40
#: Items of one refusal that are released per run; the others follow in the next.
A_TURN = 200
_BY = "refusal check"
_UNDERWAY = (State.QUEUED, State.SENDING, State.RETRYING)
log = logging.getLogger(__name__)


def next_wait(checks: int) -> timedelta | None:
    """Return the wait before the next check after that many refused ones; None if only a person may start one."""
    if checks >= MOST_CHECKS:
        return None
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(checks, 20)))


def check_refusals() -> int:
    """Start the checks that are due, and release what was repaired; return how many items were queued.

    A periodic task. Two queries while nothing is refused; two more and some for each open refusal otherwise.
    """
    with scope.worker():
        stopped = by_place(items_stopped())
        rows = {_place(row): row for row in Refusal.objects.filter(ended_at=None)}
        _add([place for place in stopped if place not in rows])
        if not rows:
            return 0
        decisions = decisions_for(list(Tenant.objects.filter(pk__in={row.tenant_id for row in rows.values()})))
    queued = 0
    for place, row in rows.items():
        decision = decisions[row.tenant_id]
        sends = may_send(decision) and decision.environment.value == row.environment
        with scope.worker(), suppress(states.LostRace):
            queued += _advance(row.pk, stopped.get(place), may_check=sends)
    return queued


def _add(places: Sequence[Place]) -> None:
    check_at = timezone.now() + FIRST_WAIT
    names = ("tenant_id", "environment", "key")
    rows = [Refusal(**dict(zip(names, place, strict=True)), check_at=check_at) for place in places]
    Refusal.objects.bulk_create(rows, ignore_conflicts=True)


def _place(row: Refusal) -> Place:
    return row.tenant_id, row.environment, row.key


def _advance(pk: int, stopped: Stopped | None, *, may_check: bool) -> int:
    """Take the next step of a refusal, in one transaction; return how many items were queued."""
    with transaction.atomic():
        rows = Refusal.objects.select_for_update(of=("self",), skip_locked=True).select_related("probe")
        row = rows.filter(pk=pk).first()
        if row is None:
            return 0
        if stopped and (accepted := _accepted(row, stopped.last)) and accepted > stopped.last:
            return _release(row) if may_check else 0
        if row.probe and row.probe.state in _UNDERWAY:
            return 0
        if stopped is None:
            _end(row)
        elif row.probe:
            _refused_again(row)
        elif may_check and row.check_at and row.check_at <= timezone.now():
            return _start(row, reason="To find out whether it was repaired at ServiceTitan.")
        return 0


def _accepted(row: Refusal, since: datetime) -> datetime | None:
    """Return when a booking with these IDs was accepted last: the one that was sent again, or a request that came
    after the last refusal.
    """
    if row.probe and row.probe.state == State.DELIVERED:
        delivered_at: datetime = row.probe.state_since
        return delivered_at
    named = {f"envelope__mapped__{role}__external_id": number for role, number in ids_of(row.key).items()}
    later = SyncItem.objects.filter(
        tenant=row.tenant_id,
        kind=Kind.BOOKING_REQUEST,
        state=State.DELIVERED,
        created_at__gt=since,
        sent_to=row.environment,
        **named,
    )
    newest: datetime | None = later.aggregate(newest=Max("state_since"))["newest"]
    return newest


def _release(row: Refusal) -> int:
    """Queue the items that the refusal stopped, 200 at a time."""
    released = 0
    for item in items_stopped_by(row)[:A_TURN]:
        before = item.state
        try:
            with transaction.atomic():
                requeue(item)
                record(
                    action=RELEASED, subject=item, tenant=item.tenant_id, actor=None, actor_label=_BY,
                    reason="ServiceTitan accepts what it had refused.", changes={"state": (before, item.state)},
                )  # fmt: skip
        except states.LostRace:
            continue
        released += 1
    Refusal.objects.filter(pk=row.pk).update(repaired=True)
    log.info("refusal repaired", extra={"refusal": str(row.public_id), "items": released})
    return released


def _end(row: Refusal) -> None:
    repaired = row.repaired or bool(row.probe and row.probe.state == State.DELIVERED)
    Refusal.objects.filter(pk=row.pk).update(ended_at=timezone.now(), repaired=repaired, check_at=None)


def _refused_again(row: Refusal) -> None:
    """Count a check, and plan the next one."""
    wait = next_wait(checks := row.checks + 1)
    check_at = timezone.now() + wait if wait else None
    Refusal.objects.filter(pk=row.pk).update(checks=checks, check_at=check_at, probe=None, repaired=False)


def _start(row: Refusal, *, reason: str, actor: User | None = None) -> int:
    """Send the oldest item again; return 0 if none waits any more."""
    item = items_stopped_by(row).first()
    if item is None:
        return 0
    before = item.state
    requeue(item)
    Refusal.objects.filter(pk=row.pk).update(probe=item, check_at=None)
    record(
        action=CHECKED, subject=item, reason=reason, tenant=item.tenant_id, actor=actor,
        actor_label="" if actor else _BY, changes={"state": (before, item.state), "refusal": (None, row)},
    )  # fmt: skip
    return 1


def why_no_check(refusal: Refusal) -> str:
    """Return why no check can be started now, as a sentence; empty if it can. Two queries."""
    if refusal.ended_at:
        return "No item waits for this any more."
    if refusal.probe and refusal.probe.state in _UNDERWAY:
        return "A check is in progress. Its result is shown here."
    decision = decisions_for([refusal.tenant])[refusal.tenant_id]
    if decision.environment.value != refusal.environment:
        return "The connection belongs to another environment now. Complete these items manually."
    if not may_send(decision):
        return decision.missing[0].sentence if decision.missing else "Automatic sending isn't approved yet."
    return ""


def check_now(*, refusal: Refusal, actor: User, reason: str) -> None:
    """Send the oldest item again now; the others follow if it is accepted. Raises QueueError if that cannot be done."""
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise QueueError("Your role can view the queue but not act on it.")
    with transaction.atomic():
        row = Refusal.objects.select_for_update(of=("self",)).select_related("probe", "tenant").get(pk=refusal.pk)
        if why := why_no_check(row):
            raise QueueError(why)
        try:
            started = _start(row, reason=reason, actor=actor)
        except states.LostRace:
            started = 0
        if not started:
            raise QueueError("No item waits for this any more, or someone else has changed it. Reload the page.")
