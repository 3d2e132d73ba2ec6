"""Our event handlers, and the booking statuses read from ServiceTitan that they and the poll store.

A status changes no item's state and notifies no one: an item counts as delivered by its own receipt only.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.client.payloads import Booking

from ..inbox.handlers import Came, Handled, Hint, Reader, register
from ..inbox.reading import record_of
from ..models import HookRoute, InboxEvent, InboxGap, SyncItem
from ..record_matching import Clue, clue_of, items_of
from .inbox_work import has_connection_ended, note_alive

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

    Missed changes are recorded as a gap. The poll itself proves that the other side can be reached. A poll that ends
    after the disconnect changes nothing.
    """
    until, missed = at - GRACE, 0
    with transaction.atomic():
        with scope.tenant(route.tenant_id):
            if has_connection_ended(route.pk):
                return 0
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


HEARTBEAT = "heartbeat"
#: Sent by us, through our own receiver.
TEST = "pagetojob.test"
_NAMELESS = "It contains neither our reference nor a ServiceTitan number."
#: We chose these names, because ServiceTitan's list of events is not public.
ABOUT_REQUESTS = (
    *("booking.created", "booking.updated", "booking.canceled"),
    *("job.created", "job.updated", "job.completed", "job.canceled"),
)

_MISSED = {
    "booking": "Every five minutes, the bookings that changed in ServiceTitan are compared with the events.",
    "job": "A job's number is compared with its booking. Other changes of a job are read by imports of outcomes.",
}


def register_all(read_booking: Reader) -> None:
    """Register our handlers. `read_booking` calls the API; it is passed in, because services make no outside calls."""
    register(HEARTBEAT, "1", heartbeat)
    register(TEST, "1", own_test)
    for kind in ABOUT_REQUESTS:
        resource = kind.partition(".")[0]
        register(kind, "1", about_a_request, read_booking, missed=_MISSED[resource])


def heartbeat(hint: Hint) -> Handled:
    """Acknowledge a heartbeat. It contains nothing else; the worker notes the sign of life of every event."""
    return Handled(Came.DONE, "The sender is alive.")


def own_test(hint: Hint) -> Handled:
    """Acknowledge a test event that an operator sent."""
    return Handled(Came.DONE, "A test event of PageToJob. It changed nothing.")


def about_a_request(hint: Hint) -> Handled:
    """Match the event by our reference if it contains it, else by a ServiceTitan number. At most four queries.

    The event's claims only identify the record: what is stored comes from the API.
    """
    reading, clue = hint.found, clue_of(hint.kind, hint.data)
    items = items_of(hint.tenant_id, clue)
    if not items and reading.found and reading.found[0].external_id:
        items = items_of(hint.tenant_id, Clue(reference=reading.found[0].external_id))
    if len(items) > 1:
        return Handled(Came.AMBIGUOUS, f"It matches several of our requests by {clue.words}. A person must decide.")
    if not items:
        named = f"It matches none of our requests by {clue.words}."
        return Handled(Came.UNMATCHED, named if clue != Clue() else _NAMELESS)
    [item] = items
    name = f"request {item.lead.reference}" if item.lead else "a request"
    if reading.unread:
        return Handled(Came.DONE, f"It is about {name}. It changed nothing: {reading.unread}")
    if len(reading.found) > 1:
        return Handled(
            Came.AMBIGUOUS, f"There are several bookings with the reference of {name}. A person must decide."
        )
    if not reading.found:
        return Handled(Came.UNMATCHED, f"It is about {name}, but ServiceTitan has no booking for it.")
    return _keep(hint, item, reading.found[0], name)


def _keep(hint: Hint, item: SyncItem, booking: Booking, name: str) -> Handled:
    if booking.external_id and item.lead and booking.external_id != item.lead.reference:
        return Handled(Came.UNMATCHED, f"The booking in ServiceTitan has a different reference than {name}.")
    if has_connection_ended(hint.route_id):
        return Handled(Came.DONE, f"It is about {name}. It changed nothing: the connection has ended.")
    environment = hint.found.environment
    if not note(item, booking, environment=environment, told_by="event", at=hint.received_at):
        return Handled(Came.SUPERSEDED, f"A newer status of {name} is already stored.")
    job = f", job {booking.job_id}" if booking.job_id else ""
    return Handled(
        Came.DONE, f"Read from ServiceTitan: {name} is {booking.status or 'without a status'}{job} ({environment})."
    )


def example() -> dict[str, Any]:
    """Return a body that our handlers accept, without personal data."""
    return {"type": HEARTBEAT, "version": 1, "data": {}}
