"""Our event handlers: they find the request of an event, and its status from ServiceTitan's API."""

from typing import Any

from pagetojob.servicetitan.client.payloads import Booking

from ..inbox.handlers import Came, Handled, Hint, Reader, register
from ..models import SyncItem
from ..records import Clue, clue_of, items_of
from . import record_updates

HEARTBEAT = "heartbeat"
_NAMELESS = "It contains neither our reference nor a ServiceTitan number."
#: We chose these names, because ServiceTitan's list of events is not public.
ABOUT_REQUESTS = (
    *("booking.created", "booking.updated", "booking.canceled"),
    *("job.created", "job.updated", "job.completed", "job.canceled"),
)


def register_all(read_booking: Reader) -> None:
    """Register our handlers. `read_booking` calls the API; it is passed in, because services make no outside calls."""
    register(HEARTBEAT, "1", heartbeat)
    for kind in ABOUT_REQUESTS:
        register(kind, "1", about_a_request, read_booking)


def heartbeat(hint: Hint) -> Handled:
    """Acknowledge a heartbeat. It contains nothing else; the worker notes the sign of life of every event."""
    return Handled(Came.DONE, "The sender is alive.")


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
    environment = hint.found.environment
    if not record_updates.note(item, booking, environment=environment, told_by="event", at=hint.received_at):
        return Handled(Came.SUPERSEDED, f"A newer status of {name} is already stored.")
    job = f", job {booking.job_id}" if booking.job_id else ""
    return Handled(
        Came.DONE, f"Read from ServiceTitan: {name} is {booking.status or 'without a status'}{job} ({environment})."
    )


def example() -> dict[str, Any]:
    """Return a body that our handlers accept, without personal data."""
    return {"type": HEARTBEAT, "version": 1, "data": {}}
