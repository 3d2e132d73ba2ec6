"""Checks refusals of ServiceTitan with one booking each, and releases the others once it is accepted.

Nothing tells us when a disabled campaign or a missing scope is repaired there. So one item that it stops is sent again:
a create that was refused was not processed, and an item that may have arrived first gets a lookup. A later request that
is accepted only starts a check, because a refusal may depend on another ID of the booking as well.
"""

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from ..booking_decisions import decisions_for
from ..errors import QueueError
from ..models import Kind, Refusal, State, SyncItem
from ..refused import ROLES, ids_of
from ..refused_items import Place, Stopped, by_place, items_stopped, items_stopped_by, stopped_by
from ..stop_reasons import may_send
from .operate import requeue, require_can_act

CHECKED, RELEASED = "syncqueue.check_refusal", "syncqueue.release_repaired"
#: The wait before a check doubles up to the longest one. After the last check, only a person starts another.
FIRST_WAIT, LONGEST_WAIT, MOST_CHECKS = timedelta(minutes=5), timedelta(hours=6), 40
#: After a check that was refused, a later request that is accepted starts another only after this wait.
WAIT_AFTER_REFUSED = timedelta(hours=1)
#: Age of the oldest request that counts as a later one. Limits what each run reads.
LATER_WITHIN = timedelta(days=1)
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

    A periodic task. Two queries while nothing is refused; three more, and some for each refusal with a next step,
    otherwise.
    """
    with scope.worker():
        rows = {_place(row): row for row in Refusal.objects.filter(ended_at=None).select_related("probe")}
        stopped = by_place(items_stopped())
        _add([place for place in stopped if place not in rows])
        if not rows:
            return 0
        decisions = decisions_for(list(Tenant.objects.filter(pk__in={row.tenant_id for row in rows.values()})))
        accepted = _accepted_bookings({row.tenant_id for row in rows.values()})
    queued = 0
    for place, row in rows.items():
        decision = decisions[row.tenant_id]
        sends = may_send(decision) and decision.environment.value == row.environment
        if _has_next_step(row, stopped.get(place), accepted, may_check=sends):
            with scope.worker(), suppress(states.LostRace):
                queued += _advance(row.pk, may_check=sends)
    return queued


def _accepted_bookings(tenant_ids: Collection[int]) -> list[tuple[Any, ...]]:
    """Return tenant, environment, IDs and time of the newest booking accepted with these IDs. A single query."""
    since = timezone.now() - LATER_WITHIN
    rows = SyncItem.objects.filter(
        tenant__in=tenant_ids, kind=Kind.BOOKING_REQUEST, state=State.DELIVERED, created_at__gt=since
    )
    ids = {role: KT(f"envelope__mapped__{role}__external_id") for role in ROLES}
    groups = rows.order_by().annotate(**ids).values_list("tenant_id", "sent_to", *ids)
    return list(groups.annotate(newest=Max("created_at")))


def _has_next_step(row: Refusal, stopped: Stopped | None, accepted: list[tuple[Any, ...]], *, may_check: bool) -> bool:
    """Return whether `_advance` could change anything, by what was read for all refusals. Makes no query."""
    if stopped is None:
        return True
    if row.probe:
        return row.probe.state not in _UNDERWAY
    if not may_check or row.check_at is None:
        return False
    ids = {role: str(number) for role, number in ids_of(row.key).items()}
    return row.check_at <= timezone.now() or any(
        (tenant_id, environment) == (row.tenant_id, row.environment)
        and newest > stopped.last
        and ids.items() <= dict(zip(ROLES, values, strict=True)).items()
        for tenant_id, environment, *values, newest in accepted
    )


def _add(places: Sequence[Place]) -> None:
    check_at = timezone.now() + FIRST_WAIT
    names = ("tenant_id", "environment", "key")
    rows = [Refusal(**dict(zip(names, place, strict=True)), check_at=check_at) for place in places]
    Refusal.objects.bulk_create(rows, ignore_conflicts=True)


def _place(row: Refusal) -> Place:
    return row.tenant_id, row.environment, row.key


def _advance(pk: int, *, may_check: bool) -> int:
    """Take the next step of a refusal, in one transaction; return how many items were queued."""
    with transaction.atomic():
        row = _locked(pk, skip_locked=True)
        if row is None:
            return 0
        stopped = stopped_by(row)
        if stopped and (accepted := _probe_accepted_at(row)) and accepted > stopped.last:
            return _release(row) if may_check else 0
        if row.probe and row.probe.state in _UNDERWAY:
            return 0
        if stopped is None:
            _end(row)
        elif row.probe:
            _plan_next(row, row.probe)
        elif may_check and _is_due(row, stopped.last):
            return _start(row, reason="To find out whether it was repaired at ServiceTitan.")
        return 0


def _locked(pk: int, *, skip_locked: bool = False) -> Refusal | None:
    """Lock an open refusal, then read it: a read that waits for the lock would return the probe of before."""
    rows = Refusal.objects.filter(pk=pk, ended_at=None)
    if not rows.select_for_update(skip_locked=skip_locked).values_list("pk").first():
        return None
    return rows.select_related("probe", "tenant").first()


def _probe_accepted_at(row: Refusal) -> datetime | None:
    """Return when the booking that was sent again was accepted; None if it was not, or was sent with other IDs."""
    probe = row.probe
    if probe is None or probe.state != State.DELIVERED or probe.sent_to != row.environment:
        return None
    mapped = (probe.envelope or {}).get("mapped", {})
    same = all(mapped.get(role, {}).get("external_id") == number for role, number in ids_of(row.key).items())
    accepted_at: datetime = probe.state_since
    return accepted_at if same else None


def _is_due(row: Refusal, last: datetime) -> bool:
    """Return whether a check may start: at its time, or earlier if a later request was accepted. After the last check,
    only a person starts another.
    """
    now = timezone.now()
    if row.check_at is None or row.check_at <= now:
        return row.check_at is not None
    if row.checks and now < last + WAIT_AFTER_REFUSED:
        return False
    since = max(last, now - LATER_WITHIN)
    return _sent_with(row).filter(state=State.DELIVERED, created_at__gt=since).exists()


def _sent_with(row: Refusal) -> QuerySet[SyncItem]:
    """Return the bookings that were sent with the refused IDs."""
    named = {f"envelope__mapped__{role}__external_id": number for role, number in ids_of(row.key).items()}
    return SyncItem.objects.filter(tenant=row.tenant_id, kind=Kind.BOOKING_REQUEST, sent_to=row.environment, **named)


def _release(row: Refusal) -> int:
    """Queue the items that the refusal stopped, 200 at a time."""
    released = 0
    for item in items_stopped_by(row)[:A_TURN]:
        before = item.state
        try:
            with transaction.atomic():
                requeue(item)
                record_change(
                    RELEASED,
                    item,
                    actor=_BY,
                    reason="ServiceTitan accepts what it had refused.",
                    state=(before, item.state),
                )
        except states.LostRace:
            continue
        released += 1
    Refusal.objects.filter(pk=row.pk).update(repaired=True)
    log.info("refusal repaired", extra={"refusal": str(row.public_id), "items": released})
    return released


def _end(row: Refusal) -> None:
    """End a refusal that stops no item, unless items that it released may still be refused again: then its checks
    go on counting.
    """
    if row.repaired and _sent_with(row).filter(state__in=_UNDERWAY, requeued_at__gt=row.created_at).exists():
        return
    repaired = row.repaired or _probe_accepted_at(row) is not None
    Refusal.objects.filter(pk=row.pk).update(ended_at=timezone.now(), repaired=repaired, check_at=None)


def _plan_next(row: Refusal, probe: SyncItem) -> None:
    """Plan the next check. This one counts unless it had no result, because a person ended or changed the item."""
    checks = row.checks + (probe.state in (State.BLOCKED, State.UNKNOWN) or _probe_accepted_at(row) is not None)
    wait = next_wait(checks)
    check_at = timezone.now() + wait if wait else None
    Refusal.objects.filter(pk=row.pk).update(checks=checks, check_at=check_at, probe=None, repaired=False)


def _start(row: Refusal, *, reason: str, actor: User | None = None) -> int:
    """Send the first item again; return 0 if none waits any more."""
    item = items_stopped_by(row).first()
    if item is None:
        return 0
    before = item.state
    requeue(item)
    Refusal.objects.filter(pk=row.pk).update(probe=item, check_at=None)
    record_change(
        CHECKED,
        item,
        actor=actor or _BY,
        reason=reason,
        state=(before, item.state),
        refusal=(None, row),
    )
    return 1


def why_no_check(refusal: Refusal, actor: User) -> str:
    """Return why `actor` can start no check now, as a sentence; empty if they can. Three queries."""
    if refusal.ended_at:
        return "No item waits for this any more."
    if refusal.probe and refusal.probe.state in _UNDERWAY:
        return "A check is in progress. Its result is shown here."
    decision = decisions_for([refusal.tenant])[refusal.tenant_id]
    if decision.environment.value != refusal.environment:
        return "The connection belongs to another environment now. Complete these items manually."
    if not may_send(decision):
        return decision.missing[0].sentence if decision.missing else "Automatic sending isn't approved yet."
    first = items_stopped_by(refusal).first()
    if first and first.state == State.UNKNOWN and not actor.can(Ability.SECOND_PERSON):
        return "These items may have arrived, so an operator lead must start the check."
    return ""


def check_now(*, refusal: Refusal, actor: User, reason: str) -> None:
    """Send one item again now; the others follow if it is accepted. Raises QueueError if that cannot be done."""
    require_can_act(actor)
    with transaction.atomic():
        row = _locked(refusal.pk)
        if row is None:
            raise QueueError("No item waits for this any more.")
        if why := why_no_check(row, actor):
            raise QueueError(why)
        try:
            started = _start(row, reason=reason, actor=actor)
        except states.LostRace:
            started = 0
        if not started:
            raise QueueError("No item waits for this any more, or someone else has changed it. Reload the page.")
