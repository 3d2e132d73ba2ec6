"""The verdict on a handoff under errors: our requests and the records of the simulator, compared. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Request:
    """A stored request with its booking item; `state` is None without one."""

    reference: str
    email: str
    state: str | None
    cause: str | None
    external_id: str | None


def broken_promises(requests: Sequence[Request], book: Mapping[str, Any], thanked: Iterable[str]) -> Iterator[str]:
    """Yield each promise that does not hold. `thanked` are the email addresses of the visitors who were thanked."""
    ids = {row["externalId"]: str(row["id"]) for row in book["bookings"]}
    stored = {request.email for request in requests}
    for email in thanked:
        if email not in stored:
            yield f"{email} was thanked, and the request is lost"
    if book["duplicates"]:
        yield f"{book['duplicates']} bookings were made twice"
    for request in requests:
        if request.state is None:
            yield f"{request.reference} has no booking request"
        elif request.state == "delivered" and request.external_id != ids.get(request.reference):
            yield f"{request.reference} is delivered, and the simulator has another booking or none"
        elif request.state != "delivered" and not request.cause:
            yield f"{request.reference} is {request.state} without a reason"
    for stranger in ids.keys() - {request.reference for request in requests}:
        yield f"{stranger} is a booking of no request"
