"""What becomes of a reading: how our booking stands there is kept, unless something newer is known already.

It moves no item and tells nobody: an item is delivered by its own receipt, never by what somebody says of it.
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

#: Their sender is said to try for some 400 seconds: what has not come by then was missed.
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
    """Keep how a booking stands; False when what we know is newer. In the tenant's scope, one statement."""
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
        kept: bool = cursor.rowcount == 1
    return kept


def take_poll(route: HookRoute, changed: Sequence[Booking], *, since: datetime, at: datetime) -> int:
    """What a poll that began `at` found changed since `since`; how many changes of ours no event had told of.

    Those are a gap. The poll itself is a sign that the other side can be reached.
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
            said = f"{len(changed)} changed there; of {missed} of ours no event had come."
            HookRoute.objects.filter(pk=route.pk).update(polled_to=Greatest(Value(since), Value(until)), poll_said=said)
    return missed


def say(route: HookRoute, sentence: str) -> None:
    """Why a route was not polled. What was compared before stays compared."""
    with scope.worker():
        HookRoute.objects.filter(pk=route.pk).update(poll_said=sentence[:200])


def _was_missed(route: HookRoute, booking: Booking, since: datetime, until: datetime) -> bool:
    """Whether it changed in the stretch that is compared, and no event about it or its job came since."""
    changed_at = booking.modified_on
    if changed_at is None or not since < changed_at <= until:
        return False
    records = [record_of("booking", booking.id), *([record_of("job", booking.job_id)] if booking.job_id else [])]
    told = InboxEvent.objects.filter(route=route, record__in=records, received_at__gte=changed_at - _CLOCKS)
    return not told.exists()
