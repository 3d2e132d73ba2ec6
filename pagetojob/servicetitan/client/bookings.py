"""Bookings by provider: handed over, read back, found by our reference. And the attribution of one.

A create has no idempotency there: nobody may send one again before `find_by_reference` has said that it is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pagetojob.platform.outbound.errors import MappingError, RefusedError, UnclearError

from .calls import Caller, Page, read_page
from .payloads import Booking, ProviderTag
from .reading import Unreadable, whole
from .responses import Call, body_of, last_part, unreadable

NEEDED = ("source", "name", "summary", "externalId")
_MAPPED = ("campaignId", "businessUnitId", "jobTypeId")
#: So many bookings with one reference are more than a person would look through.
_MOST_FOUND = 50
_WRITE = Call("crm", writes=True, named=True)
#: PATCH can change neither contacts nor the confirmation, and `externalId` ties the booking to its lead for good.
_NOT_CHANGED = frozenset({"contacts", "isSendConfirmationEmail", "externalId", "uploadedImages"})
#: Code of an unclear end: they refused a create in a way that may mean that its reference is there already.
REFERENCE_TAKEN = "reference-taken"


@dataclass(frozen=True)
class Receipt:
    """Proof that a booking is there: its id, our reference as they keep it, their status word and when they made it."""

    booking: Booking
    environment: str
    status: int


async def create(caller: Caller, *, provider: int, body: Mapping[str, Any]) -> Receipt:
    """Hand a booking over, once. `body` is the booking part of an envelope.

    Raises MappingError or RefusedError, with nothing sent, for a body they would refuse; TransientError when it did
    not arrive; UnclearError when it may have, or when its reference may be there from before.
    """
    try:
        answer = await caller.ask("POST", _WRITE, f"booking-provider/{provider}/bookings", json=_sendable(body))
    except RefusedError as error:
        if _may_be_there(error):
            raise UnclearError(REFERENCE_TAKEN, "They say that it is there already.", answer=error.answer) from None
        raise
    try:
        booking = Booking.read(body_of(answer, _WRITE))
    except Unreadable:
        raise unreadable(answer, _WRITE) from None
    if booking.external_id and booking.external_id != body["externalId"]:
        raise UnclearError("other-booking", "They answered with another booking than ours.")
    return Receipt(booking, caller.decision.environment.value, answer.status)


def _may_be_there(error: RefusedError) -> bool:
    """What becomes of a second create with one reference nobody has described: a conflict, or a refused reference."""
    fields = error.answer.fields if error.answer else ()
    return error.code == "conflict" or any(last_part(name) == "externalid" for name in fields)


def _sendable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with ids as numbers. Raises MappingError for an id that is none, RefusedError for what is missing."""
    missing = [name for name in NEEDED if not isinstance(body.get(name), str) or not body[name]]
    if not isinstance(body.get("isFirstTimeClient"), bool):
        missing.append("isFirstTimeClient")
    if missing:
        raise RefusedError("incomplete", f"The booking has no {', '.join(missing)}.")
    return _with_ids(body)


def _with_ids(body: Mapping[str, Any]) -> dict[str, Any]:
    sendable = dict(body)
    for name in _MAPPED:
        if name in sendable:
            sendable[name] = whole(sendable[name])
            if sendable[name] is None:
                raise MappingError("mapping-id", f"The {name} of our mapping is no id.")
    return sendable


async def get(caller: Caller, *, provider: int, booking: int) -> Booking:
    """One booking. Raises MappingError when it, or the provider, is not there."""
    call = Call("crm", named=True)
    answer = await caller.ask("GET", call, f"booking-provider/{provider}/bookings/{booking}")
    try:
        return Booking.read(body_of(answer, call))
    except Unreadable:
        raise unreadable(answer, call) from None


async def find_by_reference(caller: Caller, *, provider: int, reference: str) -> tuple[Booking, ...]:
    """Every booking that carries `reference`, oldest first; empty when there is none.

    What was just made may be missing for a while. Each row is compared: a filter that they ignore must not make a
    stranger's booking ours. "None" has to be certain, so rows that say too little, or more rows than a person would
    look through, raise TransientError.
    """
    call = Call("crm", named=True)
    query = {"externalId": reference, "page": "1", "pageSize": str(_MOST_FOUND)}
    answer = await caller.ask("GET", call, f"booking-provider/{provider}/bookings", params=query)
    page: Page[Booking] = read_page(answer, call, Booking.read)
    found = [booking for booking in page.rows if booking.external_id == reference]
    silent = page.unreadable or any(not booking.external_id for booking in page.rows)
    if not found and (silent or page.has_more):
        raise unreadable(answer, call)
    return tuple(sorted(found, key=lambda booking: (booking.created_on is None, booking.created_on, booking.id)))


async def update(caller: Caller, *, provider: int, booking: int, changes: Mapping[str, Any]) -> Receipt:
    """Change a booking that is there. Raises RefusedError, with nothing sent, for what a PATCH cannot change."""
    if kept := sorted(_NOT_CHANGED & set(changes)):
        raise RefusedError("not-changeable", f"A booking cannot be changed in {', '.join(kept)}.")
    path = f"booking-provider/{provider}/bookings/{booking}"
    answer = await caller.ask("PATCH", _WRITE, path, json=_with_ids(changes))
    try:
        return Receipt(Booking.read(body_of(answer, _WRITE)), caller.decision.environment.value, answer.status)
    except Unreadable:
        raise unreadable(answer, _WRITE) from None


async def changed_since(caller: Caller, *, provider: int, modified_from: str, number: int = 1) -> Page[Booking]:
    """Our provider's bookings changed at or after `modified_from` (RFC 3339, UTC): for apps tied to one provider."""
    call = Call("crm", named=True)
    query = {"modifiedOnOrAfter": modified_from, "page": str(number), "pageSize": "500"}
    answer = await caller.ask("GET", call, f"booking-provider/{provider}/bookings", params=query)
    return read_page(answer, call, Booking.read)


async def provider_tags(caller: Caller, *, number: int = 1) -> Page[ProviderTag]:
    """The booking provider tags of the account."""
    call = Call("crm")
    answer = await caller.ask("GET", call, "booking-provider-tags", params={"page": str(number), "pageSize": "500"})
    return read_page(answer, call, ProviderTag.read)


async def attribute(caller: Caller, *, booking: int, session: Mapping[str, str]) -> None:
    """Tell which web session led to a booking. Both addresses of the session are needed.

    They may count it twice when told twice, so an unclear end stays unclear.
    """
    if not (session.get("landingPageUrl") and session.get("referrerUrl")):
        raise RefusedError("incomplete", "The session has no landing page or no referrer.")
    body = {"webSessionData": dict(session), "bookingId": booking}
    await caller.ask("POST", Call("marketingads", writes=True), "web-booking-attributions", json=body)
