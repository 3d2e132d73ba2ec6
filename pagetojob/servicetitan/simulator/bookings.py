"""Bookings of a booking provider as specified: create, list, get, change, dismiss, contacts."""

from typing import Any

from .account import Account, Row
from .lists import listed
from .messages import Request, Response, as_json, problem

_NEEDED = ("source", "name", "summary", "externalId")
_ADDRESS = ("street", "city", "state", "zip", "country")
_CONTACTS = frozenset({"Phone", "Email", "Fax", "MobilePhone"})
_MAPPED = ("campaignId", "businessUnitId", "jobTypeId")
_COPIED = (
    *("source", "name", "address", "customerType", "start", "campaignId", "businessUnitId", "isFirstTimeClient"),
    *("uploadedImages", "isSendConfirmationEmail", "externalId", "priority", "jobTypeId", "summary"),
)
_CHANGEABLE = frozenset(_COPIED) - {"isSendConfirmationEmail"}


def answer(account: Account, request: Request, rest: list[str], now: float) -> Response:
    """Answer a booking request. `rest` is the path after `booking-provider/`, starting with the provider's ID."""
    provider, rows = rest[0], rest[1:]
    tags = account.table("crm/booking-provider-tags").rows
    enabled = provider.isdecimal() and int(provider) in tags and int(provider) not in account.plan.refused_ids
    if not enabled or rows[:1] != ["bookings"]:
        return problem(404, "There is no such booking provider.")
    match (request.method, *rows[1:]):
        case ("POST",):
            return _create(account, request, int(provider), now)
        case ("GET",):
            return _list(account, request, int(provider), now)
        case ("GET" | "PATCH", _) | ("POST", _, "dismiss") | ("GET", _, "contacts"):
            return _answer_about(account, request, int(provider), rows[1:], now)
    return problem(404, "There is no such address.")


def _create(account: Account, request: Request, provider: int, now: float) -> Response:
    body = request.json()
    if not isinstance(body, dict):
        return problem(400, "The body is no JSON object.")
    errors = {
        name: ["A value is required."] for name in _NEEDED if not isinstance(body.get(name), str) or not body[name]
    }
    if not isinstance(body.get("isFirstTimeClient"), bool):
        errors["isFirstTimeClient"] = ["A value is required."]
    if errors := errors | _validation_errors(account, body) | _contact_errors(body):
        return problem(400, "Validation failed", errors)
    if refusal := _duplicate_refusal(account, body, provider):
        return refusal
    row: Row = {"id": account.next_id(), "status": "New", "bookingProviderId": provider, "jobId": None}
    row |= {name: body.get(name) for name in _COPIED} | {"dismissingReasonId": None, "active": True}
    account.contacts[row["id"]] = [
        {"id": account.next_id(), "memo": None, **contact} for contact in body.get("contacts") or []
    ]
    return as_json(shown(account.put("bookings", row, now=now)))


def _duplicate_refusal(account: Account, body: dict[str, Any], provider: int) -> Response | None:
    """Return the plan's error for a reference that already exists, or None.

    Also finds bookings that are not visible yet. Public sources do not describe what ServiceTitan does.
    """
    status, wanted = account.plan.refuses_second, (body["externalId"], provider)
    there = account.table("bookings").rows.values() if status else ()
    if not any((row["externalId"], row["bookingProviderId"]) == wanted for row in there):
        return None
    return problem(status, "It is there already.", {} if status == 409 else {"externalId": ["It is there already."]})


def _validation_errors(account: Account, body: dict[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    address = body.get("address")
    if address is not None:
        given = address if isinstance(address, dict) else {}
        errors |= {f"address.{part}": ["A value is required."] for part in _ADDRESS if not given.get(part)}
    for name in _MAPPED:
        value = body.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int) or value in account.plan.refused_ids
        ):
            errors[name] = ["There is no such id."]
    if body.get("priority") not in {None, "Low", "Normal", "High", "Urgent"}:
        errors["priority"] = ["There is no such priority."]
    return errors


def _contact_errors(body: dict[str, Any]) -> dict[str, list[str]]:
    contacts = body.get("contacts")
    if contacts is None:
        return {}
    good = isinstance(contacts, list) and all(
        isinstance(contact, dict) and contact.get("type") in _CONTACTS and contact.get("value") for contact in contacts
    )
    return {} if good else {"contacts": ["A list of typed contacts is required."]}


def _list(account: Account, request: Request, provider: int, now: float) -> Response:
    rows = [row for row in account.visible("bookings", now=now) if row["bookingProviderId"] == provider]
    wanted = request.query.get("externalId")
    if wanted is not None and not account.plan.ignores_reference:
        rows = [row for row in rows if row["externalId"] == wanted]
    return listed(account, request, list(map(shown, rows)))


def _answer_about(account: Account, request: Request, provider: int, path: list[str], now: float) -> Response:
    """Answer a request about one booking. `path` is its number and what to do with it, if anything."""
    seen = account.visible("bookings", now=now)
    row = next((row for row in seen if str(row["id"]) == path[0] and row["bookingProviderId"] == provider), None)
    if row is None:
        return problem(404, "There is no such booking.")
    if path[1:] == ["dismiss"]:
        return _dismiss(account, request, row, now)
    if path[1:] == ["contacts"]:
        return listed(account, request, account.contacts.get(row["id"], []))
    return _change(account, request, row, now) if request.method == "PATCH" else as_json(shown(row))


def _change(account: Account, request: Request, row: Row, now: float) -> Response:
    body = request.json()
    if not isinstance(body, dict):
        return problem(400, "The body is no JSON object.")
    errors = _validation_errors(account, body)
    if isinstance(body.get("address"), dict) and "unit" not in body["address"]:
        errors["address.unit"] = ["All six parts are required."]
    if errors:
        return problem(400, "Validation failed", errors)
    if row["status"] != "New":
        return problem(409, "The booking is not new any more.")
    changed = row | {name: value for name, value in body.items() if name in _CHANGEABLE}
    return as_json(shown(account.put("bookings", changed, now=now)))


def _dismiss(account: Account, request: Request, row: Row, now: float) -> Response:
    body = request.json() if request.body else {}
    reason = body.get("callReasonId") if isinstance(body, dict) else None
    return as_json(shown(account.put("bookings", row | {"status": "Dismissed", "dismissingReasonId": reason}, now=now)))


def shown(row: Row) -> Row:
    """Return a booking as lists show it, without the feed's `active` field."""
    return {name: value for name, value in row.items() if name != "active"}
