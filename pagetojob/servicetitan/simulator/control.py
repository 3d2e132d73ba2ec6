"""Control API of the simulator: inject errors, read what was received, simulate office work. JSON in and out.

GET  /control/book/TENANT            bookings by ID and reference, duplicates, token requests, peak calls per second
GET  /control/faults/TENANT          current plan
PUT  /control/faults/TENANT          replace the plan (faults.Plan); TENANT may be "all"
POST /control/convert/TENANT/ID      turn a booking into job, invoice and payment: {"total": "250.00", "paid": true}
POST /control/rows/TENANT            add rows to a list: {"table": "marketing/campaigns", "rows": [{"id": 1, ...}]}
POST /control/generate/TENANT        replace the content by a generated account: {"seed": 1, "jobs": 3000, ...}
POST /control/hooks                  send a signed event (hooks.Hook)
POST /control/reset                  delete all data
"""

from dataclasses import asdict, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from pagetojob.platform.outbound.addresses import Origin

from . import generator, progress, webhooks
from .account import Account, Book
from .api import SCOPES, SESSIONS
from .faults import NoSuchFault, plan_of
from .messages import Request, Response, as_json


class Wrong(ValueError):
    """Invalid request to the control API. The message explains the problem."""


async def answer(book: Book, request: Request, now: float, *, listed: frozenset[Origin]) -> Response:
    """Answer one request below /control/."""
    parts = request.path.strip("/").split("/")[1:]
    try:
        if (request.method, parts) == ("POST", ["hooks"]):
            answers = await webhooks.send(webhooks.hook_of(request.json()), listed=listed)
            return as_json({"signed": webhooks.SIGNED_BY, "answers": answers})
        result = _do(book, request, parts, now)
    except (Wrong, NoSuchFault, webhooks.NotSent, progress.NoSuchBooking) as error:
        return as_json({"error": str(error)}, 400)
    return as_json({"error": "There is no such address."}, 404) if result is None else as_json(result)


def _do(book: Book, request: Request, parts: list[str], now: float) -> dict[str, Any] | None:
    match (request.method, *parts):
        case ("POST", "reset"):
            book.reset()
            return {"reset": True}
        case ("GET" | "PUT", "faults", tenant):
            return _faults(book, request, tenant, now)
        case ("GET", "book", tenant):
            return summary(book, book.account(_tenant(tenant), now=now))
        case ("POST", "convert", tenant, booking):
            return _convert(book.account(_tenant(tenant), now=now), request, booking, now)
        case ("POST", "generate" | "rows" as what, tenant):
            put = _generate if what == "generate" else _add_rows
            return put(book.account(_tenant(tenant), now=now), request, now)
    return None


def _tenant(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Wrong("The tenant must be a number.")
    return text


def _faults(book: Book, request: Request, tenant: str, now: float) -> dict[str, Any]:
    given = request.json() if request.method == "PUT" else None
    names = list(book.accounts) if tenant == "all" else [_tenant(tenant)]
    for name in names:
        account = book.account(name, now=now)
        if request.method == "PUT":
            account.use(plan_of(given))
    return {name: asdict(book.account(name, now=now).plan) for name in names}


def _convert(account: Account, request: Request, booking: str, now: float) -> dict[str, Any]:
    body = request.json() or {}
    total = str(body.get("total", "250.00")) if isinstance(body, dict) else ""
    try:
        Decimal(total)
    except InvalidOperation:
        raise Wrong("The total must be an amount as text.") from None
    if not booking.isdecimal():
        raise Wrong("The booking must be a number.")
    return progress.convert(account, int(booking), total=total, paid=body.get("paid", True) is True, now=now)


def _generate(account: Account, request: Request, now: float) -> dict[str, Any]:
    given = request.json() or {}
    known = {"seed", *(size.name for size in fields(generator.Size))}
    if not isinstance(given, dict) or not all(
        name in known and isinstance(number, int) and 0 <= number <= 200_000 for name, number in given.items()
    ):
        raise Wrong(f"Provide numbers up to 200,000 for: {', '.join(sorted(known))}.")
    size = generator.Size(**{name: number for name, number in given.items() if name != "seed"})
    return generator.fill(account, generator.generate(given.get("seed", 1), size, now=now), now=now)


def _add_rows(account: Account, request: Request, now: float) -> dict[str, Any]:
    body = request.json()
    table, rows = (body.get("table"), body.get("rows")) if isinstance(body, dict) else (None, None)
    good = isinstance(rows, list) and all(
        isinstance(row, dict) and isinstance(row.get("id"), int | str) for row in rows
    )
    if not good or not (table in SCOPES or SESSIONS.fullmatch(str(table))):
        raise Wrong("Provide a table of the API, and rows with an id.")
    for row in rows or []:
        account.put("bookings" if table == "crm/bookings" else str(table), row, now=now)
    return {"rows": len(account.table(str(table)).rows)}


def summary(book: Book, account: Account) -> dict[str, Any]:
    """Return what an account received. Contains IDs only: no names, phone numbers or texts."""
    bookings = account.table("bookings").rows.values()
    return {
        "tenant": account.tenant,
        "label": "stand-in: not ServiceTitan",
        "bookings": [
            {
                "id": row["id"],
                "externalId": row["externalId"],
                "status": row["status"],
                "provider": row["bookingProviderId"],
            }
            for row in bookings
        ],
        "duplicates": account.duplicates(),
        "token_requests": book.token_requests[account.tenant],
        "calls": sum(account.calls.values()),
        "fastest_second": account.fastest_second(),
        "mistakes": dict(account.mistakes),
    }
