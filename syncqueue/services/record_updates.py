"""Stores booking statuses read from ServiceTitan, unless a newer one is already stored.

It changes no item's state and notifies no one: an item counts as delivered by its own receipt only.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.client.payloads import Booking

from ..inbox.reading import record_of
from ..models import HookRoute, InboxEvent, InboxGap, SyncItem
from ..records import Clue, items_of
from .inbox_work import note_alive

#: Their sender reportedly retries for about 400 seconds: an event that has not arrived by then was missed.
GRACE = timedelta(minutes=10)
_CLOCKS = timedelta(minutes=1)
_KEEP = """
INSERT INTO syncqueue_heardbooking AS kept
    (tenant_id, item_id, environment, number, status, job, changed_at, read_at, told_by)
VALUES (%s, %s, %s, %s, %s, %s, %s, now(), %s)
ON CONFLICT (tenant_id, item_id, environment) DO UPDATE
SET number = excluded.number, status = excluded.status, job = excluded.job, changed_at = excluded.changed_at,
    read_at = excluded.read_at, told_by = excluded.told_by
WHERE excluded.changed_at >= kept.changed_at
"""


def note(item: SyncItem, booking: Booking, *, environment: str, told_by: str, at: datetime) -> bool:
    """Store the status of a booking; return False if a newer one is stored. In the tenant's scope, one statement."""
    values = (
        item.tenant_id,
        item.pk,
        environment,
        str(booking.id),
        booking.status,
        str(booking.job_id or ""),
        booking.modified_on or booking.created_on or at,
        told_by,
    )
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        stored: bool = cursor.rowcount == 1
    return stored


def take_poll(route: HookRoute, changed: Sequence[Booking], *, since: datetime, at: datetime) -> int:
    """Record the changes since `since` that a poll begun `at` found; return how many no event had reported.

    Missed changes are recorded as a gap. The poll itself proves that the other side can be reached.
    """
    until, missed = at - GRACE, 0
    with transaction.atomic():
        with scope.tenant(route.tenant_id):
            environment = HookRoute.objects.select_related("connection").get(pk=route.pk).connection.environment
            for booking in changed:
                items = items_of(route.tenant_id, Clue(reference=booking.external_id)) if booking.external_id else []
                if len(items) == 1:
                    note(items[0], booking, environment=environment, told_by="poll", at=at)
                    missed += _was_missed(route, booking, since, until)
        with scope.worker():
            if missed:
                facts = {"ended_at": until, "told_by": "poll"}
                InboxGap.objects.get_or_create(route=route, tenant_id=route.tenant_id, began_at=since, defaults=facts)
            note_alive(route.pk, at, told_by="poll")
            sentence = f"{len(changed)} bookings changed; no event arrived for {missed} of ours."
            HookRoute.objects.filter(pk=route.pk).update(
                polled_to=Greatest(Value(since), Value(until)), poll_said=sentence
            )
    return missed


def say(route: HookRoute, sentence: str) -> None:
    """Store why a route was not polled. Earlier comparisons stay valid."""
    with scope.worker():
        HookRoute.objects.filter(pk=route.pk).update(poll_said=sentence[:200])


def _was_missed(route: HookRoute, booking: Booking, since: datetime, until: datetime) -> bool:
    """Return whether a booking changed within the compared period and no event about it or its job has come since."""
    changed_at = booking.modified_on
    if changed_at is None or not since < changed_at <= until:
        return False
    records = [record_of("booking", booking.id), *([record_of("job", booking.job_id)] if booking.job_id else [])]
    reported = InboxEvent.objects.filter(route=route, record__in=records, received_at__gte=changed_at - _CLOCKS)
    return not reported.exists()
