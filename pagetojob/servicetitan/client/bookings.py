"""Bookings of a booking provider: create, get, find by our reference, and update.

Creating is not idempotent at ServiceTitan. Never repeat a create before `find_by_reference` has found no booking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pagetojob.platform.outbound.errors import MappingError, RefusedError, UnclearError

from .calls import Caller, Page, read_page
from .payloads import Booking, ProviderTag
from .reading import Unreadable, whole
from .resources import READ_BOOKINGS, READ_PROVIDER_TAGS, WRITE_BOOKINGS, Resource
from .responses import body_of, last_part, unreadable

NEEDED = ("source", "name", "summary", "externalId")
_MAPPED = ("campaignId", "businessUnitId", "jobTypeId")
#: Maximum number of bookings with one reference; a person could not review more.
_MAX_MATCHES = 50
#: PATCH cannot change contacts or the confirmation, and `externalId` permanently links the booking to its lead.
_UNCHANGEABLE = frozenset({"contacts", "isSendConfirmationEmail", "externalId", "uploadedImages"})
#: Error code: the API rejected a create, possibly because a booking with this reference already exists.
REFERENCE_TAKEN = "reference-taken"


@dataclass(frozen=True)
class Receipt:
    """Proof that a booking exists: the booking as ServiceTitan returned it, with environment and HTTP status."""

    booking: Booking
    environment: str
    status: int


async def create(caller: Caller, *, provider: int, body: Mapping[str, Any]) -> Receipt:
    """Create a booking with a single request. `body` is the booking part of an envelope.

    Raises MappingError or RefusedError before sending anything if the API would reject the body, TransientError if the
    request was not processed, and UnclearError if it may have been, or if the reference may already exist.
    """
    try:
        answer = await caller.ask("POST", WRITE_BOOKINGS, f"booking-provider/{provider}/bookings", json=_sendable(body))
    except RefusedError as error:
        if _may_exist(error):
            raise UnclearError(
                REFERENCE_TAKEN, "The API reports that the booking may already exist.", answer=error.answer
            ) from None
        raise
    try:
        booking = Booking.read(body_of(answer, WRITE_BOOKINGS))
    except Unreadable:
        raise unreadable(answer, WRITE_BOOKINGS) from None
    if booking.external_id and booking.external_id != body["externalId"]:
        raise UnclearError("other-booking", "The API returned a different booking.")
    return Receipt(booking, caller.decision.environment.value, answer.status)


def _may_exist(error: RefusedError) -> bool:
    """Return True if the error may mean that the reference already exists.

    Public sources do not say how the API answers a duplicate reference, so a conflict and a rejected reference count.
    """
    fields = error.answer.fields if error.answer else ()
    return error.code == "conflict" or any(last_part(name) == "externalid" for name in fields)


def _sendable(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with numeric IDs. Raises MappingError for an invalid ID, RefusedError for missing fields."""
    missing = [name for name in NEEDED if not isinstance(body.get(name), str) or not body[name]]
    if not isinstance(body.get("isFirstTimeClient"), bool):
        missing.append("isFirstTimeClient")
    if missing:
        raise RefusedError("incomplete", f"The booking is missing {', '.join(missing)}.")
    return _with_ids(body)


def _with_ids(body: Mapping[str, Any]) -> dict[str, Any]:
    sendable = dict(body)
    for name in _MAPPED:
        if name in sendable:
            sendable[name] = whole(sendable[name])
            if sendable[name] is None:
                raise MappingError("mapping-id", f"The {name} in our mapping is not a valid ID.")
    return sendable


async def get(caller: Caller, *, provider: int, booking: int) -> Booking:
    """Return one booking. Raises MappingError if the booking or the provider does not exist."""
    answer = await caller.ask("GET", READ_BOOKINGS, f"booking-provider/{provider}/bookings/{booking}")
    try:
        return Booking.read(body_of(answer, READ_BOOKINGS))
    except Unreadable:
        raise unreadable(answer, READ_BOOKINGS) from None


async def find_by_reference(caller: Caller, *, provider: int, reference: str) -> tuple[Booking, ...]:
    """Return all bookings with `reference`, oldest first; empty if there is none.

    A booking created moments ago may not be listed yet. Each row is compared with the reference, so a server that
    ignores the filter cannot give us another booking. An empty result must be certain: rows without a reference,
    unreadable rows or further pages raise TransientError instead.
    """
    query = {"externalId": reference, "page": "1", "pageSize": str(_MAX_MATCHES)}
    answer = await caller.ask("GET", READ_BOOKINGS, f"booking-provider/{provider}/bookings", params=query)
    page: Page[Booking] = read_page(answer, READ_BOOKINGS, Booking.read)
    matches = [booking for booking in page.rows if booking.external_id == reference]
    silent = page.unreadable or any(not booking.external_id for booking in page.rows)
    if not matches and (silent or page.has_more):
        raise unreadable(answer, READ_BOOKINGS)
    return tuple(sorted(matches, key=lambda booking: (booking.created_on is None, booking.created_on, booking.id)))


async def update(caller: Caller, *, provider: int, booking: int, changes: Mapping[str, Any]) -> Receipt:
    """Change an existing booking. Raises RefusedError before sending anything if PATCH cannot change a field."""
    if unchangeable := sorted(_UNCHANGEABLE & set(changes)):
        raise RefusedError("not-changeable", f"These fields of a booking cannot be changed: {', '.join(unchangeable)}.")
    path = f"booking-provider/{provider}/bookings/{booking}"
    answer = await caller.ask("PATCH", WRITE_BOOKINGS, path, json=_with_ids(changes))
    try:
        return Receipt(Booking.read(body_of(answer, WRITE_BOOKINGS)), caller.decision.environment.value, answer.status)
    except Unreadable:
        raise unreadable(answer, WRITE_BOOKINGS) from None


async def changed_since(caller: Caller, *, provider: int, modified_from: str, number: int = 1) -> Page[Booking]:
    """Return a page of the provider's bookings modified at or after `modified_from` (RFC 3339, UTC).

    For apps that are limited to one provider.
    """
    query = {"modifiedOnOrAfter": modified_from, "page": str(number), "pageSize": "500"}
    answer = await caller.ask("GET", READ_BOOKINGS, f"booking-provider/{provider}/bookings", params=query)
    return read_page(answer, READ_BOOKINGS, Booking.read)


def provider_list(provider: int, since: str) -> Resource[Booking]:
    """Return the list of a provider's bookings: those modified at or after `since` (RFC 3339, UTC), or all."""
    changed = (("modifiedOnOrAfter", since),) if since else ()
    path = f"booking-provider/{provider}/bookings"
    return Resource(READ_BOOKINGS.module, path, Booking.read, READ_BOOKINGS.scope, changed)


async def provider_tags(caller: Caller, *, number: int = 1) -> Page[ProviderTag]:
    """Return a page of the account's booking provider tags."""
    query = {"page": str(number), "pageSize": "500"}
    answer = await caller.ask("GET", READ_PROVIDER_TAGS, "booking-provider-tags", params=query)
    return read_page(answer, READ_PROVIDER_TAGS, ProviderTag.read)
